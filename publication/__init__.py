"""The organisation behind the newsletter: its settings, staff accounts and audit. The lowest Django app."""
