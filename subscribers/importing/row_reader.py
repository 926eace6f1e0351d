"""Converts rows of an import to lines for COPY, or reports what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

import orjson

from subscribers import addresses, attributes
from subscribers.addresses import Address
from subscribers.errors import InputError
from subscribers.importing import state_words
from subscribers.importing.cells import earlier_refusals, language_and_country_names
from subscribers.importing.csv_columns import Columns
from subscribers.importing.csv_file import LONGEST_CELL
from subscribers.importing.csv_injection import unguard
from subscribers.importing.moments import FORMS, read_moment
from subscribers.importing.seen_addresses import SeenKeys
from subscribers.importing.state_words import StateMeaning
from subscribers.models import Subscription
from subscribers.sign_up import mistyped_domains

_NULL = "\\N"  # in COPY's text format
_LEFT = Subscription.State.UNSUBSCRIBED
_LONGEST_DETAIL = 300
_LISTED = 100  # details that could not be used, kept with the run
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff·]+")
_FEW = 20  # words
_NUMBERED = re.compile(r"field_\d+")  # an attribute of a column whose heading cannot be a name


class Remark(NamedTuple):
    """Something about the address of a row that is imported: CORRECTED from `text`, MISSPELT where `text` was probably meant."""

    kind: str
    text: str


CORRECTED, MISSPELT = "corrected", "misspelt"


class ReadRow(NamedTuple):
    """A row as a line of COPY's text format. `repeated`: an earlier row has this address; `reason`: why it is suppressed."""

    copied: bytes
    line: int
    key: bytes
    address: str
    repeated: bool
    meaning: StateMeaning
    at: datetime | None
    detail: str
    remark: Remark | None = None

    def names_beside(self, known: str) -> tuple[str, ...]:
        """The name of a known person and that of the row, if both have one and they are not the same; else nothing."""
        if not known:
            return ()
        name = self.name
        return (known, name) if name and _squeezed(name) != _squeezed(known) else ()

    @property
    def name(self) -> str:
        """The name of the person, empty if the row has none."""
        return self.copied.decode().split("\t", 5)[4].replace("\\\\", "\\")

    def at_address(self, other: addresses.Address) -> ReadRow:
        """The same row about another address."""
        line, _key, _address, _domain, details = self.copied.decode().split("\t", 4)
        copied = f"{line}\t\\\\x{other.key.hex()}\t{other.address}\t{other.domain}\t{details}"
        return self._replace(copied=copied.encode(), key=other.key, address=other.address)


