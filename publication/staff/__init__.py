"""Accounts of staff, their sessions, and the limits of sign-in tries."""
