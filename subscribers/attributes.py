"""The schema of subscriber attributes, and the parsers for the text of each type."""

import re
from collections.abc import Callable, Container, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from composer.issue import languages
from publication import clock
from publication.models import Publication
from subscribers.errors import InputError, nearest_hint
from transport import header_rules

_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})|(\d{4}) ?年 ?(\d{1,2}) ?月 ?(\d{1,2}) ?[日号]", re.ASCII)
LONGEST_COMMENT = 300
FIRST_YEAR, LAST_YEAR = 1900, 2200  # for days that are converted to moments in a time zone
MOST_IN_TABLE = 2  # attributes in a row of people
MOST_NAMED = 20  # allowed values in a hint
_INTEGER = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,15})?", re.ASCII)
_COUNTRY = re.compile(r"[A-Za-z]{2}", re.ASCII)
_YES = frozenset({"yes", "y", "true", "1", "on", "是"})
_NO = frozenset({"no", "n", "false", "0", "off", "否"})
# Invisible marks in text copied from right-to-left programs. In a single line they have no meaning.
_MARKS = dict.fromkeys([0x200E, 0x200F, 0x061C, 0xFEFF, *range(0xE0000, 0xE0080)])  # direction, byte order, language tags
# Digits and letters of a Chinese input method, so that a telephone number is found however it was typed.
_HALF_WIDTH = {0x3000: " "} | {full: chr(full - 0xFEE0) for full in range(0xFF01, 0xFF5F)}


