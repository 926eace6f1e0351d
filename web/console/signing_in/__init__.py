"""Signing in to the console: the pages, known devices, and limits on password hashing."""
