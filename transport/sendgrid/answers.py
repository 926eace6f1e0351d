"""SendGrid's answers in Mailroom's terms: maps each status of mail/send to exactly one Outcome, and parses error bodies."""

import math
import re
import time
from collections.abc import Mapping
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import orjson

from transport.errors import ProviderError
from transport.outcomes import Cause, Outcome, OutcomeKind

Headers = Message | Mapping[str, Any]
MAX_RETRY_AFTER = 3600.0
_MAX_FAULTS = 50
_MAX_TEXT = 500
_ADDRESS = re.compile(r"(?<![^\s<>\"'(),;:])[^\s<>\"'(),;:][^\s<>\"'(),;:@]*+@[^\s<>\"'(),;:]++")
_RECIPIENT = re.compile(r"personalizations[.\[](\d{1,4})(?:\D|\Z)")


class ApiFault(NamedTuple):
    """One entry of the error list; `message` may quote an address, so it must not be logged."""

    message: str
    field: str | None


def outcome_of(status: int, headers: Headers, body: bytes, secret: str = "") -> Outcome:
    """Classify an answer. `headers` ignore case; `secret` is removed from all texts.

    - 202 accepted. No other 2xx is accepted: 200 is documented only for sandbox mode, which every request switches off,
      and a wrong host answers 200 to anything. If it counted as accepted, a slice would be lost silently; so unknown.
    - 429 busy, 425 busy: a definite rejection that is about time.
    - 408 and 499 unknown: a time-out reported by some gateway, which may not know what the server behind it did.
    - Other 4xx refused: a definite rejection.
    - 5xx unknown: nothing rules out that it follows an acceptance. 3xx unknown: not documented, proves nothing.
    """
    message_id = _text(headers.get("X-Message-Id"), 100) or None
    if status == 202:
        return Outcome(OutcomeKind.ACCEPTED, status, message_id, detail="202")
    faults = faults_of(body, secret)
    detail, wait = _detail(status, faults), retry_after_of(headers)
    if status in (425, 429):
        return Outcome(OutcomeKind.BUSY, status, retry_after=wait, detail=detail)
    if 400 <= status < 500 and status not in (408, 499):
        index = _recipient_index(faults) if status == 400 else None
        cause = _cause(status, faults)
        return Outcome(OutcomeKind.REFUSED, status, cause=cause, recipient_index=index, retry_after=wait, detail=detail)
    return Outcome(OutcomeKind.UNKNOWN, status, message_id, retry_after=wait, detail=detail)


def rows_of(path: str, body: bytes) -> list[Any]:
    """The rows of the list that answered a GET. Raises ProviderError if it is not a list."""
    try:
        rows = orjson.loads(body)
    except ValueError:
        rows = None
    if not isinstance(rows, list):
        raise ProviderError(f"GET {path}", Outcome(OutcomeKind.UNKNOWN, detail="the answer is not a list"))
    return rows


def _cause(status: int, faults: tuple[ApiFault, ...]) -> Cause:
    if status == 401 and any("credits exceeded" in fault.message.lower() for fault in faults):
        return Cause.QUOTA  # this 401 says nothing about the key
    if status in (401, 403):
        return Cause.CREDENTIALS
    if status == 413:
        return Cause.TOO_LARGE
    if status != 400:
        return Cause.OTHER
    fields = [fault.field for fault in faults if fault.field]
    if fields and not any(field.startswith("personalizations") for field in fields):
        return Cause.MESSAGE
    return Cause.RECIPIENT


def _recipient_index(faults: tuple[ApiFault, ...]) -> int | None:
    """The recipient that every fault names; None if they name several or nobody."""
    indexes = {match and int(match[1]) for match in (_RECIPIENT.match(fault.field or "") for fault in faults)}
    return indexes.pop() if len(indexes) == 1 else None


def faults_of(body: bytes, secret: str = "") -> tuple[ApiFault, ...]:
    """The errors in an answer's body; () for HTML, an empty body or any other form. Never raises."""
    try:
        document = orjson.loads(body)
    except ValueError:
        return ()
    entries = document.get("errors") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        return ()
    faults = []
    for entry in entries[:_MAX_FAULTS]:
        if isinstance(entry, str):
            entry = {"message": entry}  # plain texts in place of objects
        if not isinstance(entry, dict):
            continue
        field = entry.get("field")
        faults.append(
            ApiFault(
                _hide(_text(entry.get("message"), _MAX_TEXT), secret),
                _hide(_text(field, 200), secret) if isinstance(field, str) else None,
            )
        )
    return tuple(faults)


def retry_after_of(headers: Headers) -> float | None:
    """Seconds to wait, 0 to 3600, from Retry-After (seconds or date), otherwise X-RateLimit-Reset (Unix s), otherwise None.

    Neither is documented for mail/send, so neither is required, and no value may stop us for longer.
    """
    retry_after = _text(headers.get("Retry-After"), 100)
    seconds = _number(retry_after)
    if seconds is None and retry_after:
        try:
            seconds = parsedate_to_datetime(retry_after).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            seconds = None
    if seconds is None:
        reset = _number(_text(headers.get("X-RateLimit-Reset"), 100))
        seconds = None if reset is None else reset - time.time()
    return None if seconds is None else min(max(seconds, 0.0), MAX_RETRY_AFTER)


def _detail(status: int, errors: tuple[ApiFault, ...]) -> str:
    if not errors:
        return str(status)
    first = errors[0]
    message = _ADDRESS.sub("…@…", first.message)[:160]
    field = f" {_ADDRESS.sub('…@…', first.field)}:" if first.field else ""
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{status}{field} {message}{more}"


def _text(value: object, most: int) -> str:
    """`value` as one line of printable text of at most `most` characters; numbers as text, anything else as ""."""
    if isinstance(value, (int, float)):
        value = str(value)
    if not isinstance(value, str):
        return ""
    return "".join(c if c.isprintable() else " " for c in value[:most]).strip()


def _hide(text: str, secret: str) -> str:
    return text.replace(secret, "***") if secret else text


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
