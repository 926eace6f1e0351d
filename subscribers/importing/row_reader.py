"""Converts rows of an import to lines for COPY, or reports what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import orjson

from subscribers import addresses, attributes
from subscribers.faults import InputFault
from subscribers.importing.csv_columns import Columns
from subscribers.importing.csv_file import LONGEST_CELL
from subscribers.importing.csv_injection import unguard
from subscribers.importing.seen_addresses import SeenKeys

_NULL = "\\N"  # in COPY's text format


@dataclass
class RowReader:
    """Converts rows to lines for COPY. One object per import; `read` is the hot path, 10 us a row."""

    columns: Columns
    key: Callable[[str], bytes]
    seen: SeenKeys

    def read(self, line: int, row: list[str]) -> str:
        """One line of COPY's text format: line, key, address, domain, name, language, country, joined, attributes.

        Raises InputFault.
        """
        columns = self.columns
        if len(row) != columns.width:
            raise _wrong_width(len(row), columns.width)
        row = [cell.strip() for cell in row]
        whole = "\x1f".join(row)
        if "\x00" in whole:
            hint = "check whether the file is damaged, or is UTF-16 read in another encoding"
            raise InputFault("nul", "the row contains a NUL character", hint)
        if "'" in whole:
            row = [unguard(cell) for cell in row]
        found = addresses.read(row[columns.email], self.key)
        name = self._cell(row, columns.name, attributes.read_name)
        language = self._cell(row, columns.language, attributes.read_language)
        country = self._cell(row, columns.country, attributes.read_country)
        joined = self._cell(row, columns.joined, attributes.read_joined) or _NULL
        noted = {}
        for at, label, read in columns.attributes:
            if cell := row[at]:
                try:
                    noted[label] = read(cell)
                except InputFault as fault:
                    raise InputFault(fault.code, f"{label}: {fault.message}", fault.hint) from None
        if (first := self.seen.first(found.key, line)) != line:
            raise InputFault("duplicate", f"same address as line {first}", "keep one row for each person; the first one counts")
        json = orjson.dumps(noted).decode() if noted else "{}"
        if "\\" in whole or "\\" in json:
            # COPY removes one level of backslashes. Addresses, tags and dates cannot contain any.
            name, json = name.replace("\\", "\\\\"), json.replace("\\", "\\\\")
        return (
            f"{line}\t\\\\x{found.key.hex()}\t{found.address}\t{found.domain}\t{name}\t{language}\t{country}\t{joined}\t{json}\n"
        )

    @staticmethod
    def _cell(row: list[str], at: int, read: Callable[[str], str]) -> str:
        return read(cell) if at >= 0 and (cell := row[at]) else ""


def _wrong_width(found: int, wanted: int) -> InputFault:
    code, what = ("short_row", "too few") if found < wanted else ("long_row", "too many")
    hint = "put a cell that contains a comma in quotation marks"
    return InputFault(code, f"{found} cells where the header has {wanted}: {what}", hint)


def overlong(line: int, until: int) -> InputFault:
    span = f"lines {line} to {until}" if until > line else f"line {line}"
    hint = "check whether a quotation mark is not closed"
    return InputFault("cell_too_long", f"{span}: a cell of more than {LONGEST_CELL // 1024} KiB", hint)
