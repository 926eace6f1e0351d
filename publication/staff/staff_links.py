"""The tokens of links that are mailed to staff or printed for the first account. None is stored; each is for one purpose."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.models import User
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core import signing
from django.utils.http import int_to_base36

from publication.staff import session_epochs

FIRST_VALID_FOR = timedelta(days=1)
_INVITATION, _FIRST = "mailroom.invitation", "mailroom.first-account"


class ResetTokens(PasswordResetTokenGenerator):
    """Tokens for a new password. They end when the password changes, at the next sign-in, and when sessions are ended."""

    key_salt = "mailroom.password-reset"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{session_epochs.epoch_of(user.pk)}{user.is_active}"


def invitation_token(invitation_id: int) -> str:
    return signing.Signer(salt=_INVITATION).sign(str(invitation_id))


def invitation_of(token: str) -> int | None:
    """The invitation's id, whether or not it is still open; None if the token is not ours."""
    try:
        return int(signing.Signer(salt=_INVITATION).unsign(token))
    except (signing.BadSignature, ValueError):
        return None


def first_account_token() -> str:
    """For the first account of an installation. It ends after a day, and as soon as there is an account."""
    return signing.TimestampSigner(salt=_FIRST).sign("first")


def is_first_account(token: str) -> bool:
    try:
        return signing.TimestampSigner(salt=_FIRST).unsign(token, max_age=FIRST_VALID_FOR) == "first"
    except signing.BadSignature:
        return False


def reset_key(user: User) -> str:
    """As django-allauth's page reads it: the account and the token."""
    return f"{int_to_base36(user.pk)}-{ResetTokens().make_token(user)}"
