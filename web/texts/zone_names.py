"""Time zones by the names that people type and read: cities and countries in the languages of the console, and the offset now.

Times are shown in a given zone, which is named in the reader's language.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from babel import Locale
from babel.core import get_global
from babel.dates import format_date, get_timezone_location
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, to_locale
from django.utils.translation import gettext as _

from campaigns.sending.schedule import LocalHour
from config.env import INTERFACE_LANGUAGES
from publication import clock

MOST = 30  # zones that one text may mean
_SHORTEST = 2  # characters of a part of a name; one Chinese character is a whole name often enough
# The zone data names a zone for its largest city. These are what people call it.
_ALSO: Mapping[str, Mapping[str, Sequence[str]]] = {
    "Asia/Shanghai": {"en": ("Beijing",), "zh-Hans": ("北京",)},
    "UTC": {"en": ("UTC",), "zh-Hans": ("协调世界时",)},
}
# Zones that a language has an ordinary name for.
_ORDINARY: Mapping[str, Promise] = {"Asia/Shanghai": gettext_lazy("Asia/Shanghai")}
_SUFFIX = re.compile(r"\s*(标准时间|时间|时区|standard time|time)$")


class ZoneNames(NamedTuple):
    """The names of a zone by language: those of its cities, and that of its country."""

    zone: str
    cities: Mapping[str, Sequence[str]]
    countries: Mapping[str, str]


class ZoneChoice(NamedTuple):
    """A zone for a list: `Beijing, Shanghai (北京, 上海) · UTC+08:00`."""

    zone: str
    name: str


def choices() -> list[ZoneChoice]:
    """All zones that have a city, from west to east."""
    zones = sorted(_known().values(), key=lambda names: (_offset(names.zone), names.zone))
    return [ZoneChoice(names.zone, described(names.zone)) for names in zones]


def described(zone: str) -> str:
    """The names of a zone, those in the language of the page first, and its offset from UTC now."""
    names = _known().get(zone)
    written = _written(_offset(zone))
    if names is None:
        return f"{zone} · {written}"
    here = (get_language() or "en").lower()
    own, *others = sorted(names.cities, key=lambda language: language.lower() != here)
    other = [city for language in others for city in names.cities[language] if city not in names.cities[own]]
    cities = ", ".join(names.cities[own]) + (f" ({', '.join(other)})" if other else "")
    return f"{cities} · {written}"


def find(text: str) -> list[str]:
    """The zones that a text means: a zone's own name, or names of its city or country in any language of the console."""
    exact = {zone.casefold(): zone for zone in clock.places()}
    typed = unicodedata.normalize("NFKC", text).strip().casefold()
    if typed in exact:
        return [exact[typed]]
    plain = _SUFFIX.sub("", typed)
    if not plain:
        return []
    for means in (_is_city, _is_country, _is_part):
        if zones := [names.zone for names in _known().values() if means(names, plain)]:
            return sorted(zones, key=lambda zone: (_offset(zone), zone))[:MOST]
    return []


def with_zone(value: datetime, zone: str) -> str:
    """`2027-01-05 09:00 (Asia/Shanghai)`; in UTC if this machine does not have the zone."""
    shown = str(_ORDINARY.get(zone, zone)) if clock.place_of(zone) else "UTC"
    return _("%(time)s (%(zone)s)") % {"time": clock.minute_in(value, zone), "zone": shown}


def in_words(value: datetime, zone: str) -> str:
    """`Tuesday, 5 January 2027, 09:00 (Asia/Shanghai)`: for the sentence that leads a page."""
    local = clock.in_zone(value, zone)
    shown = str(_ORDINARY.get(zone, zone)) if clock.place_of(zone) else "UTC"
    return _("%(day)s, %(time)s (%(zone)s)") % {"day": _day(local.date()), "time": f"{local:%H:%M}", "zone": shown}


def hour_in_words(local: LocalHour) -> str:
    """`Tuesday, 5 January 2027, 09:00 in each recipient's own time zone`."""
    hour = datetime.fromisoformat(local.hour)
    return _("%(day)s, %(time)s in each recipient's own time zone") % {"day": _day(hour.date()), "time": f"{hour:%H:%M}"}


def days_until(value: datetime, zone: str) -> str:
    """`today`, `tomorrow` or `in 30 days`, by the calendar of `zone`."""
    days = (clock.in_zone(value, zone).date() - clock.in_zone(clock.now(), zone).date()).days
    return _("in %(days)s days") % {"days": f"{days:,}"} if days > 1 else _("tomorrow") if days == 1 else _("today")


def _day(day: date) -> str:
    language = get_language() or "en"
    return str(format_date(day, "full", locale="en_GB" if language == "en" else to_locale(language)))


def zone_name(zone: str) -> str:
    """`Asia/Shanghai`; in Chinese with the name that people use, `北京时间（Asia/Shanghai）`."""
    name = str(_ORDINARY.get(zone, zone))
    return name if name == zone else _("%(time)s (%(zone)s)") % {"time": name, "zone": zone}


def each_zone(local: LocalHour, zone: str) -> str:
    """`2027-01-05 09:00 in each recipient's own time zone, first at 2027-01-05 06:00 (Asia/Shanghai)`."""
    return _("%(hour)s in each recipient's own time zone, at the earliest %(first)s") % {
        "hour": local.hour,
        "first": with_zone(local.first, zone),
    }


def _is_city(names: ZoneNames, text: str) -> bool:
    return text in _plain(_cities(names))


def _is_country(names: ZoneNames, text: str) -> bool:
    return text in _plain(names.countries.values())


def _is_part(names: ZoneNames, text: str) -> bool:
    parts = [names.zone, *_cities(names), *names.countries.values()]
    return len(text) >= _SHORTEST and any(text in part for part in _plain(parts))


def _cities(names: ZoneNames) -> Iterator[str]:
    return chain.from_iterable(names.cities.values())


def _plain(texts: Iterable[str]) -> list[str]:
    return [unicodedata.normalize("NFKC", text).casefold() for text in texts]


def _offset(zone: str) -> timedelta:
    return clock.in_zone(clock.now(), zone).utcoffset() or timedelta()


def _written(offset: timedelta) -> str:
    minutes = round(abs(offset).total_seconds() / 60)
    return f"UTC{'-' if offset < timedelta() else '+'}{minutes // 60:02}:{minutes % 60:02}"


@lru_cache(maxsize=1)
def _known() -> Mapping[str, ZoneNames]:
    """Zone -> its names, without older names of the same zone, and without zones that this machine does not have."""
    territories, older, here = get_global("zone_territories"), get_global("zone_aliases"), set(clock.places())
    zones = [zone for zone in territories if zone in here and zone not in older and "/" in zone and not zone.startswith("Etc/")]
    return {zone: _names(zone, territories.get(zone, "")) for zone in [*zones, "UTC"]}


def _names(zone: str, territory: str) -> ZoneNames:
    cities, countries = {}, {}
    for language in INTERFACE_LANGUAGES:
        locale = Locale.parse(to_locale(language.lower()))
        city = [] if zone in ("UTC",) else [get_timezone_location(zone, locale=locale, return_city=True)]
        cities[language] = [*_ALSO.get(zone, {}).get(language, ()), *city]
        countries[language] = str(locale.territories.get(territory, "")) if zone != "UTC" else ""
    return ZoneNames(zone, cities, countries)