@dataclass
class RowReader:
    """Converts rows to lines for COPY. One object per import; `read` is the hot path, 10 us a row.

    `left_out` counts details of recognised files that could not be used; `left_out_at` has line and column of the first.
    """

    columns: Columns
    key: Callable[[str], bytes]
    seen: SeenKeys
    zone: str = "UTC"
    file_name: str = ""
    has_list: bool = True
    use_suggestions: bool = False  # of domains that look misspelt
    spellings: frozenset[str] = frozenset()  # misspelt domains whose suggestion was used for such a file before
    used_spellings: set[str] = field(default_factory=set)
    left_out: int = 0
    left_out_at: list[dict[str, object]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._reasons = earlier_refusals.reason_columns(self.columns.header)

    def read(self, line: int, row: list[str]) -> ReadRow:
        """Read one row as a line of COPY, with what an import needs beside it.

        Raises InputError. Somebody who must not get mail is refused only if the address cannot be read.
        """
        columns = self.columns
        if len(row) != columns.width:
            raise _wrong_width(len(row), columns.width)
        typed = row[columns.email]
        row = [cell.strip() for cell in row]
        whole = "\x1f".join(row)
        if "\x00" in whole:
            hint = "check whether the file is damaged, or is UTF-16 read in another encoding"
            raise InputError("nul", "the row contains a NUL character", hint)
        if "'" in whole:
            row = [unguard(cell) for cell in row]
        address, remark = self._address(row[columns.email], typed)
        meaning, at = (columns.base, None) if not columns.states else self._meaning(row)
        negative = meaning.reason is not None or meaning.state == _LEFT
        if negative and at is None:
            at = self._first_date(row, columns.dates)
        if self._reasons and not negative:
            self._refuse_again(row, address, remark)
        lenient = columns.lenient or negative
        name, language, country, joined = self._details(line, row, lenient)
        noted = self._attributes(line, row, lenient) if columns.attributes else None
        first = self.seen.first(address.key, line)
        if first != line and not negative:
            hint = "the first row counts; correct the address if these are two people"
            raise InputError("duplicate", f"same address as line {first}", hint, first=first, address=address.address)
        json = orjson.dumps(noted).decode() if noted else "{}"
        if "\\" in whole or "\\" in json:
            # COPY removes one level of backslashes. Addresses, tags and dates cannot contain any.
            name, json = name.replace("\\", "\\\\"), json.replace("\\", "\\\\")
        state = meaning.state if self.has_list and meaning.state else _NULL
        copied = (
            f"{line}\t\\\\x{address.key.hex()}\t{address.address}\t{address.domain}\t{name}\t{language}\t{country}\t{joined}\t{json}"
            f"\t{state}\t{at.isoformat() if at else _NULL}\t{'t' if meaning.known_only else 'f'}\n"
        )
        detail = "" if meaning.reason is None else self._detail(line, row)
        return ReadRow(copied.encode(), line, address.key, address.address, first != line, meaning, at, detail, remark)

    def _refuse_again(self, row: list[str], address: Address, remark: Remark | None) -> None:
        """Raise InputError if an earlier import refused the row because of its address, and the address is as it was."""
        earlier = next(filter(None, (earlier_refusals.repeated(row[at]) for at in self._reasons)), None)
        if earlier is None:
            return
        same = self.key(addresses.normalise(earlier.address))
        suggested = remark.text if remark is not None and remark.kind == MISSPELT else ""
        if same == address.key or (suggested and same == self.key(addresses.normalise(suggested))):
            hint = "change the address, or delete the row; the first one counts"
            message = f"line {earlier.line} of the first file has the same address"
            raise InputError("duplicate", message, hint, variant="again", first=earlier.line, address=earlier.address)

    def _address(self, cell: str, typed: str) -> tuple[Address, Remark | None]:
        """The address of a cell: in plain width if it is one only so, and with the domain that was meant if that is wished."""
        at = self.columns.email
        try:
            address, is_narrowed = addresses.read_in_any_width(cell, self.key)
        except InputError as fault:
            raise self._in_column(fault, at) from None
        remark = Remark(CORRECTED, cell) if is_narrowed else None
        if remark is None and len(typed) != len(cell) and "\x00" not in typed:
            remark = Remark(CORRECTED, typed)
        if meant := mistyped_domains.domain_meant(address.domain):
            suggestion = f"{address.address.rpartition('@')[0]}@{meant}"
            if not self.use_suggestions and address.domain not in self.spellings:
                return address, Remark(MISSPELT, suggestion)
            self.used_spellings.add(address.domain)
            return addresses.read(suggestion, self.key), Remark(CORRECTED, cell)
        return address, remark

    def _in_column(self, fault: InputError, at: int) -> InputError:
        """The fault with the column of its cell, for the page on which it is corrected."""
        fault.values = {**fault.values, "at": at, "column": self.columns.header[at] if self.columns.header else ""}
        return fault

    def _meaning(self, row: list[str]) -> tuple[StateMeaning, datetime | None]:
        """What the columns of states say, and since when. Raises InputError for a word that is not known."""
        meanings, dates = [self.columns.base], []
        for at, name, column, date_at in self.columns.states:
            cell, date = row[at], None
            meaning = column.read(cell)
            if column.on_date is not None and cell and (meaning is None or meaning is column.other):
                with suppress(InputError):
                    date, meaning = read_moment(cell, self.zone), column.on_date
            if meaning is None and column.on_date is not None and any(map(str.isdigit, cell)):
                text = f"{name}: “{cell[:40]}” is not a date that Mailroom reads"
                raise self._in_column(InputError("date", text, f"write it as {FORMS}", cell=cell[:40]), at)
            if meaning is None:
                raise self._in_column(_unknown_state(name, cell, column.meanings), at)
            if date is None and date_at >= 0 and meaning.negative:
                date = self._first_date(row, (date_at,))
            meanings.append(meaning)
            if date is not None:
                dates.append(date)
        meaning = state_words.together(meanings)
        if self.columns.says_all and meaning == state_words.NOTHING:
            raise InputError("state", "no column says whether this person is on the list", "fill in the time of the state")
        return meaning, max(dates, default=None)

    def _first_date(self, row: list[str], positions: tuple[int, ...]) -> datetime | None:
        for at in positions:
            if row[at]:
                with suppress(InputError):
                    return read_moment(row[at], self.zone)
        return None

    def _details(self, line: int, row: list[str], lenient: bool) -> tuple[str, str, str, str]:
        columns, read = self.columns, self._read
        names = columns.names
        name = row[names[0]] if len(names) == 1 else _full_name([cell for at in names if (cell := row[at])])
        language = row[columns.language] if columns.language >= 0 else ""
        country = row[columns.country] if columns.country >= 0 else ""
        joined = next((cell for at in columns.joined if (cell := row[at])), "") if columns.joined else ""
        return (
            name and read(line, "name", name, attributes.read_name, lenient, names[0] if names else -1),
            language and read(line, "language", language, language_and_country_names.read_language, lenient, columns.language),
            country and read(line, "country", country, language_and_country_names.read_country, lenient, columns.country),
            (joined and read(line, "joined", joined, self._joined, lenient, columns.joined[0])) or _NULL,
        )

    def _joined(self, cell: str) -> str:
        return _iso(cell, self.zone)

    def _attributes(self, line: int, row: list[str], lenient: bool) -> dict[str, object]:
        noted = {}
        for at, label, read in self.columns.attributes:
            if cell := row[at]:
                try:
                    noted[label] = read(cell)
                except InputError as fault:
                    if not lenient:
                        fault.message = f"{self._title(at, label)}: {fault.message}"
                        raise self._in_column(fault, at) from None
                    self._leave_out(line, label)
        return noted

    def _title(self, at: int, label: str) -> str:
        """The name of an attribute for a message: of one without a readable name, that of its column."""
        return self.columns.header[at] if self.columns.header and _NUMBERED.fullmatch(label) else label

    def _read(self, line: int, column: str, cell: str, read: Callable[[str], str], lenient: bool, at: int) -> str:
        try:
            return read(cell)
        except InputError as fault:
            if not lenient:
                raise self._in_column(fault, at) from None
            self._leave_out(line, column)
            return ""

    def _leave_out(self, line: int, column: str) -> None:
        self.left_out += 1
        if len(self.left_out_at) < _LISTED:
            self.left_out_at.append({"line": line, "column": column})

    def _detail(self, line: int, row: list[str]) -> str:
        """Describe where the suppression comes from, and why. Without addresses, because it is kept when the person is erased."""
        explanation = " ".join(cell for at in self.columns.explains if (cell := row[at]))
        explanation = explanation or " ".join(cell for at, *_ in self.columns.states if (cell := row[at]))
        text = (
            f"{self.file_name}:{line}"
            + (f" {self.columns.system}" if self.columns.system else "")
            + (f": {explanation}" if explanation else "")
        )
        return addresses.masked("".join(filter(str.isprintable, text)))[:_LONGEST_DETAIL]


def _squeezed(name: str) -> str:
    """A name without what its spellings differ in."""
    return "".join(addresses.in_plain_width(name).casefold().split())


def _full_name(parts: list[str]) -> str:
    """One name of a given and a family name. In Han characters the family name comes first, without a space."""
    return "".join(reversed(parts)) if all(map(_HAN.fullmatch, parts)) else " ".join(parts)


@lru_cache(maxsize=8192)
def _iso(cell: str, zone: str) -> str:
    return read_moment(cell, zone).isoformat()


def _unknown_state(name: str, cell: str, known: Collection[str]) -> InputError:
    if not cell:
        message = f"{name}: the cell is empty, so it is not known whether this person is on the list"
    else:
        message = f"{name}: “{cell[:40]}” is not a state of a subscription that Mailroom knows"
    # A recognised file has a few words; of any other file all common ones are known.
    accepted = (
        ", ".join(sorted(known)) if len(known) <= _FEW else "confirmed, pending, unsubscribed, bounced, complained or blocked"
    )
    variant = "" if cell else "empty"
    hint = f"this column says who left, so every cell must: {accepted}"
    return InputError("state", message, hint, variant=variant, cell=cell[:40], accepted=accepted)


def _wrong_width(cells: int, expected: int) -> InputError:
    code, what = ("short_row", "too few") if cells < expected else ("long_row", "too many")
    hint = "put a cell that contains a comma in quotation marks"
    return InputError(code, f"{cells} cells where the header has {expected}: {what}", hint, cells=cells, expected=expected)


def overlong(line: int, until: int) -> InputError:
    span = f"lines {line} to {until}" if until > line else f"line {line}"
    hint = "check whether a quotation mark is not closed"
    size = LONGEST_CELL // 1024
    return InputError("cell_too_long", f"{span}: a cell of more than {size} KiB", hint, size=size, until=until)
