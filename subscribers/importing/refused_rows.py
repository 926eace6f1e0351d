"""Rejected rows of an import: counts them, keeps the first hundred with the run, writes all to a file for correction."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from config import private_files
from subscribers.errors import InputError
from subscribers.importing.cells.earlier_refusals import PASSED_OVER, is_passed_over
from subscribers.importing.csv_file import CsvFile, OverlongRow
from subscribers.importing.csv_injection import guard
from subscribers.models import ImportRun

KEPT_REFUSALS = 100

Row = list[str] | OverlongRow


@contextmanager
def opened(path: Path | str | None) -> Iterator[TextIO | None]:
    if path is None:
        yield None
        return
    # With a byte order mark, because spreadsheets read a file without one in a Western encoding.
    with private_files.new_file(Path(path), encoding="utf-8-sig") as text:
        yield text


class RefusedRows:
    """Collects rejected rows: counts them, keeps the first hundred with the run, writes all to the caller's file."""

    def __init__(self, run: ImportRun, file: CsvFile, text: TextIO | None) -> None:
        self._run = run
        self._writer = None if text is None else csv.writer(text)
        # Reasons that an earlier import added are dropped, so that a row has only the reasons of this import.
        self._earlier = {at for at, name in enumerate(file.header) if is_passed_over(name)}
        if self._writer is not None:
            self._writer.writerow([*PASSED_OVER, *map(guard, self._kept(file.header))])

    def position_in_file(self, at: int) -> int:
        """Where a column of the imported file is in the file of refused rows, after the reasons; -1 for no column."""
        return at if at < 0 else at - sum(earlier < at for earlier in self._earlier)

    def _kept(self, row: list[str]) -> list[str]:
        return [cell for at, cell in enumerate(row) if at not in self._earlier]

    def count(self, line: int, fault: InputError) -> None:
        """Count a row, and keep it with the run if it is one of the first."""
        run = self._run
        run.refused_count += 1
        if len(run.refusals) < KEPT_REFUSALS:
            # Without the cells, and without texts that quote an address, because this record stays when the people are erased.
            message, hint = ("" if "@" in text else text for text in (fault.message, fault.hint))
            run.refusals.append({"line": line, "reason": fault.code, "message": message, "hint": hint, "variant": fault.variant})

    def write(self, line: int, row: Row, fault: InputError) -> None:
        """Write a row to the file, if there is one."""
        if self._writer is not None:
            cells = [] if isinstance(row, OverlongRow) else self._kept(row)
            guarded = (guard(cell.replace("\x00", "")) for cell in (fault.code, _message(fault), fault.hint, *cells))
            self._writer.writerow([line, *guarded])


def _message(fault: InputError) -> str:
    """What is wrong, for the file. Of a repeated address it names the address (`earlier_refusals.repeated`)."""
    if fault.code != "duplicate":
        return fault.message
    return f"the address {fault.values['address']} is also in line {fault.values['first']}"
