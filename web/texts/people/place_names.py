"""Names of time zones by their cities, and of countries, in the reader's language."""

import importlib.resources
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from babel import Locale, UnknownLocaleError
from babel.dates import get_timezone_location
from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _

# Cities that people look for and that no zone is named after.
_SEVERAL: Mapping[str, str | Promise] = {"Asia/Shanghai": _("Beijing, Shanghai")}
_SEPARATORS = re.compile("[,、]")
# Zones that CLDR, from which the names of cities come, still knows by older names.
_OF_CLDR = {
    "Africa/Asmara": "Africa/Asmera", "America/Argentina/Buenos_Aires": "America/Buenos_Aires",
    "America/Argentina/Catamarca": "America/Catamarca", "America/Argentina/Cordoba": "America/Cordoba",
    "America/Argentina/Jujuy": "America/Jujuy", "America/Argentina/Mendoza": "America/Mendoza",
    "America/Atikokan": "America/Coral_Harbour", "America/Indiana/Indianapolis": "America/Indianapolis",
    "America/Kentucky/Louisville": "America/Louisville", "America/Nuuk": "America/Godthab", "Asia/Ho_Chi_Minh": "Asia/Saigon",
    "Asia/Kathmandu": "Asia/Katmandu", "Asia/Kolkata": "Asia/Calcutta", "Asia/Yangon": "Asia/Rangoon",
    "Atlantic/Faroe": "Atlantic/Faeroe", "Europe/Kyiv": "Europe/Kiev", "Pacific/Chuuk": "Pacific/Truk",
    "Pacific/Pohnpei": "Pacific/Ponape",
}  # fmt: skip


class Zone(NamedTuple):
    name: str
    label: str


@lru_cache(maxsize=1)
def _inhabited() -> tuple[str, ...]:
    """One name for each zone: older names, such as Asia/Chongqing, would show the same city twice."""
    table = importlib.resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    return tuple(sorted(line.split("\t")[2].strip() for line in table.splitlines() if line and not line.startswith("#")))


@lru_cache(maxsize=8)
def zones(language: str) -> tuple[Zone, ...]:
    """Return all zones for a reader of `language`, by label. Takes 0.25 s, once for each language and process."""
    inhabited = [Zone(name, zone_label(name, language)) for name in _inhabited()]
    return tuple(sorted(inhabited, key=lambda zone: zone.label.casefold()))


@lru_cache(maxsize=2048)
def zone_label(zone: str, language: str) -> str:
    """“Berlin”, in Chinese “柏林”."""
    with translation.override(language):
        return str(_SEVERAL[zone]) if zone in _SEVERAL else _city(zone, language)


@lru_cache(maxsize=8)
def _by_text(language: str) -> Mapping[str, str]:
    """Every text by which people name a zone, in lower case, and the zone: its cities, its label, its IANA name."""
    found: dict[str, str] = {}
    for tongue in (language, settings.LANGUAGE_CODE):
        for zone in zones(tongue):
            for text in (zone.label, *_SEPARATORS.split(zone.label), zone.name, zone.name.rpartition("/")[2].replace("_", " ")):
                found.setdefault(text.strip().casefold(), zone.name)
    return found


def find_zone(text: str, language: str) -> str:
    """The zone that somebody typed or chose; the text itself if there is none."""
    return _by_text(language).get(text.strip().casefold(), text)


def _city(zone: str, language: str) -> str:
    own = zone.rpartition("/")[2].replace("_", " ")
    try:
        locale = Locale.parse(language, sep="-")
        if zone not in _OF_CLDR:
            return get_timezone_location(zone, locale=locale, return_city=True)
        # `get_timezone_location` would look for the new name. In English that name is the city's.
        return own if locale.language == "en" else str(locale.time_zones[_OF_CLDR[zone]]["city"])
    except (LookupError, ValueError, UnknownLocaleError):
        return own


# Codes of CLDR that are no countries: groups of them, and codes for tests.
_NO_COUNTRIES = {"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"}


# As texts from mainland China must name them. CLDR has “台湾” beside “中国香港特别行政区”.
_CHINESE = {"CN": "中国", "HK": "中国香港", "MO": "中国澳门", "TW": "中国台湾"}


def countries() -> list[tuple[str, str]]:
    """Code (ISO 3166) and name of every country and region, by name; in Chinese China first, then by Pinyin."""
    locale = _locale()
    codes = [code for code in map(str, locale.territories) if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES]
    named = [(code, country_name(code)) for code in codes]
    if locale.language != "zh":
        return sorted(named, key=lambda pair: pair[1].casefold())
    first = [*_CHINESE]
    return sorted(named, key=lambda pair: (first.index(pair[0]) if pair[0] in first else len(first), _by_pinyin(pair[1])))


def country_name(code: str) -> str:
    """The name of a country; the code of one that nobody knows."""
    locale = _locale()
    if locale.language == "zh" and code in _CHINESE:
        return _CHINESE[code]
    return str(locale.territories.get(code, code))


def _by_pinyin(name: str) -> bytes:
    """A key that sorts Chinese names by Pinyin: GBK has the common characters in that order."""
    return name.encode("gbk", "replace")


def _locale() -> Locale:
    return Locale.parse(to_locale(get_language() or settings.LANGUAGE_CODE))
