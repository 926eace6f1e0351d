"""Passwords hashed in no time. Real processes can check them, and hash as shipped: the number of rounds is in each hash."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickHasher(PBKDF2PasswordHasher):
    """The hasher that ships, with one round instead of a million: that slowness is Django's business and tested there."""

    iterations = 1
