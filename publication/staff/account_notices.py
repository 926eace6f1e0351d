"""Mails to the owner of an account when the password, the address or a second factor changed, whoever changed it."""

import secrets

from django.contrib.auth.models import User

from publication.staff import staff_mails

# What changed; the template of the mail has a sentence for each.
PASSWORD, ADDRESS = "password", "address"
FACTOR_ADDED, FACTOR_REMOVED, FACTORS_RESET, CODES_RENEWED = "factor_added", "factor_removed", "factors_reset", "codes_renewed"
CHANGES = (PASSWORD, ADDRESS, FACTOR_ADDED, FACTOR_REMOVED, FACTORS_RESET, CODES_RENEWED)


def tell(account: User, change: str, address: str = "") -> None:
    """Plan the mail in the caller's transaction: to `address`, or else to that of the account; none if there is no address."""
    if change not in CHANGES:
        raise ValueError(change)
    to = address or account.email
    if to:
        key = secrets.token_urlsafe(12)
        staff_mails.plan(staff_mails.ACCOUNT_CHANGED, key, to, account=account, change=change, name=account.get_username())
