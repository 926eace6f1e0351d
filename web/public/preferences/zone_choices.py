"""Time zones to choose from: the inhabited ones by region, with the names of their cities in the reader's language."""

from __future__ import annotations

import importlib.resources
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from babel import Locale, UnknownLocaleError
from babel.dates import get_timezone_location
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REGIONS: Mapping[str, str | Promise] = {
    "Africa": _("Africa"), "America": _("Americas"), "Antarctica": _("Antarctica"), "Arctic": _("Arctic"), "Asia": _("Asia"),
    "Atlantic": _("Atlantic"), "Australia": _("Australia"), "Europe": _("Europe"), "Indian": _("Indian Ocean"),
    "Pacific": _("Pacific"),
}  # fmt: skip


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


class Region(NamedTuple):
    label: str | Promise
    zones: tuple[Zone, ...]


@lru_cache(maxsize=1)
def _inhabited() -> tuple[str, ...]:
    """One name for each zone: older names, such as Asia/Chongqing, would show the same city twice."""
    table = importlib.resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    return tuple(sorted(line.split("\t")[2].strip() for line in table.splitlines() if line and not line.startswith("#")))


@lru_cache(maxsize=8)
def regions(language: str) -> tuple[Region, ...]:
    """All zones for a reader of `language` (a quarter of a second, once for each language and process)."""
    found: dict[str, list[Zone]] = {region: [] for region in REGIONS}
    for name in _inhabited():
        region = name.split("/")[0]
        if region in found:
            found[region].append(Zone(name, label_of(name, language)))
    return tuple(Region(REGIONS[region], tuple(sorted(zones, key=_label))) for region, zones in found.items() if zones)


def _label(zone: Zone) -> str:
    return zone.label


@lru_cache(maxsize=2048)
def label_of(zone: str, language: str) -> str:
    """“Shanghai”, in Chinese “Shanghai 上海”: sorted and found by the name in Latin letters in every language."""
    latin = _city(zone, "en")
    local = _city(zone, language)
    return latin if local == latin else f"{latin} {local}"


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
