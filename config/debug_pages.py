"""Error pages of MAILROOM_DEBUG without secrets: Django hides secrets by the setting's name, this also by their value.

A password is also part of the URL of a database or broker, of reprs, and of the local variables in a driver's frames.
"""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Iterable, Iterator, Mapping
from pprint import pformat
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.views import debug

from config.env import PREFIX, SETTINGS, Environment

SHORTEST = 4  # characters: hiding every "a" would leave no page
HIDDEN = "••••••••"


class _Shown:
    """Replaces a value whose repr contained a secret."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


class SecretFreeFilter(debug.SafeExceptionReporterFilter):
    """Hides what Django hides, even under DEBUG, and then every secret by its value."""

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def cleanse_setting(self, key: Any, value: Any) -> Any:
        return _without_secrets(super().cleanse_setting(key, value))

    def get_traceback_frame_variables(self, request: HttpRequest, tb_frame: Any) -> Any:
        found = super().get_traceback_frame_variables(request, tb_frame)
        return [(name, _without_secrets(value)) for name, value in found]


class SecretFreeReporter(debug.ExceptionReporter):
    """Searches the finished page again: a secret may be in an exception's text or in a line of the request."""

    def get_traceback_html(self) -> str:  # type: ignore[override]
        return redact(super().get_traceback_html())

    def get_traceback_text(self) -> str:  # type: ignore[override]
        return redact(super().get_traceback_text())


def redact(text: str) -> str:
    """`text` without this process's secrets."""
    passwords = [each["PASSWORD"] for each in settings.DATABASES.values()] + list(_passwords(settings.BROKER_URL))
    pattern = _pattern(settings.ENV, settings.SECRET_KEY, *settings.LINK_KEYS, *passwords)
    return pattern.sub(HIDDEN, text) if pattern else text


def _without_secrets(value: Any) -> Any:
    # Before the page shortens the text, because half a secret would not be recognised.
    try:
        shown = value if isinstance(value, str) else pformat(value)
    except Exception:
        return value  # Django shows what went wrong, too
    redacted = redact(shown)
    if redacted == shown:
        return value
    return redacted if isinstance(value, str) else _Shown(redacted)


@functools.lru_cache(maxsize=8)
def _pattern(environment: Environment, *further: str) -> re.Pattern[str] | None:
    secrets = {*further, *(secret for each in SETTINGS if each.secret for secret in _given(environment, each.name))}
    spelled = {form for secret in secrets if len(secret) >= SHORTEST for form in _spellings(secret)}
    # The longest first, because one secret may begin with another.
    return re.compile("|".join(map(re.escape, sorted(spelled, key=len, reverse=True)))) if spelled else None


def _given(environment: Environment, name: str) -> Iterator[str]:
    raw = environment.environ.get(PREFIX + name, "").strip()
    yield raw
    yield from _passwords(raw)
    value = environment.values[name]
    if isinstance(value, Mapping):
        yield value["PASSWORD"]
        yield from (text for key, text in value["OPTIONS"].items() if "password" in key)
    else:
        for each in _strings(value):
            yield from (each, *_passwords(each))


def _passwords(address: str) -> Iterator[str]:
    """The password in a URL such as redis://user:password@host, both percent-encoded and decoded."""
    if "://" in address and (password := urlsplit(address).password):
        yield from (password, unquote(password))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Iterable):
        for each in value:
            yield from _strings(each)


def _spellings(secret: str) -> set[str]:
    """All forms in which a page may contain it: plain, as a repr, as part of a URL, each also escaped as HTML."""
    plain = {secret, repr(secret)[1:-1], repr(repr(secret))[2:-2], quote(secret, safe="")}
    return plain | {html.escape(each) for each in plain}
