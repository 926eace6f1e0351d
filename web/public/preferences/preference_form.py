"""The form of the preferences: what it shows, what it reads from a POST, and the time zones to choose from."""

import importlib.resources
import re
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from babel import Locale, UnknownLocaleError
from babel.dates import get_timezone_location
from django.conf import settings
from django.http import QueryDict
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from campaigns.sending import waves
from publication import clock
from publication.models import Publication
from subscribers import attributes
from subscribers.attributes import Declared, Type
from subscribers.consent import preferences
from subscribers.consent.preferences import Wish
from subscribers.errors import InputError
from subscribers.models import Subscriber
from web.public import mail_language
from web.public.preferences.person_link import PersonLink
from web.texts.language_names import own_name

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


def find(text: str, language: str) -> str:
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


PAUSES = range(1, 13)  # months
_ATTRIBUTE = "attribute."  # before the names of attributes, which could otherwise be those of other fields
FAULTS: Mapping[str, str | Promise] = {
    "name": _("Write the name in one line, without control characters."),
    "text": _("Write one line, without control characters."),
    "number": _("Write a number in digits, such as 12 or 3.5."),
    "date": _("Write a date as year, month and day, such as 2027-05-31."),
    "yesno": _("Choose yes or no."),
    "language": _("Choose one of the languages."),
    "zone": _("No time zone has this name. Type the beginning of a large city near you, and choose one of the suggestions."),
    "values": _("Choose one of the values."),
    "too_long": _("Write at most 400 characters."),
}
LONGEST = 400  # characters of a value; the fields of the page take no more


class FieldChoice(NamedTuple):
    """A value to choose, its label in the reader's language, and whether it is chosen."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True)
class PreferenceField:
    """An input: the id and name of its element, its label, the kind of element, its value, and what is wrong with it."""

    id: str
    name: str
    label: str | Promise
    kind: str  # "name", or a type of attributes
    value: str
    fault: str | Promise = ""
    choices: Sequence[FieldChoice] = ()  # of an attribute with known values


@dataclass(frozen=True)
class Entered:
    """What a POST asks for, what is wrong with it, and the typed texts, to show them again."""

    wish: Wish
    faults: Mapping[str, str] = field(default_factory=dict)  # name of the input -> code
    typed: Mapping[str, str] = field(default_factory=dict)


def read(link: PersonLink, posted: QueryDict) -> Entered:
    """Read the form. A link that is not private can change no personal data, whatever is posted."""
    faults: dict[str, str] = {}
    typed = {name: _typed(posted, name) for name in posted}
    details = _details(link.person, typed, faults)
    given: dict[str, Any] = {}
    without: list[str] = []
    if link.is_private:
        if "name" in typed:
            details["name"] = _checked("name", attributes.read_name, typed["name"], faults)
        given, without = _attributes(link.person, typed, faults)
    wish = Wish(_numbers(posted.getlist("shown")), _numbers(posted.getlist("list")), details, given, without)
    return Entered(wish, faults, typed)


def _typed(posted: QueryDict, name: str) -> str:
    """The text of a field. Check boxes of an attribute have the same name; an empty field of it says that they were shown."""
    texts = posted.getlist(name) if name.startswith(_ATTRIBUTE) else [posted.get(name, "")]
    return ";".join(filter(None, (str(text).strip() for text in texts)))


def _details(person: Subscriber, typed: Mapping[str, str], faults: dict[str, str]) -> dict[str, str]:
    """Language and zone, where they are not what the page showed."""
    readers = {"language": attributes.read_language, "zone": attributes.read_zone}
    shown = {"language": _shown_language(person, _offered()), "zone": person.zone}
    chosen = {**typed, "zone": _zone(person, typed["zone"])} if "zone" in typed else typed
    given = {name: chosen[name] for name in readers if chosen.get(name, shown[name]) != shown[name]}
    return {name: _checked(name, readers[name], text, faults) for name, text in given.items()}


def _zone(person: Subscriber, text: str) -> str:
    """The zone that was typed: the present one if the page showed it so, which may have an older name."""
    shown = person.zone and zone_label(person.zone, _reader())
    return person.zone if text == shown else find(text, _reader())


def _attributes(person: Subscriber, typed: Mapping[str, str], faults: dict[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Values of open attributes, and the names of those that were emptied. Others are ignored, whatever is posted."""
    given: dict[str, Any] = {}
    without = []
    for name, facts in _open_attributes().items():
        key = _ATTRIBUTE + name
        text = typed.get(key)
        if text is not None and facts.values and text == _shown_values(facts, person.attributes.get(name)):
            continue  # untouched: values that are not allowed any more stay until the person chooses others
        if text:
            # The full-width semicolon is the one of Chinese keyboards.
            text = text.replace("\uff1b", ";") if facts.type is Type.WORDS else text
            given[name] = _checked(key, facts.read, text, faults)
        elif text == "" and name in person.attributes:
            without.append(name)
    return given, without


