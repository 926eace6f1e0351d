"""The signed text in the cookie of a device that has signed in; web/console/signing_in/delayed_try.py says what it is for.

The web server checks it before it hands on a large body, without a look into the database: strangers cannot forge it.
"""

from typing import Any

from django.conf import settings
from django.core import signing
from django.http import parse_cookie

SALT = "mailroom.device"
KEPT_FOR = 365 * 24 * 3600  # seconds


def write(content: dict[str, Any]) -> str:
    return signing.dumps(content, salt=SALT)


def read(text: str) -> dict[str, Any] | None:
    """The content; None if the text was not signed here, or is too old."""
    try:
        content: dict[str, Any] = signing.loads(text, salt=SALT, max_age=KEPT_FOR)
    except signing.BadSignature:
        return None
    return content


def is_in(header: str) -> bool:
    """Whether a Cookie header has the cookie of a device that has signed in."""
    return read(parse_cookie(header).get(settings.DEVICE_COOKIE_NAME, "")) is not None