class Type(StrEnum):
    """The type of an attribute's value."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    YESNO = "yesno"
    WORDS = "words"


class Declared(NamedTuple):
    """One attribute of the publication. An open one is shown to the person, who may change it; `label` names it there.

    `labels`: language -> label, where readers of it see another one. `values`: the only values that may be stored, with their
    labels by language; without any, every value of the type may be. `in_table`: whether staff want it in the table of people;
    None: nobody said so.
    """

    type: Type
    open: bool
    label: str
    labels: Mapping[str, str] = MappingProxyType({})
    values: Mapping[str, Mapping[str, str]] = MappingProxyType({})
    in_table: bool | None = None

    def label_in(self, language: str) -> str:
        """The label for a reader of `language`."""
        return _in_language(language, self.label, self.labels)

    def value_in(self, language: str, value: str) -> str:
        """The label of a value for a reader of `language`; the value itself if it has none."""
        return _in_language(language, value, self.values.get(value, {}))

    def read(self, text: str) -> Any:
        """The value that a text means: one of the type, and one of the allowed ones. Raises InputError."""
        read = READERS[self.type](text)
        if not self.values:
            return read
        return list(dict.fromkeys(map(self._allowed, read))) if isinstance(read, list) else self._allowed(str(read))

    def _allowed(self, text: str) -> str:
        """The allowed value with this spelling or this label, whatever the case."""
        for value, its_labels in self.values.items():
            if half_width(text).casefold() in {half_width(spelling).casefold() for spelling in (value, *its_labels.values())}:
                return value
        known = "; ".join(list(self.values)[:MOST_NAMED]) + ("; …" if len(self.values) > MOST_NAMED else "")
        raise InputError(
            "values",
            f"“{text[:40]}” is not one of the allowed values",
            f"write one of these: {known}",
            cell=text[:40],
            known=known,
        )


def _in_language(language: str, own: str, by_language: Mapping[str, str]) -> str:
    return by_language.get(languages.best_language(language, ["", *by_language]), own) if by_language else own


def declarations() -> dict[str, Declared]:
    """name -> declaration, in the order in which they were declared; those of an unknown type cannot be used and are left out."""
    stored: Mapping[str, Any] = Publication.objects.values_list("attribute_schema", flat=True).first() or {}
    return {
        name: Declared(
            Type(stored_type),
            facts.get("open") is True,
            str(facts.get("label") or _readable(name)),
            facts.get("labels") or {},
            {value["value"]: value.get("labels") or {} for value in facts.get("values") or ()},
            facts.get("in_table"),
        )
        for name, facts in sorted(stored.items(), key=_position)
        if isinstance(facts, dict) and (stored_type := facts.get("type", "text")) in Type.__members__.values()
    }


def _position(stored: tuple[str, Any]) -> int:
    """The database keeps no order of the keys. Attributes of before have no position, and come first."""
    facts = stored[1]
    return int(facts.get("position") or 0) if isinstance(facts, dict) else 0


def in_table() -> dict[str, Declared]:
    """The attributes that the table of people shows: those that staff chose, else the first text ones."""
    declared = declarations()
    shown = [
        name
        for name, facts in declared.items()
        if facts.in_table or (facts.in_table is None and facts.type is Type.TEXT)
    ]  # fmt: skip
    return {name: declared[name] for name in sorted(shown, key=lambda name: not declared[name].in_table)[:MOST_IN_TABLE]}


def labels(values: Container[str]) -> dict[str, str]:
    """name -> label, of the attributes with these names."""
    return {name: declared.label for name, declared in declarations().items() if name in values}


def _readable(name: str) -> str:
    return name.replace("_", " ").capitalize()


def schema() -> dict[str, Type]:
    """name -> type of all attributes."""
    return {name: facts.type for name, facts in declarations().items()}


def _one_line(code: str, what: str, value: str) -> str:
    """The value without direction marks. Characters that could forge a header or reverse text are rejected, as in a header."""
    if value.isprintable():  # nearly all values: only letters, punctuation and ordinary spaces
        return value
    value = value.translate(_MARKS)
    if not header_rules.is_one_line(value):
        raise InputError(code, f"{what} a control character", _removal_hint(value))
    return value


def _text(value: str) -> str:
    return _one_line("text", "the text contains", value)


def half_width(text: str) -> str:
    """The text with the full-width forms of ASCII characters, as a Chinese input method writes them, as these characters."""
    return text if text.isascii() else text.translate(_HALF_WIDTH)


def _stored_text(value: str) -> str:
    return _text(half_width(value)).strip()


def _removal_hint(value: str) -> str:
    if "\n" in value or "\r" in value:
        return "remove line breaks; if the next line should be another row, close the quotation mark before it"
    return "remove line breaks, tabs and invisible characters"


def _number(value: str) -> int | float:
    if _INTEGER.fullmatch(value):
        return int(value)
    if _NUMBER.fullmatch(value):
        return float(value)
    raise InputError("number", f"“{value[:40]}” is not a number", "write digits, such as 12 or 3.5, at most 15 before the point",
                     cell=value[:40])  # fmt: skip


@lru_cache(maxsize=8192)
def read_day(value: str) -> str:
    """A date in the form YYYY-MM-DD. Raises InputError."""
    return read_date(value).isoformat()


def in_range(day: date) -> date:
    """Check that a time zone can convert the day to a moment. Raises InputError."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise InputError(
            "date", f"the year {day.year} is out of range", f"use a year from {FIRST_YEAR} to {LAST_YEAR}", variant="year",
            first=FIRST_YEAR, last=LAST_YEAR, year=day.year,
        )  # fmt: skip
    return day


def read_date(value: str) -> date:
    """YYYY-MM-DD, also with / or . between, or as 2024年5月31日. Raises InputError."""
    if match := _DATE.fullmatch(value):
        try:
            year, month, day = (int(part) for part in match.groups() if part is not None)
            return date(year, month, day)
        except ValueError:
            raise InputError("date", f"the day {value} does not exist", "check the month and the day", variant="no_such_day",
                             cell=value[:40]) from None  # fmt: skip
    raise InputError("date", f"“{value[:40]}” is not a date", "write year, month and day, such as 2024-05-31", cell=value[:40])


