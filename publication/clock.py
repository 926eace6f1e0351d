"""The one clock of wall-clock decisions (due, late, occurrence, settle), so that tests can move it. Leases never use it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from django.conf import settings


def _system_time() -> datetime:
    return datetime.now(UTC) + _offset()


def _offset() -> timedelta:
    """Fault tests only: how far MAILROOM_CLOCK_FILE sets this installation's processes off, all of them at once."""
    path: Path | None = settings.CLOCK_FILE
    if path is None:
        return timedelta()
    try:
        return timedelta(seconds=float(path.read_text(encoding="ascii")))
    except FileNotFoundError:
        return timedelta()  # nobody has moved it yet


_source: Callable[[], datetime] = _system_time


def now() -> datetime:
    """The present moment, aware, UTC."""
    return _source()


_NO_PLACES = frozenset({"localtime", "posixrules", "Factory"})  # files of a machine's zone data that are no places


def _is_place(zone: str) -> bool:
    return zone not in _NO_PLACES and not zone.startswith(("right/", "posix/"))


def places() -> list[str]:
    """The names of all time zones that `place_of` knows, in order."""
    return sorted(filter(_is_place, available_timezones()))


def place_of(zone: str) -> ZoneInfo | None:
    """The time zone of that name; None where this machine knows none, or where it means another one on each machine."""
    if not _is_place(zone):
        return None
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def in_zone(moment: datetime, zone: str) -> datetime:
    """The moment by the clocks of `zone`; as it is where the zone is not known here, or the calendar ends on the way there.

    Pages show whatever a row holds: one odd row must not take the others with it.
    """
    place = place_of(zone)
    try:
        return moment.astimezone(place) if place else moment
    except OverflowError:
        return moment


def with_zone(moment: datetime, zone: str) -> str:
    """`2027-01-05 09:00 (Asia/Shanghai)`: the moment by the clocks of `zone`, which is named; UTC where it is not known here."""
    shown = in_zone(moment, zone).isoformat(" ", "minutes")[:16]  # not by strftime, which writes the year 1 as "1"
    return f"{shown} ({zone if place_of(zone) else 'UTC'})"


def move(source: Callable[[], datetime] | None) -> None:
    """Tests only: take the time from `source`; None returns to the system's."""
    global _source
    _source = source or _system_time
