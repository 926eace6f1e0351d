"""Who is signed in: as Django says, unless all sessions of the account were ended since (publication.staff.session_epochs)."""

from __future__ import annotations

from typing import Any

from django.contrib import auth
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import SimpleLazyObject

from publication.staff import session_epochs

EPOCH = "epoch"


class StaffSessions(MiddlewareMixin):
    """In place of Django's AuthenticationMiddleware: `request.user`, looked up when it is first used. Public pages never do."""

    def process_request(self, request: HttpRequest) -> None:
        request.user = SimpleLazyObject(lambda: _current_user(request))  # type: ignore[assignment]


def _current_user(request: HttpRequest) -> AbstractBaseUser | AnonymousUser:
    user = auth.get_user(request)
    if user.is_authenticated and request.session.get(EPOCH, 0) != session_epochs.epoch_of(user.pk):
        request.session.flush()
        return AnonymousUser()
    return user


def begin(request: HttpRequest, user: Any, **_: Any) -> None:
    """At each sign-in: note the epoch. A session of an earlier one gets a new key, or a stolen old cookie would live again."""
    epoch = session_epochs.epoch_of(user.pk)
    if request.session.get(EPOCH, 0) != epoch:
        request.session.cycle_key()
    request.session[EPOCH] = epoch
