"""The hidden field of public forms: signed, bound to one purpose and one link, valid for a day. It replaces a CSRF cookie."""

from django.core import signing
from django.utils.crypto import constant_time_compare

FIELD = "form"
HONEYPOT = "website"  # people do not see this field; programs that fill in every field fill it in
VALID_FOR = 24 * 3600  # seconds: a page left open overnight still works


def make(purpose: str, link: str) -> str:
    """The field's value for a form that is shown now."""
    return _signer(purpose).sign(link)


def fits(purpose: str, link: str, given: str) -> bool:
    """Whether `given` was made for this purpose and link within the last day."""
    try:
        return constant_time_compare(_signer(purpose).unsign(given, max_age=VALID_FOR), link)
    except signing.BadSignature:
        return False


def _signer(purpose: str) -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=f"mailroom.form.{purpose}")
