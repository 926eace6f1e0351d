"""Which refused rows of an import a later one brought: the first one counts them as corrected, and offers the others.

A later import `follows` the first one: staff corrected rows on its page (`corrections`), or uploaded its file of refused rows.
"""

import csv
from collections.abc import Iterator, Sequence

from subscribers.importing import column_choices
from subscribers.importing.cells import earlier_refusals
from subscribers.importing.csv_file import CsvFile
from subscribers.importing.runs import kept_files
from subscribers.models import ImportRun

State = ImportRun.State


def kept_header(header: Sequence[str]) -> str:
    """A short name for the columns of a file without those that Mailroom added to refused rows."""
    return column_choices.header_key([heading for heading in header if not earlier_refusals.is_passed_over(heading)])


def followed(header: Sequence[str]) -> ImportRun | None:
    """The import whose refused rows a file has, by its header."""
    number = earlier_refusals.line_column(header)[1]
    run = ImportRun.objects.filter(pk=number, dry_run=False, choices__kept_header=kept_header(header)).first() if number else None
    return run if run is not None and run.list_id is not None and run.state in (State.DONE, State.STOPPED) else None


def corrected_in(*runs: ImportRun) -> dict[int, dict[int, int]]:
    """Of each run: line -> number of the import with the corrected row, unless that one was undone."""
    corrected = {run.pk: {int(line): number for line, number in run.choices.get("corrected", {}).items()} for run in runs}
    numbers = {number for lines in corrected.values() for number in lines.values()}
    undone = set(
        ImportRun.objects.filter(pk__in=numbers, state__in=[State.UNDOING, State.UNDONE]).values_list("pk", flat=True)
    ) if numbers else set()  # fmt: skip
    return {
        pk: {line: number for line, number in lines.items() if number not in undone} for pk, lines in corrected.items()
    }  # fmt: skip


def mark(run: ImportRun, file: CsvFile) -> None:
    """Record with the imports that this one follows which of their rows it read and did not refuse.

    The caller has a transaction, and the refused rows of this import are in their file.
    """
    if "follows" not in run.choices:
        return
    refused, lines = _refused_lines(run), dict(_first_lines(run, file))
    # Of the rows that are refused once more, so that their later corrections are those of the first import, too.
    run.choices = {**run.choices, "first_lines": {str(line): lines[line] for line in sorted(refused) if line in lines}}
    ImportRun.objects.filter(pk=run.pk).update(choices=run.choices)
    brought = {first for line, first in lines.items() if line not in refused}
    number: int | None = run.choices["follows"]
    while brought and number is not None:
        first = ImportRun.objects.select_for_update().filter(pk=number, list=run.list_id).first()
        if first is None:
            return
        corrected = first.choices.get("corrected", {}) | {str(line): run.pk for line in brought}
        ImportRun.objects.filter(pk=first.pk).update(choices={**first.choices, "corrected": corrected})
        before = first.choices.get("first_lines", {})
        brought = {before[str(line)] for line in brought if str(line) in before}
        number = first.choices.get("follows")


def _first_lines(run: ImportRun, file: CsvFile) -> Iterator[tuple[int, int]]:
    """The lines of the rows that a run read, each with that of the row in the import before it."""
    at = earlier_refusals.line_column(file.header)[0]
    file.rewind()
    for _, (line, row) in zip(range(run.rows_read), file.rows(), strict=False):
        if "lines" in run.choices:
            yield line, line
        elif isinstance(row, list) and 0 <= at < len(row) and row[at].strip().isdecimal():
            yield line, int(row[at])


def _refused_lines(run: ImportRun) -> set[int]:
    path = kept_files.beside(run.stored_file, kept_files.REFUSED)
    if not path.is_file():
        return set()
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {int(row[0]) for row in csv.reader(file) if row and row[0].isdecimal()}
