"""Ends all sessions of a staff account: each session stores its account's epoch, and a new epoch makes old sessions invalid.

Django ends sessions only when the password changes, so sessions of a disabled account would work again once it is enabled.
"""

from importlib import import_module

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import F

from publication.models import SessionEpoch
from publication.staff import staff_sessions


def epoch_of(user_id: int) -> int:
    """The epoch that a valid session of this account has."""
    return SessionEpoch.objects.filter(user_id=user_id).values_list("epoch", flat=True).first() or 0


def end_sessions(account: User) -> None:
    """End all sessions of the account permanently, in the caller's transaction."""
    SessionEpoch.objects.get_or_create(user=account)
    SessionEpoch.objects.filter(user=account).update(epoch=F("epoch") + 1)
    UserSession.objects.filter(user=account).delete()


def end_all_sessions() -> int:
    """End all sessions of all accounts permanently, in the caller's transaction; the number of accounts."""
    accounts = list(User.objects.values_list("pk", flat=True))
    SessionEpoch.objects.bulk_create([SessionEpoch(user_id=account) for account in accounts], ignore_conflicts=True)
    SessionEpoch.objects.update(epoch=F("epoch") + 1)
    UserSession.objects.all().delete()
    return len(accounts)


def forget_expired() -> None:
    """Remove the data of expired sessions, and sessions without data from the list that people see."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    staff_sessions.forget_ended()
