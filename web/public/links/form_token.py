"""The hidden field of public forms: signed, bound to one purpose and one link, valid for a day. It replaces the cookie."""

from __future__ import annotations

from django.core import signing
from django.utils.crypto import constant_time_compare

FIELD = "form"
VALID_FOR = 24 * 3600  # seconds: a page left open overnight still works


def make(purpose: str, link: str) -> str:
    """For the form of `purpose` on the page of `link`, shown now."""
    return _signer(purpose).sign(link)


def fits(purpose: str, link: str, given: str) -> bool:
    """Whether `given` came from such a form within the last day."""
    try:
        return constant_time_compare(_signer(purpose).unsign(given, max_age=VALID_FOR), link)
    except signing.BadSignature:
        return False


def _signer(purpose: str) -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=f"mailroom.form.{purpose}")
