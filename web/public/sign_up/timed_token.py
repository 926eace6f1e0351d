"""The token of a form to subscribe: signed, bound to one list, timed, with the language and a digest of the wording.

The wording that counts as consent is made from these again when the form comes back, and never taken from the request.
"""

import secrets
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple

from django.core import signing

from publication import clock

FIELD = "form"
YOUNGEST = timedelta(seconds=2)  # no person fills in a form faster; most programs do
OLDEST = timedelta(days=1)  # a page left open overnight still works
_SEPARATOR = "."


class TimedToken(NamedTuple):
    """The content of a token of ours. `nonce` is different for each form, and decides its question."""

    language: str
    made_at: datetime
    nonce: str
    digest: str

    @property
    def is_too_young(self) -> bool:
        return clock.now() - self.made_at < YOUNGEST

    @property
    def is_too_old(self) -> bool:
        return clock.now() - self.made_at > OLDEST

    def shows(self, wording: str) -> bool:
        """Whether the form showed exactly this wording."""
        return self.digest == _digest(wording)


def make(slug: str, language: str, wording: str) -> tuple[str, str]:
    """The token of a form that is shown now, and its nonce."""
    nonce, milliseconds = secrets.token_hex(8), round(clock.now().timestamp() * 1000)
    signed = _signer(slug).sign(_SEPARATOR.join((language, str(milliseconds), nonce, _digest(wording))))
    return signed, nonce


def read(slug: str, given: str) -> TimedToken | None:
    """The content of `given`; None if it was not made here for this list."""
    try:
        language, milliseconds, nonce, digest = _signer(slug).unsign(given).split(_SEPARATOR)
    except (signing.BadSignature, ValueError):
        return None
    return TimedToken(language, datetime.fromtimestamp(int(milliseconds) / 1000, UTC), nonce, digest)


def _digest(wording: str) -> str:
    return blake2b(wording.encode(), digest_size=8).hexdigest()


def _signer(slug: str) -> signing.Signer:
    return signing.Signer(salt=f"mailroom.form.subscribe.{slug}")
