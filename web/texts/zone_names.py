"""Time zones by the names that people type and read: cities and countries in the languages of the console, and the offset now."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from babel import Locale
from babel.core import get_global
from babel.dates import get_timezone_location
from django.utils.translation import get_language, to_locale

from config.env import INTERFACE_LANGUAGES
from publication import clock

MOST = 30  # zones that one text may mean
_SHORTEST = 2  # characters of a part of a name; one Chinese character is a whole name often enough
# The zone data names a zone for its largest city. These are what people call it.
_ALSO: Mapping[str, Mapping[str, Sequence[str]]] = {
    "Asia/Shanghai": {"en": ("Beijing",), "zh-Hans": ("北京",)},
    "UTC": {"en": ("UTC",), "zh-Hans": ("协调世界时",)},
}
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