def _yes_or_no(value: str) -> bool:
    if (lowered := value.lower()) in _YES:
        return True
    if lowered in _NO:
        return False
    raise InputError("yesno", f"“{value[:40]}” is neither yes nor no", "write yes or no", cell=value[:40])


def _words(value: str) -> list[str]:
    return list(dict.fromkeys(word for part in _text(value).split(";") if (word := part.strip())))


READERS: dict[Type, Callable[[str], Any]] = {
    Type.TEXT: _stored_text,
    Type.NUMBER: _number,
    Type.DATE: read_day,
    Type.YESNO: _yes_or_no,
    Type.WORDS: _words,
}


def read_name(value: str) -> str:
    """A person's name: one line, with spaces of any width replaced by single spaces. Raises InputError."""
    value = _one_line("name", "the name contains", value)
    return value if value.isprintable() else " ".join(value.split())


def read_consent(value: str) -> str:
    """Read where and when somebody agreed, in one line or several. Raises InputError."""
    return _lines("consent", "the statement of consent contains", value)


def read_comment(value: str) -> str:
    """Read what somebody wrote about why they left, in one line or several. Raises InputError(comment)."""
    comment = _lines("comment", "the comment contains", value)
    if len(comment) > LONGEST_COMMENT:
        raise InputError("comment", f"the comment has more than {LONGEST_COMMENT} characters", "shorten it")
    return comment


def read_description(value: str) -> str:
    """The description of a list or segment, in one line or several. Raises InputError."""
    return _lines("description", "the description contains", value)


def _lines(code: str, what: str, value: str) -> str:
    for line in value.splitlines():
        _one_line(code, what, line.replace("\t", " "))
    return value.strip()


@lru_cache(maxsize=1024)
def read_language(value: str) -> str:
    """A language tag in its usual spelling: en, zh-Hans, pt-BR (BCP 47, without extensions). Raises InputError."""
    if not languages.is_reader_language(value):
        raise InputError("language", f"“{value[:40]}” is not a language tag", "write it as en, zh-Hans or pt-BR", cell=value[:40])
    return languages.spelt(value)


@lru_cache(maxsize=1024)
def read_country(value: str) -> str:
    """An ISO 3166 code of two letters, upper case. Raises InputError."""
    code = value.upper()
    if not _COUNTRY.fullmatch(value) or code == "UK":
        hint = "the United Kingdom is GB" if code == "UK" else "use the two letters of ISO 3166, such as CN, GB or US"
        raise InputError("country", f"“{value[:40]}” is not a country code", hint, cell=value[:40])
    return code


def read_zone(value: str) -> str:
    """A time zone of the IANA database, such as Asia/Shanghai. Raises InputError."""
    if value not in _zones():
        meant = clock.nearest_place(value)
        hint = f"did you mean {meant}?" if meant else "write it as Asia/Shanghai or Europe/Madrid"
        raise InputError("zone", f"“{value[:40]}” is not a time zone", hint)
    return value


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(clock.places())


def find(name: str) -> str:
    """Check that the schema has this attribute. Raises InputError, which names the nearest."""
    declared = schema()
    if name not in declared:
        raise InputError("attribute", f"no attribute is called “{name}”", nearest_hint(name, declared))
    return name


def read_attributes(given: Mapping[str, Any]) -> dict[str, Any]:
    """Parse values, given as text or as stored, for attributes of the schema; empty text is left out. Raises InputError."""
    declared = declarations() if given else {}
    read = {}
    for name, value in given.items():
        text = as_text(value).strip()
        try:
            if text:
                read[name] = declared[find(name)].read(text)
        except InputError as fault:
            if fault.code == "attribute":
                raise
            raise InputError(fault.code, f"{name}: {fault.message}", fault.hint) from None
    return read


def as_text(value: Any) -> str:
    """A stored value as a file would hold it, so that every door reads the same texts."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")  # `str` writes small numbers with an exponent, which is no number in a file
    return ";".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