def _shown_values(facts: Declared, stored: Any) -> str:
    """What the page posts if nobody touches the choice: the stored value; of several, those that are still allowed."""
    if not isinstance(stored, list):
        return "" if stored is None else attributes.as_text(stored)
    return ";".join(value for value in facts.values if value in stored)


def _checked(name: str, reader: Any, text: str, faults: dict[str, str]) -> Any:
    if len(text) > LONGEST:
        faults[name] = "too_long"
        return ""
    try:
        return reader(text) if text else ""
    except InputError as fault:
        faults[name] = fault.code
        return ""


def _numbers(texts: Iterable[str]) -> frozenset[int]:
    return frozenset(int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 19)


def context(link: PersonLink, entered: Entered | None = None) -> dict[str, Any]:
    """Return the form's values for templates: as stored, or as typed if something is wrong with them."""
    person = link.person
    typed = entered.typed if entered and entered.faults else {}
    choices = preferences.choices(person)
    ticked = (
        entered.wish.ticked if entered and entered.faults else frozenset(choice.list.pk for choice in choices if choice.is_on)
    )
    offered = _offered()
    language = typed.get("language", _shown_language(person, offered))
    zone = typed.get("zone", zone_label(person.zone, _reader()) if person.zone else "")
    faults = entered.faults if entered else {}
    return {
        "choices": choices, "ticked": ticked,
        "languages": [(tag, own_name(tag)) for tag in dict.fromkeys([*offered, *([language] if language else [])])],
        "language_chosen": language, "zone_chosen": zone,
        # Without campaigns at each reader's own hour, the zone would be a question about nothing.
        "zones": zones(_reader()) if waves.are_used() else (),
        "fields": _fields(person, typed, faults) if link.is_private else [],
        "faults": [(name.replace(_ATTRIBUTE, "attribute-"), FAULTS.get(code, "")) for name, code in faults.items()],
        "zone_fault": FAULTS[faults["zone"]] if "zone" in faults else "",
        "pauses": [(months, after(today(person), months)) for months in PAUSES],
        "zone_of_person": zone_of(person),
    }  # fmt: skip


def _fields(person: Subscriber, typed: Mapping[str, str], faults: Mapping[str, str]) -> list[PreferenceField]:
    def fault(name: str) -> str | Promise:
        return FAULTS.get(faults[name], "") if name in faults else ""

    fields = [PreferenceField("name", "name", _("Name"), "name", typed.get("name", person.name), fault("name"))]
    for name, facts in _open_attributes().items():
        stored, key = person.attributes.get(name), _ATTRIBUTE + name
        value = typed.get(key, "" if stored is None else attributes.as_text(stored).replace(";", "; "))
        choices = _value_choices(facts, typed.get(key), stored)
        label = facts.label_in(_reader())
        fields.append(PreferenceField(f"attribute-{name}", key, label, facts.type.value, value, fault(key), choices))
    return fields


def _value_choices(facts: Declared, typed: str | None, stored: Any) -> list[FieldChoice]:
    """The known values of an attribute, by label; a stored text that is not one of them is there, too."""
    chosen = typed.split(";") if typed is not None else stored if isinstance(stored, list) else [stored]
    values = list(facts.values)
    if values and isinstance(stored, str) and stored not in values:
        values.append(stored)
    return [FieldChoice(value, facts.value_in(_reader(), value), value in chosen) for value in values]


def label_of(name: str) -> str:
    labels: Mapping[str, str | Promise] = {"name": _("Name"), "language": _("Language"), "zone": _("Time zone")}
    if name in labels:
        return str(labels[name])
    facts = attributes.declarations().get(name)
    return facts.label_in(_reader()) if facts else name


def _open_attributes() -> dict[str, attributes.Declared]:
    open_attributes = {name: facts for name, facts in attributes.declarations().items() if facts.open}
    return dict(sorted(open_attributes.items(), key=lambda pair: pair[1].label_in(_reader())))


# ------------------------------------------------------------------------------------------------- languages and days
def _reader() -> str:
    return get_language() or settings.LANGUAGE_CODE


def _publication() -> Publication:
    # Not `installation.publication`, which creates the row if there is none: showing a page writes nothing.
    return Publication.objects.filter(pk=1).first() or Publication()


def _offered() -> list[str]:
    return mail_language.offered(_publication())


def _shown_language(person: Subscriber, offered: list[str]) -> str:
    """The option that is chosen: a reader of zh-CN sees 简体中文 chosen, which the publication calls zh-Hans."""
    if not person.language or person.language in offered:
        return person.language
    name = own_name(person.language)
    return next((tag for tag in offered if own_name(tag) == name), person.language)


def zone_of(person: Subscriber) -> str:
    return person.zone if clock.place_of(person.zone) else _publication().zone


def today(person: Subscriber) -> date:
    return clock.in_zone(clock.now(), zone_of(person)).date()


def after(day: date, months: int) -> date:
    """The same day so many months later; the last of the month if there is no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
