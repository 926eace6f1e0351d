"""The form of the preferences: what it shows, what it reads from a POST, and the time zones to choose from."""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from django.conf import settings
from django.http import QueryDict
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
from web.public.preferences import measuring_choice
from web.public.preferences.person_link import PersonLink
from web.texts.language_names import own_name
from web.texts.people import place_names
from web.texts.people.input_faults import FAULTS, LONGEST
from web.texts.people.place_names import zone_label, zones

PAUSES = range(1, 13)  # months
_ATTRIBUTE = "attribute."  # before the names of attributes, which could otherwise be those of other fields


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
    is_stale: bool = False  # the page showed another sentence about measuring than it would now


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
    measuring = measuring_choice.read(link, _publication(), typed)
    wish = Wish(
        _numbers(posted.getlist("shown")), _numbers(posted.getlist("list")), details, given, without,
        agrees=measuring.agrees, withdraws=measuring.withdraws,
    )  # fmt: skip
    return Entered(wish, faults, typed, measuring.is_stale)


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
    return person.zone if text == shown else place_names.find_zone(text, _reader())


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
        "zone_of_person": zone_of(person), "measuring": measuring_choice.choice(link, _publication(), zone_of(person), typed),
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
