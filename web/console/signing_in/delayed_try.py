"""A try to sign in that was not admitted: its answer, and the checks that come before a password is hashed."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.http import HttpRequest, HttpResponse

from publication.staff.sign_in_limits import SignInTry, account_key, code_key
from web.console.signing_in import hash_slots, known_devices
from web.middleware.trusted_proxies import client_network

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
    device = known_devices.known_device(request, name)
    attempt = SignInTry(account_key(name), client_network(request), device)
    try:
        # The place comes first: a request without a place costs no query and no try.
        with (hash_slots.KNOWN_DEVICES if device else hash_slots.UNKNOWN_DEVICES).taken():
            _admit(attempt)
            yield attempt
    except hash_slots.NoFreeSlotError:
        raise DelayedTryError(503, BUSY_SECONDS) from None


def code_try(request: HttpRequest, name: str) -> SignInTry:
    """Count a try of a code of a second factor. Raises DelayedTryError."""
    attempt = SignInTry(code_key(name), client_network(request), known_devices.known_device(request, name))
    _admit(attempt)
    return attempt


def _admit(attempt: SignInTry) -> None:
    if wait := attempt.admit():
        raise DelayedTryError(429, wait)
