"""Who is signed in: as Django says, unless all sessions of the account were ended since (publication.staff.session_epochs)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import SimpleLazyObject

from publication import clock
from publication.staff import session_epochs
from publication.staff import staff_sessions as list_of_sessions
from publication.staff.passwords import temporary_passwords
from web.access import MUST_CHANGE_PASSWORD

EPOCH = "epoch"
NOTED_EVERY = timedelta(minutes=10)
_SEEN = "seen"
_POLLED = "polled"


class StaffSessions(MiddlewareMixin):
    """In place of Django's AuthenticationMiddleware: `request.user`, looked up when it is first used. Public pages never do."""

    def process_request(self, request: HttpRequest) -> None:
        request.user = SimpleLazyObject(lambda: _current_user(request))  # type: ignore[assignment]


def _current_user(request: HttpRequest) -> AbstractBaseUser | AnonymousUser:
    user = auth.get_user(request)
    if user.is_authenticated and request.session.get(EPOCH, 0) != session_epochs.epoch_of(user.pk):
        request.session.flush()
        return AnonymousUser()
    if user.is_authenticated and not getattr(getattr(request.resolver_match, "func", None), _POLLED, False):
        _note_use(request)
    return user


def polled(view: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator of a view that pages load again and again by themselves, so that it does not count as use of the session."""
    vars(view)[_POLLED] = True
    return view


def _note_use(request: HttpRequest) -> None:
    """Note that the session is in use; one statement in ten minutes. The library's middleware needs seven for each page."""
    now, seen = clock.now(), request.session.get(_SEEN, 0)
    if now.timestamp() - seen >= NOTED_EVERY.total_seconds() and request.session.session_key:
        request.session[_SEEN] = int(now.timestamp())
        list_of_sessions.note_use(request.session.session_key, now)


def begin(request: HttpRequest, user: Any, **_: Any) -> None:
    """At each sign-in, of every kind, and after a new password: note the epoch, and whether the password has to be changed.

    A session of an earlier epoch gets a new key, or a stolen old cookie would live again. A temporary password ends all sessions,
    so none can begin before it and go on after it.
    """
    epoch = session_epochs.epoch_of(user.pk)
    if request.session.get(EPOCH, 0) != epoch:
        request.session.cycle_key()
    request.session[EPOCH] = epoch
    request.session[MUST_CHANGE_PASSWORD] = temporary_passwords.of_account(user.pk) is not None


_SIGNED_OUT = "_signed_out"


class SessionCookies(SessionMiddleware):
    """In place of Django's, which also deletes the cookie when its session has ended.

    The answer to a page that still asks with the old session, such as one that saves a text, may come after somebody signed in
    again in another tab. It would delete the new cookie. A cookie without a session opens nothing, and the next sign-in replaces
    it.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        answered = super().process_response(request, response)
        cookie = answered.cookies.get(settings.SESSION_COOKIE_NAME)
        if cookie is not None and not cookie.value and not hasattr(request, _SIGNED_OUT):
            del answered.cookies[settings.SESSION_COOKIE_NAME]
        return answered


def note_sign_out(request: HttpRequest | None, **_: Any) -> None:
    """At each sign-out."""
    if request is not None:
        setattr(request, _SIGNED_OUT, True)
