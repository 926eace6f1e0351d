"""Which refused rows of an import are still open in it. Each row is open once, whatever was corrected on pages or in files.

A later import `follows` an earlier one if staff corrected rows on its page (`corrections`), or uploaded its file of refused rows.
The first import and all that follow it have the same rows. Each is known by the import and the line in which it came first.
A follower keeps with its choices the number of the first import, which of these rows it brought, and which it refused.
A row that no import brought is open in the newest file that has it.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from django.db.models import Q

from subscribers.importing import column_choices
from subscribers.importing.cells import earlier_refusals
from subscribers.importing.csv_file import CsvFile
from subscribers.importing.runs import kept_files
from subscribers.models import ImportRun

State = ImportRun.State
_Row = tuple[int, int]  # the import and the line in which it came first
_LINE = re.compile(r"\d{1,18}")  # a file may have anything there, and Python reads no number of more than 4300 digits


class HandledRows(NamedTuple):
    """Refused rows of an import that are not open in it any more: line -> number of the other import."""

    corrected: dict[int, int]
    listed: dict[int, int]  # open there

    @property
    def lines(self) -> set[int]:
        return self.corrected.keys() | self.listed.keys()


def kept_header(header: Sequence[str]) -> str:
    """A short name for the columns of a file without those that Mailroom added to refused rows."""
    return column_choices.header_key([heading for heading in header if not earlier_refusals.is_passed_over(heading)])


def followed(header: Sequence[str]) -> ImportRun | None:
    """The import whose refused rows a file has, by its header."""
    number = earlier_refusals.line_column(header)[1]
    run = ImportRun.objects.filter(pk=number, dry_run=False, choices__kept_header=kept_header(header)).first() if number else None
    return run if run is not None and run.list_id is not None and run.state in (State.DONE, State.STOPPED) else None


def can_be_corrected(run: ImportRun) -> bool:
    """Whether the run is over, and its refused rows are kept."""
    is_over = run.state in (State.DONE, State.STOPPED) and not run.dry_run and bool(run.choices.get("kept_columns"))
    return is_over and bool(run.stored_file) and kept_files.beside(run.stored_file, kept_files.REFUSED).is_file()


def handled_in(*runs: ImportRun) -> dict[int, HandledRows]:
    """Of each run the rows that another import brought, or in which they are open.

    An import that was undone does neither. A row is open elsewhere only if staff can correct it there: in the newest file that
    has it, else in the import in which it came first, else in the first correction on a page that was refused again.
    """
    firsts = {_first(run) for run in runs}
    ended = ImportRun.objects.filter(dry_run=False, state__in=(State.DONE, State.STOPPED))
    brought: dict[_Row, int] = {}
    in_files: dict[_Row, int] = {}
    on_pages: dict[_Row, int] = {}
    came_first = {row: row[0] for run in runs for row in _refused_again(run).values()}
    correctable: set[int] = set()
    for run in ended.filter(Q(pk__in=firsts) | Q(choices__first__in=firsts)).order_by("pk"):
        for row in map(_as_row, run.choices.get("brought", ())):
            brought.setdefault(row, run.pk)
        refused = _refused_again(run).values()
        came_first |= {row: row[0] for row in refused}
        if can_be_corrected(run):
            correctable.add(run.pk)
            if "lines" in run.choices:
                on_pages = dict.fromkeys(refused, run.pk) | on_pages
            else:
                in_files |= dict.fromkeys(refused, run.pk)
    listed = on_pages | {row: number for row, number in came_first.items() if number in correctable} | in_files
    return {run.pk: _handled(run, brought, listed) for run in runs}


def _handled(run: ImportRun, brought: Mapping[_Row, int], listed: Mapping[_Row, int]) -> HandledRows:
    lines = {row: row[1] for row in brought.keys() | listed.keys() if row[0] == run.pk}
    lines |= {row: line for line, row in _refused_again(run).items()}
    corrected = {line: brought[row] for row, line in lines.items() if row in brought}
    elsewhere = {line: number for row, line in lines.items() if (number := listed.get(row, run.pk)) != run.pk}
    return HandledRows(corrected, {line: number for line, number in elsewhere.items() if line not in corrected})


def _refused_again(run: ImportRun) -> dict[int, _Row]:
    """The lines of an import with rows that an import before it refused, too."""
    return {int(line): _as_row(row) for line, row in run.choices.get("refused_rows", {}).items()}


def _as_row(stored: Sequence[int]) -> _Row:
    return stored[0], stored[1]


def _first(run: ImportRun) -> int:
    return int(run.choices.get("first", run.pk))


def mark(run: ImportRun, file: CsvFile) -> None:
    """Record which refused rows of the import that it follows a run brought, and which it refused again.

    The caller has a transaction, and the refused rows of this import are in their file.
    """
    followed_run = ImportRun.objects.filter(pk=run.choices.get("follows"), list=run.list_id).first()
    if followed_run is None:
        return
    were_refused, refused = _refused_lines(followed_run), _refused_lines(run)
    rows = {line: _row(followed_run, earlier) for line, earlier in _earlier_lines(run, file) if earlier in were_refused}
    brought = {row for line, row in rows.items() if line not in refused}
    # A row that somebody copied, to give each of two people one, is a new one if it is refused.
    first_lines = {row: line for line, row in sorted(rows.items(), reverse=True) if line in refused and row not in brought}
    run.choices = {
        **run.choices, "first": _first(followed_run), "brought": sorted(brought),
        "refused_rows": {str(line): row for row, line in sorted(first_lines.items())},
    }  # fmt: skip
    ImportRun.objects.filter(pk=run.pk).update(choices=run.choices)


def _row(run: ImportRun, line: int) -> _Row:
    return _as_row(run.choices.get("refused_rows", {}).get(str(line), (run.pk, line)))


def _earlier_lines(run: ImportRun, file: CsvFile) -> Iterator[tuple[int, int]]:
    """The lines of the rows that a run read, each with that of the row in the import before it."""
    at = earlier_refusals.line_column(file.header)[0]
    file.rewind()
    for _, (line, row) in zip(range(run.rows_read), file.rows(), strict=False):
        if "lines" in run.choices:
            yield line, line
        elif isinstance(row, list) and 0 <= at < len(row) and _LINE.fullmatch(row[at].strip()):
            yield line, int(row[at])


def _refused_lines(run: ImportRun) -> set[int]:
    path = kept_files.beside(run.stored_file, kept_files.REFUSED)
    if not path.is_file():
        return set()
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {int(row[0]) for row in csv.reader(file) if row and row[0].isdecimal()}
