"""Header and rows of an import -> values: which column is what, and what is wrong with a row."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from subscribers import addresses, attributes
from subscribers.attributes import READERS, RESERVED, Type, ValueFault
from subscribers.csv_file import LONGEST_CELL, FileFault
from subscribers.formulas import unguard
from subscribers.seen import SeenKeys

FIXED = ("email", "name", "language", "country", "joined")
# How other programs head these columns, as `_squeezed` writes them; the first of each that a file has is taken.
_SPELLINGS = {
    "email": ("email", "emailaddress", "邮箱", "邮箱地址", "电子邮箱", "电子邮箱地址", "电子邮件", "电子邮件地址", "电邮",
              "mail", "mailaddress", "address"),
    "name": ("name", "fullname", "姓名", "名字"),
    "language": ("language", "lang", "语言", "语种"),
    "country": ("country", "countrycode", "国家", "国家代码"),
    "joined": ("joined", "加入日期", "订阅日期"),
}  # fmt: skip
# A file in which every column differs from the schema is a wrong file; what it would declare, nobody can take back.
MOST_NEW = 20
# Every field and attribute that there can be are 205; more than this is not a table of people, or has the wrong separator.
MOST_COLUMNS = 1_000
# Written by us beside the refused rows, so that the repaired file can be imported as it is.
PASSED_OVER = "refused_"
# In our own exports; a standing cannot be imported.
_NOT_READ = frozenset({"state"})
_NOTHING = "\\N"


class RowFault(ValueError):
    """A row that is refused: `code`, `message` and a `hint`."""

    def __init__(self, code: str, message: str, hint: str) -> None:
        self.code = code
        self.message = message
        self.hint = hint
        super().__init__(message)


class Columns(NamedTuple):
    """Where each field stands (-1: nowhere), and the attributes: position, name, reader."""

    width: int
    email: int
    name: int
    language: int
    country: int
    joined: int
    attributes: list[tuple[int, str, Callable[[str], Any]]]
    new: dict[str, Type]

    @classmethod
    def of(
        cls, header: Sequence[str], schema: Mapping[str, Type], create: bool | Mapping[str, str], sample: list[list[str]]
    ) -> Columns:
        """Raises FileFault(columns) for a header that does not fit; names the nearest column that would."""
        if len(header) > MOST_COLUMNS:
            raise FileFault(
                "columns",
                f"the header has {len(header):,} columns; {MOST_COLUMNS:,} are the most",
                "remove the columns that you do not need; if there are none, check that the first line ends after the last name",
            )
        names = _names(header, schema)
        _check_names(names)
        where = {name: at for at, name in enumerate(names) if not name.startswith(PASSED_OVER) and name not in _NOT_READ}
        if "email" not in where:
            raise FileFault(
                "columns", "no column is called email", "the first line names the columns; there are: " + ", ".join(header)
            )
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
    """What each column is called here: a field, an attribute of the schema, or as the file calls it in lower case."""
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
    hint = "remove the columns that you do not need, or declare some: mailroom publication set --attribute NAME:TYPE"
    listed = ", ".join([*new][:MOST_NEW]) + (f" and {len(new) - MOST_NEW} more" if len(new) > MOST_NEW else "")
    if len(new) > MOST_NEW:
        raise FileFault("columns", f"one import declares at most {MOST_NEW} attributes, not {len(new)}: {listed}", hint)
    if new and len(schema) + len(new) > attributes.MOST:
        raise FileFault(
            "columns", f"a publication has at most {attributes.MOST} attributes, this one has {len(schema)}; new are: {listed}",
            "remove the columns that you do not need",
        )  # fmt: skip


def _check_names(names: list[str]) -> None:
    seen: set[str] = set()
    for at, name in enumerate(names):
        if not name:
            raise FileFault("columns", f"column {at + 1} has no name", "name it, or remove the column")
        if name in seen:
            raise FileFault("columns", f"two columns are called {name}", "remove or rename one")
        seen.add(name)


def _new_type(name: str, at: int, schema: Mapping[str, Type], create: bool | Mapping[str, str], sample: list[list[str]]) -> Type:
    if not create or (not isinstance(create, bool) and name not in create):
        near = difflib.get_close_matches(name, [*FIXED, *schema], 1)
        hint = f"did you mean {near[0]}? " if near else ""
        known = ", ".join([*FIXED, *sorted(schema)])
        raise FileFault(
            "columns",
            f"column {name!r} is not known",
            f"{hint}known are {known}; --create-attributes makes attributes of new ones",
        )
    if not attributes.is_name(name):
        taken = "is a field of its own" if name in RESERVED else "needs lower-case letters, digits and underscores"
        raise FileFault("columns", f"no attribute can be called {name!r}", f"it {taken}; rename the column")
    if not isinstance(create, bool):
        return Type(create[name])
    return _guessed([row[at].strip() for row in sample if len(row) > at and row[at].strip()])


def _guessed(cells: list[str]) -> Type:
    """Words where a semicolon separates some, dates where all are; anything else is text: a wrong guess would refuse rows."""
    if any(";" in cell for cell in cells):
        return Type.WORDS
    try:
        for cell in cells:
            attributes.read_date(cell)
    except ValueFault:
        return Type.TEXT
    return Type.DATE if cells else Type.TEXT


@dataclass
class RowReader:
    """Rows -> lines for COPY. One per import; `read` is the hot path, 10 us a row."""

    columns: Columns
    key: Callable[[str], bytes]
    seen: SeenKeys

    def read(self, line: int, row: list[str]) -> str:
        """One line of COPY's text format: line, key, address, domain, name, language, country, joined, attributes.

        Raises RowFault.
        """
        columns = self.columns
        if len(row) != columns.width:
            raise _wrong_width(len(row), columns.width)
        row = [cell.strip() for cell in row]
        whole = "\x1f".join(row)
        if "\x00" in whole:
            raise RowFault("nul", "the row holds a NUL character", "the file may be damaged, or UTF-16 named as something else")
        if "'" in whole:
            row = [unguard(cell) for cell in row]
        try:
            found = addresses.read(row[columns.email], self.key)
            name = self._cell(row, columns.name, attributes.read_name)
            language = self._cell(row, columns.language, attributes.read_language)
            country = self._cell(row, columns.country, attributes.read_country)
            joined = self._cell(row, columns.joined, attributes.read_joined) or _NOTHING
        except (addresses.AddressFault, ValueFault) as fault:
            raise RowFault(fault.code, fault.message, fault.hint) from None
        noted = {}
        for at, label, read in columns.attributes:
            if cell := row[at]:
                try:
                    noted[label] = read(cell)
                except ValueFault as fault:
                    raise RowFault(fault.code, f"{label}: {fault.message}", fault.hint) from None
        if (first := self.seen.first(found.key, line)) != line:
            raise RowFault("duplicate", f"same address as line {first}", "one row for each person; the first one counts")
        json = orjson.dumps(noted).decode() if noted else "{}"
        if "\\" in whole or "\\" in json:
            # COPY undoes one level of backslashes. Neither an address nor a tag or date can hold one.
            name, json = name.replace("\\", "\\\\"), json.replace("\\", "\\\\")
        return (
            f"{line}\t\\\\x{found.key.hex()}\t{found.address}\t{found.domain}\t{name}\t{language}\t{country}\t{joined}\t{json}\n"
        )

    @staticmethod
    def _cell(row: list[str], at: int, read: Callable[[str], str]) -> str:
        return read(cell) if at >= 0 and (cell := row[at]) else ""


def _wrong_width(found: int, wanted: int) -> RowFault:
    code, what = ("short_row", "too few") if found < wanted else ("long_row", "too many")
    return RowFault(code, f"{found} cells where the header has {wanted}: {what}", "a comma within a cell needs quotation marks")


def overlong(line: int, until: int) -> RowFault:
    span = f"lines {line} to {until}" if until > line else f"line {line}"
    hint = "perhaps a quotation mark is not closed"
    return RowFault("cell_too_long", f"{span}: a cell of more than {LONGEST_CELL // 1024} KiB", hint)
