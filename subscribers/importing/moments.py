"""Reads the dates of other systems: days, and moments in the forms that their files have."""

import re
from datetime import UTC, datetime, time, timedelta, timezone
from functools import lru_cache

from publication import clock
from subscribers import attributes
from subscribers.errors import InputError

_DAY = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}", re.ASCII)
_CHINESE_DAY = re.compile(r"(\d{4}) ?年 ?(\d{1,2}) ?月 ?(\d{1,2}) ?[日号]", re.ASCII)
FORMS = "2024-05-31, 2024/5/31, 2024.5.31, 2024年5月31日, 2024-05-31 14:30:00 or seconds since 1970"
# ISO 8601 (Ghost, SendGrid), SQL (Mailchimp, Mautic, PostgreSQL), and Go's default with a zone's name behind (listmonk).
_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,9}))? ?(Z|[+-]\d{2}(?::?\d{2})?)?(?: [A-Z]{1,5})?", re.ASCII
)
_SECONDS = re.compile(r"(\d{9,10})(?:\.\d+)?|(\d{12,13})", re.ASCII)  # since 1970, or milliseconds


@lru_cache(maxsize=8192)
def read_moment(text: str, zone: str) -> datetime:
    """A day begins in `zone`; a moment without an offset is UTC. Raises InputError."""
    if match := _CHINESE_DAY.fullmatch(text):
        text = "-".join(match.groups())
    if _DAY.fullmatch(text):
        day = attributes.in_range(attributes.read_date(text))
        return datetime.combine(day, time(), clock.place_of(zone) or UTC).astimezone(UTC)
    try:
        if match := _MOMENT.fullmatch(text):
            moment = datetime.fromisoformat(f"{match[1]} {match[2]}").replace(tzinfo=_offset(match[4] or "Z"))
            moment += timedelta(microseconds=int((match[3] or "").ljust(6, "0")[:6]))
            attributes.in_range(moment.date())
            return moment.astimezone(UTC)
        if match := _SECONDS.fullmatch(text):
            return datetime.fromtimestamp(int(match[1]) if match[1] else int(match[2]) / 1000, UTC)
    except (ValueError, OverflowError):  # an InputError is a ValueError, too
        pass
    raise InputError("date", f"“{text[:40]}” is not a date", f"write it as {FORMS}", cell=text[:40])


def _offset(text: str) -> timezone:
    if text == "Z":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    apart = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-apart if text[0] == "-" else apart)
