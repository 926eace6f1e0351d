"""Passwords that people do not type themselves first: a link by mail, and a temporary password that is read out."""
