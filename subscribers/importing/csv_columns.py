"""Reads the header of an import: assigns columns to fields and attributes, and finds new attributes."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from subscribers import attribute_declarations, attributes
from subscribers.attribute_declarations import RESERVED, is_name
from subscribers.attributes import READERS, Type
from subscribers.faults import InputFault
from subscribers.importing.csv_file import FileFault

FIXED = ("email", "name", "language", "country", "joined")
# The names of these columns in other programs, as `_squeezed` returns them; the first one in a file is used.
_SPELLINGS = {
    "email": ("email", "emailaddress", "邮箱", "邮箱地址", "电子邮箱", "电子邮箱地址", "电子邮件", "电子邮件地址", "电邮",
              "mail", "mailaddress", "address"),
    "name": ("name", "fullname", "姓名", "名字"),
    "language": ("language", "lang", "语言", "语种"),
    "country": ("country", "countrycode", "国家", "国家代码"),
    "joined": ("joined", "加入日期", "订阅日期"),
}  # fmt: skip
# A file whose columns all differ from the schema is probably the wrong file, and declared attributes cannot be removed.
MOST_NEW = 20
# There can be at most 205 fields and attributes. A file with more columns than this is not a table of people, or has another
# separator.
MOST_COLUMNS = 1_000
# Columns that Mailroom adds to rejected rows; they are ignored, so that the corrected file can be imported as it is.
PASSED_OVER = "refused_"
# In our own exports; the state of a subscription cannot be imported.
_NOT_READ = frozenset({"state"})


class Columns(NamedTuple):
    """The position of each field (-1: missing), and the attributes: position, name, parser."""

    width: int
    email: int
    name: int
    language: int
    country: int
    joined: int
    attributes: list[tuple[int, str, Callable[[str], Any]]]
    new: dict[str, Type]

    @classmethod
    def of(cls, header: Sequence[str], schema: Mapping[str, Type], create: bool, sample: list[list[str]]) -> Columns:
        """Raises FileFault for a header that cannot be used."""
        if len(header) > MOST_COLUMNS:
            raise FileFault("too_many_columns", most=MOST_COLUMNS, number=len(header))
        names = _names(header, schema)
        _check_names(names)
        where = {name: at for at, name in enumerate(names) if not name.startswith(PASSED_OVER) and name not in _NOT_READ}
        if "email" not in where:
            raise FileFault("no_email_column", columns=[*header])
        found: list[tuple[int, str, Callable[[str], Any]]] = []
        new: dict[str, Type] = {}
        for label, at in where.items():
            if label in FIXED:
                continue
            if (type := schema.get(label)) is None:
                type = new[label] = _new_type(label, at, schema, create, sample)
            found.append((at, label, READERS[type]))
        _check_new(new, schema)
        email, name, language, country, joined = (where.get(field, -1) for field in FIXED)
        return cls(len(names), email, name, language, country, joined, found, new)


def _names(header: Sequence[str], schema: Mapping[str, Type]) -> list[str]:
    """Mailroom's name for each column: a field, an attribute of the schema, or the file's name in lower case."""
    names = [unicodedata.normalize("NFKC", cell).strip().lower() for cell in header]
    first: dict[str, int] = {}  # squeezed name -> the first column that has it
    for at, name in enumerate(names):
        first.setdefault("".join(each for each in name if each not in " _-.:*"), at)
    for field, spellings in _SPELLINGS.items():
        if field in names:
            continue
        for spelling in spellings:
            if (found := first.get(spelling)) is not None and names[found] not in schema:
                names[found] = field
                break
    return names


def _check_new(new: Mapping[str, Type], schema: Mapping[str, Type]) -> None:
    if len(new) > MOST_NEW:
        first, more = [*new][:MOST_NEW], len(new) - MOST_NEW
        raise FileFault("too_many_new_columns", most=MOST_NEW, number=len(new), columns=first, more=more)
    if new and len(schema) + len(new) > attribute_declarations.MOST:
        raise FileFault("attribute_limit", most=attribute_declarations.MOST, number=len(schema), columns=[*new])


def _check_names(names: list[str]) -> None:
    seen: set[str] = set()
    for at, name in enumerate(names):
        if not name:
            raise FileFault("unnamed_column", number=at + 1)
        if name in seen:
            raise FileFault("repeated_column", column=name)
        seen.add(name)


def _new_type(name: str, at: int, schema: Mapping[str, Type], create: bool, sample: list[list[str]]) -> Type:
    if not create:
        known = [*FIXED, *sorted(schema)]
        if near := difflib.get_close_matches(name, known, 1):
            raise FileFault("misspelt_column", column=name, similar=near[0], known=known)
        raise FileFault("unknown_column", column=name, known=known)
    if not is_name(name):
        raise FileFault("reserved_column" if name in RESERVED else "column_name", column=name)
    return _guessed([row[at].strip() for row in sample if len(row) > at and row[at].strip()])


def _guessed(cells: list[str]) -> Type:
    """Guess the type: words if a cell has a semicolon, dates if all are dates, else text, since a wrong guess rejects rows."""
    if any(";" in cell for cell in cells):
        return Type.WORDS
    try:
        for cell in cells:
            attributes.read_date(cell)
    except InputFault:
        return Type.TEXT
    return Type.DATE if cells else Type.TEXT
