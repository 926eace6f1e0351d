"""The cookie of a device that has signed in: it gives the device its own budget of sign-in attempts.

The web server also takes large bodies only from such a device (web/device_cookie.py).

It holds the keyed hash of each account that signed in there, with the account's session epoch: ending an account's sessions
also makes its devices unknown.
"""

import secrets

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse

from publication.staff import session_epochs, sign_in_limits
from web import device_cookie

MOST_ACCOUNTS = 5  # on one shared device; the one that signed in longest ago is dropped


def known_device(request: HttpRequest, name: str) -> str:
    """The id of this device if the account of that name has signed in on it, else empty."""
    device, accounts = _read(request)
    epoch = accounts.get(sign_in_limits.account_key(name))
    if epoch is None:
        return ""
    user = User.objects.filter(username=sign_in_limits.normal_name(name)).values_list("pk", flat=True).first()
    return device if user is not None and session_epochs.epoch_of(user) == epoch else ""


def remember(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Set the cookie after a sign-in."""
    device, accounts = _read(request)
    key = sign_in_limits.account_key(user.get_username())
    others = [(account, epoch) for account, epoch in accounts.items() if account != key]
    kept = dict([*others[-(MOST_ACCOUNTS - 1) :], (key, session_epochs.epoch_of(user.pk))])
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        device_cookie.write({"device": device or secrets.token_urlsafe(12), "accounts": kept}),
        max_age=device_cookie.KEPT_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> tuple[str, dict[str, int]]:
    content = device_cookie.read(request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""))
    return (content["device"], content["accounts"]) if content else ("", {})
