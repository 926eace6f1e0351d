"""Corrects refused rows of an import: they are imported with the same list, consent and columns, as an import of its own."""

import csv
import io
from collections.abc import Mapping

from django.db import transaction

from publication import audit, clock
from publication.models import Actor
from subscribers.importing import column_choices
from subscribers.importing.csv_columns import PASSED_OVER
from subscribers.importing.csv_injection import guard
from subscribers.importing.runs import kept_files, row_results
from subscribers.importing.runs.import_runs import ImportRunError
from subscribers.models import ImportRun

State = ImportRun.State


def can_be_corrected(run: ImportRun) -> bool:
    """Whether the run is over, and its refused rows are kept."""
    is_over = run.state in (State.DONE, State.STOPPED) and not run.dry_run and bool(run.choices.get("kept_columns"))
    return is_over and bool(run.stored_file) and kept_files.beside(run.stored_file, kept_files.REFUSED).is_file()


def corrected_in(run: ImportRun) -> dict[int, int]:
    """Line -> number of the import with the corrected row."""
    return {int(line): number for line, number in run.choices.get("corrected", {}).items()}


def import_corrected(actor: Actor, run: ImportRun, cells: Mapping[int, str]) -> ImportRun:
    """Import refused rows by their lines, each with another text in the refused cell. Raises ImportRunError.

    A text that is empty or as it was corrects nothing, and a row is corrected once: a second request changes nothing.
    """
    with transaction.atomic():
        current = ImportRun.objects.select_for_update().get(pk=run.pk)
        if not can_be_corrected(current):
            raise ImportRunError("state")
        done = corrected_in(current)
        texts = {line: text.strip() for line, text in cells.items() if line not in done}
        changed = {
            result.line: (result.at, texts[result.line])
            for result in row_results.every(current.stored_file, "refused")
            if result.at >= 0 and texts.get(result.line) and texts[result.line] != result.cell
        }
        header, rows = _rows(current, changed)
        if not rows:
            raise ImportRunError("nothing_corrected")
        new = ImportRun.objects.create(
            file_name=current.file_name, list=current.list, actor=actor, consent=current.consent,
            despite_left=current.despite_left, dry_run=False, state=State.WAITING, started_at=clock.now(),
            stored_file=kept_files.keep([_as_csv([header, *rows.values()])]),
            choices={
                "encoding": "utf-8", "sheet": "", "columns": current.choices["kept_columns"], "follows": current.pk,
                "kept_columns": current.choices["kept_columns"], "header": column_choices.header_key(header),
            },
        )  # fmt: skip
        corrected = current.choices.get("corrected", {}) | {str(line): new.pk for line in rows}
        ImportRun.objects.filter(pk=current.pk).update(choices={**current.choices, "corrected": corrected})
        audit.record(actor, "correct_people_import", new, follows=current.pk, rows=len(rows))
    return new


def _rows(run: ImportRun, changed: Mapping[int, tuple[int, str]]) -> tuple[list[str], dict[int, list[str]]]:
    """The header without the reasons, and the corrected rows by their lines."""
    rows: dict[int, list[str]] = {}
    before = len(PASSED_OVER)
    with kept_files.beside(run.stored_file, kept_files.REFUSED).open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        header = next(reader, [])[before:]
        for line, *cells in reader:
            if line.isdecimal() and int(line) in changed:
                at, text = changed[int(line)]
                row = cells[before - 1 :]
                if at < len(row):
                    row[at] = guard(text)
                    rows[int(line)] = row
    return header, rows


def _as_csv(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8-sig")
