"""The cookie of the session is taken out of the browser only by signing out."""

from typing import Any

from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse

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
