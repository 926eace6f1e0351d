"""The tokens of links that are mailed to staff and guests or printed for the first account. None is stored; each has one purpose.

A token for a row names its id and the microsecond at which it was made. After a restore, and in another installation with the
same keys, an id can be given again: a token never works for another row.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core import signing
from django.utils.http import int_to_base36

from publication.models import Invitation
from publication.staff import session_epochs

FIRST_VALID_FOR = timedelta(days=1)
_INVITATION, _FIRST = "mailroom.invitation", "mailroom.first-account"
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


class ResetTokens(PasswordResetTokenGenerator):
    """Tokens for a new password. They end when the password changes, at the next sign-in, and when sessions are ended."""

    key_salt = "mailroom.password-reset"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{session_epochs.epoch_of(user.pk)}{user.is_active}"


def row_token(salt: str, row: int, created_at: datetime) -> str:
    """A token for exactly one row, with the purpose `salt`."""
    return signing.Signer(salt=salt).sign(f"{row}-{(created_at - _EPOCH) // _MICROSECOND}")


def row_of(salt: str, token: str) -> dict[str, Any] | None:
    """The fields by which the row of a token is looked up; None if the token is not ours."""
    try:
        row, created = map(int, signing.Signer(salt=salt).unsign(token).split("-"))
    except (signing.BadSignature, ValueError):
        return None
    return {"pk": row, "created_at": _EPOCH + created * _MICROSECOND}


def invitation_token(invitation: Invitation) -> str:
    return row_token(_INVITATION, invitation.pk, invitation.created_at)


def invitation_of(token: str) -> dict[str, Any] | None:
    """The fields by which the invitation is looked up, whether or not it is still open; None if the token is not ours."""
    return row_of(_INVITATION, token)


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
