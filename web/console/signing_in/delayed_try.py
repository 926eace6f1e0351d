"""The checks that come before a password is hashed: tries, known devices, free slots; and the answer to a try not admitted."""

import math
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse

from publication.staff import session_epochs, sign_in_limits
from publication.staff.sign_in_limits import SignInTry, account_key, code_key
from web import device_cookie
from web.middleware.trusted_proxies import client_network

WAITING = 2
PATIENCE = 3.0  # seconds


class NoFreeSlotError(Exception):
    """No slot became free in time."""


class HashSlot:
    """A slot for one hash at a time, with a few requests that wait for it."""

    def __init__(self, waiting: int = WAITING, patience: float = PATIENCE) -> None:
        self._inside = BoundedSemaphore(1 + waiting)
        self._slot = BoundedSemaphore(1)
        self._patience = patience

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold the slot. Raises NoFreeSlotError at once if too many wait, else after `patience` seconds."""
        if not self._inside.acquire(blocking=False):
            raise NoFreeSlotError
        try:
            if not self._slot.acquire(timeout=self._patience):
                raise NoFreeSlotError
            try:
                yield
            finally:
                self._slot.release()
        finally:
            self._inside.release()


KNOWN_DEVICES = HashSlot()
UNKNOWN_DEVICES = HashSlot()
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


BUSY_SECONDS = 5


class DelayedTryError(Exception):
    """The try was not admitted, and nothing was checked. `status` is 429 or 503; try again after `seconds`."""

    def __init__(self, status: int, seconds: int) -> None:
        super().__init__(f"{status}: {seconds} s")
        self.status, self.seconds = status, seconds

    def context(self) -> dict[str, Any]:
        """The template values of a page that says so: `minutes`, or `busy`."""
        return {"minutes": math.ceil(self.seconds / 60)} if self.status == 429 else {"busy": True}

    def finish(self, page: HttpResponse) -> HttpResponse:
        page.status_code = self.status
        page.headers["Retry-After"] = str(self.seconds)
        return page


@contextmanager
def password_try(request: HttpRequest, name: str) -> Iterator[SignInTry]:
    """Count a try of a password and hold a place for its hash. Raises DelayedTryError."""
    device = known_device(request, name)
    attempt = SignInTry(account_key(name), client_network(request), device)
    try:
        # The place comes first: a request without a place costs no query and no try.
        with (KNOWN_DEVICES if device else UNKNOWN_DEVICES).taken():
            _admit(attempt)
            yield attempt
    except NoFreeSlotError:
        raise DelayedTryError(503, BUSY_SECONDS) from None


def code_try(request: HttpRequest, name: str) -> SignInTry:
    """Count a try of a code of a second factor. Raises DelayedTryError."""
    attempt = SignInTry(code_key(name), client_network(request), known_device(request, name))
    _admit(attempt)
    return attempt


def _admit(attempt: SignInTry) -> None:
    if wait := attempt.admit():
        raise DelayedTryError(429, wait)
