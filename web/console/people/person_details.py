"""The fields of a person's details in the forms of the console: how they are shown, and how they are read from a POST."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.http import QueryDict
from django.utils.functional import Promise

from subscribers import attributes
from subscribers.attributes import Declared, Type
from subscribers.errors import InputError
from subscribers.models import Subscriber
from web.texts import language_names
from web.texts.people import input_faults, list_texts, place_names
from web.texts.people.list_texts import reader_language
from web.texts.people.person_words import FIELDS

ATTRIBUTE = "attribute."  # before the names of attributes, which could otherwise be those of other fields
_READERS: Mapping[str, Callable[[str], str]] = {
    "name": attributes.read_name, "language": attributes.read_language, "country": attributes.read_country,
    "zone": attributes.read_zone,
}  # fmt: skip
_NOTHING = [("", "–")]
_BETWEEN = "; "  # several values of an attribute in one text


@dataclass(frozen=True)
class DetailField:
    """An input: its name and label, the kind of element, its value, and what is wrong with it.

    `stored` is the value when the page was made: a field that still has it is not written, so that an old page undoes nothing.
    """

    name: str
    label: str | Promise
    kind: str  # text, number, date, select, boxes, zone, words
    value: str
    stored: str
    choices: Sequence[tuple[str, str | Promise]] = ()
    fault: str = ""

    @property
    def ticked(self) -> list[str]:
        """The values of the boxes that are ticked."""
        return self.value.split(_BETWEEN)

    @property
    def id(self) -> str:
        return "id_" + self.name.replace(".", "-")


@dataclass(frozen=True)
class ReadDetails:
    """What a form changes, what is wrong with it, and the typed texts, to show them again."""

    texts: Mapping[str, str] = field(default_factory=dict)  # name, language, country, zone; "" empties one
    attributes: Mapping[str, Any] = field(default_factory=dict)
    without: Sequence[str] = ()
    faults: Mapping[str, str] = field(default_factory=dict)  # name of the input -> text
    typed: Mapping[str, str] = field(default_factory=dict)


class Fact(NamedTuple):
    """A detail as it is shown: its label and its value."""

    label: str
    value: str


def fields(person: Subscriber, read: ReadDetails | None = None) -> list[DetailField]:
    """The inputs of the form, as stored or as typed."""
    stored, declared = _stored(person), attributes.declarations()
    typed: Mapping[str, str] = read.typed if read else {}
    faults: Mapping[str, str] = read.faults if read else {}
    made = []
    for name, shown in stored.items():
        value = typed.get(name, shown)
        facts = declared.get(name.removeprefix(ATTRIBUTE)) if name.startswith(ATTRIBUTE) else None
        kind, choices = _element(name, facts, value)
        label = facts.label_in(reader_language()) if facts else FIELDS[name]
        made.append(DetailField(name, label, kind, value, typed.get(f"stored.{name}", shown), choices, faults.get(name, "")))
    return made


def zones() -> Sequence[place_names.Zone]:
    return place_names.zones(reader_language())


def read(person: Subscriber, posted: QueryDict) -> ReadDetails:
    """Read the fields that differ from what the page showed."""
    # The boxes of an attribute have the same name; an empty field of it says that they were shown.
    typed = {name: _BETWEEN.join(filter(None, (str(text).strip() for text in posted.getlist(name)))) for name in posted}
    texts: dict[str, str] = {}
    given: dict[str, Any] = {}
    without: list[str] = []
    faults: dict[str, str] = {}
    declared = attributes.declarations()
    for name in _stored(person):
        text = typed.get(name)
        if text is None or text == typed.get(f"stored.{name}", "").strip():
            continue
        attribute = name.removeprefix(ATTRIBUTE)
        try:
            if len(text) > input_faults.LONGEST:
                faults[name] = str(input_faults.FAULTS["too_long"])
            elif name in _READERS:
                text = place_names.find_zone(text, reader_language()) if name == "zone" else text
                texts[name] = _READERS[name](text) if text else ""
            elif text:
                given[attribute] = _value(declared[attribute], text)
            else:
                without.append(attribute)
        except InputError as fault:
            faults[name] = input_faults.text(fault)
    return ReadDetails(texts, given, without, faults, typed)


def field_for_many(name: str, typed: Sequence[str]) -> DetailField | None:
    """The input, called `value`, for one field or attribute of many people; None if there is no such field."""
    declared = attributes.declarations()
    if name not in FIELDS and name not in declared:
        return None
    facts, text = declared.get(name) if name not in FIELDS else None, _joined(typed)
    kind, choices = _element(name, facts, text)
    return DetailField("value", facts.label_in(reader_language()) if facts else FIELDS[name], kind, text, "", choices)


def value_for_many(name: str, typed: Sequence[str]) -> Any:
    """The typed value of one field or attribute; "" if nothing was typed. Raises InputError."""
    text = _joined(typed)
    if len(text) > input_faults.LONGEST:
        raise InputError("too_long", "the value is too long", "shorten it")
    if name == "zone":
        text = place_names.find_zone(text, reader_language())
    if name in _READERS:
        return _READERS[name](text) if text else ""
    facts = attributes.declarations()[attributes.find(name)]
    return _value(facts, text) if text else ""


def _joined(typed: Sequence[str]) -> str:
    return _BETWEEN.join(filter(None, map(str.strip, typed)))


def facts(person: Subscriber, left_out: Collection[str] = ()) -> list[Fact]:
    """The details that are stored, with their labels. `left_out`: fields that the page shows elsewhere."""
    stored, declared = _stored(person), attributes.declarations()
    shown = {
        "language": language_names.language_name(person.language) if person.language else "",
        "country": place_names.country_name(person.country) if person.country else "",
    }
    made = []
    for name, text in stored.items():
        if name in left_out:
            continue
        if name.startswith(ATTRIBUTE):
            attribute = name.removeprefix(ATTRIBUTE)
            value = person.attributes.get(attribute)
            shown_value = "" if value is None else list_texts.value_text(declared, attribute, value)
            made.append(Fact(declared[attribute].label_in(reader_language()), shown_value))
        else:
            made.append(Fact(str(FIELDS[name]), shown.get(name, text)))
    return made


def label_of(name: str) -> str:
    """The label of a field or an attribute."""
    declared = attributes.declarations().get(name)
    return str(FIELDS[name]) if name in FIELDS else declared.label_in(reader_language()) if declared else name


_YES_NO = [(attributes.as_text(value), label) for value, label in list_texts.YES_NO.items()]


def _stored(person: Subscriber) -> dict[str, str]:
    """Name of each input -> the stored value as a form shows it."""
    zone = place_names.zone_label(person.zone, reader_language()) if person.zone else ""
    texts = {"name": person.name, "language": person.language, "country": person.country, "zone": zone}
    shown = {name: _stored_text(facts, person.attributes.get(name)) for name, facts in attributes.declarations().items()}
    return texts | {ATTRIBUTE + name: text for name, text in shown.items()}


def _stored_text(facts: Declared, value: Any) -> str:
    """The text that the form posts if nobody touches it: of several values, those that are still allowed."""
    if isinstance(value, list) and facts.values:
        value = [allowed for allowed in facts.values if allowed in value]
    return "" if value is None else attributes.as_text(value).replace(";", _BETWEEN)


def _element(name: str, facts: Declared | None, value: str) -> tuple[str, Sequence[tuple[str, str | Promise]]]:
    """The kind of element, and the choices of a select or of boxes."""
    if name == "language":
        return "select", [*_NOTHING, *language_names.language_choices(current=value)]
    if name == "country":
        known = place_names.countries()
        return "select", [*_NOTHING, *known, *([(value, value)] if value and value not in dict(known) else [])]
    if facts is None:
        return ("zone" if name == "zone" else "text"), ()
    if facts.type is Type.YESNO:
        return "select", [*_NOTHING, *_YES_NO]
    if facts.values:
        allowed = [(choice, facts.value_in(reader_language(), choice)) for choice in facts.values]
        if facts.type is Type.WORDS:
            return "boxes", allowed
        # A stored value that is not allowed any more stays until somebody chooses another one.
        return "select", [*_NOTHING, *allowed, *([(value, value)] if value and value not in facts.values else [])]
    return {Type.NUMBER: "number", Type.DATE: "date", Type.WORDS: "words"}.get(facts.type, "text"), ()


def _value(facts: Declared, text: str) -> Any:
    # The full-width semicolon is the one of Chinese keyboards.
    return facts.read(text.replace("\uff1b", ";") if facts.type is Type.WORDS else text)
