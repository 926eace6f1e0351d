"""The clock for all wall-clock decisions (due, late, occurrence, settle), so that tests can move it. Leases never use it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from django.conf import settings

from composer.errors import nearest


def _system_time() -> datetime:
    return datetime.now(UTC) + _offset()


def _offset() -> timedelta:
    """Fault tests only: the offset in MAILROOM_CLOCK_FILE, which moves the clock of all processes at once."""
    path: Path | None = settings.CLOCK_FILE
    if path is None:
        return timedelta()
    try:
        return timedelta(seconds=float(path.read_text(encoding="ascii")))
    except FileNotFoundError:
        return timedelta()  # the clock has not been moved yet


_source: Callable[[], datetime] = _system_time


def now() -> datetime:
    """The current time, aware, UTC."""
    return _source()


def of_database(moment: datetime) -> datetime:
    """A time of the database as this clock shows it: fault tests move this clock, but not the database's."""
    return moment + _offset()


_NO_PLACES = frozenset({"localtime", "posixrules", "Factory"})  # files in a machine's zone data that are not time zones


def _is_place(zone: str) -> bool:
    return zone not in _NO_PLACES and not zone.startswith(("right/", "posix/"))


def places() -> list[str]:
    """The names of all time zones that `place_of` accepts, sorted."""
    return sorted(filter(_is_place, available_timezones()))


def place_of(zone: str) -> ZoneInfo | None:
    """The time zone with that name; None if this machine has none, or if its meaning differs between machines."""
    if not _is_place(zone):
        return None
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


# Cities without a zone of their name, and the names that people in China write.
_CITIES: Mapping[str, str] = {
    "beijing": "Asia/Shanghai", "peking": "Asia/Shanghai", "北京": "Asia/Shanghai", "上海": "Asia/Shanghai",
    "中国": "Asia/Shanghai", "香港": "Asia/Hong_Kong", "澳门": "Asia/Macau", "台北": "Asia/Taipei",
}  # fmt: skip


def nearest_place(text: str) -> str:
    """The zone that was probably meant; "" if none is similar. A similar city is more certain than a similar name of a zone."""
    names, zones, city = _by_city(), places(), _city(text)
    if city in names:
        return names[city]
    return nearest(text, zones, 0.9) or names.get(nearest(city, names, 0.8)) or nearest(text, zones, 0.6)


@cache
def _by_city() -> Mapping[str, str]:
    """City -> zone. Names with a continent come first: `Singapore` is also the older name of Asia/Singapore."""
    zones_by_city = dict(_CITIES)
    for zone in sorted(places(), key=lambda name: "/" not in name):
        zones_by_city.setdefault(_city(zone), zone)
    return zones_by_city


def _city(zone: str) -> str:
    return zone.rpartition("/")[2].strip().casefold().replace("_", " ")


def in_zone(moment: datetime, zone: str) -> datetime:
    """The moment in `zone`; unchanged if this machine does not have the zone, or the result is outside the calendar.

    It never fails, because a page shows stored values, and one odd row must not break the page.
    """
    zone_info = place_of(zone)
    try:
        return moment.astimezone(zone_info) if zone_info else moment
    except OverflowError:
        return moment


def minute_in(moment: datetime, zone: str) -> str:
    """`2027-01-05 09:00`: the moment in `zone`. Not by strftime, which writes the year 1 as "1"."""
    return in_zone(moment, zone).isoformat(" ", "minutes")[:16]


def with_zone(moment: datetime, zone: str) -> str:
    """`2027-01-05 09:00 (Asia/Shanghai)`: the moment in `zone`, with the zone's name; in UTC if the zone is unknown here."""
    return f"{minute_in(moment, zone)} ({zone if place_of(zone) else 'UTC'})"


def move(source: Callable[[], datetime] | None) -> None:
    """Tests only: take the time from `source`; None restores the system's clock."""
    global _source
    _source = source or _system_time
