"""Sessions of staff end with what they were begun under: each carries its account's epoch, which moves on to end them all.

Django ends sessions when the password changes, and no others: those of a disabled account would live again with it.
"""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import F

from publication.models import SessionEpoch


def epoch_of(user_id: int) -> int:
    """The epoch that a session of this account must be of."""
    return SessionEpoch.objects.filter(user_id=user_id).values_list("epoch", flat=True).first() or 0


def end_sessions(account: User) -> None:
    """End every session of the account for ever, in the caller's transaction."""
    SessionEpoch.objects.get_or_create(user=account)
    SessionEpoch.objects.filter(user=account).update(epoch=F("epoch") + 1)


def forget_expired() -> None:
    """Remove the data of sessions that are over by their age."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
