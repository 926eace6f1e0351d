"""Corrects refused rows of an import: they become a draft with its list, consent and columns, which is checked as a file is.

Or staff set them aside, because nobody can correct them.
"""

import csv
import io
from collections.abc import Collection, Mapping

from django.db import transaction

from publication import audit, clock
from publication.models import Actor
from subscribers.importing import column_choices
from subscribers.importing.cells.earlier_refusals import PASSED_OVER
from subscribers.importing.csv_injection import guard
from subscribers.importing.row_slices import RowResult
from subscribers.importing.runs import corrected_rows, kept_files, row_results
from subscribers.importing.runs.import_runs import ImportRunError
from subscribers.models import ImportRun

State = ImportRun.State


def check_corrected(actor: Actor, run: ImportRun, cells: Mapping[int, str], suggested: Collection[int] = ()) -> ImportRun:
    """Let the worker check refused rows, by their lines, each with another text in the refused cell. Raises ImportRunError.

    `suggested`: lines whose suggestion is taken, if nobody typed another text. A text that is empty or as it was corrects
    nothing, and a row that was corrected is not corrected again. A second request leads to the draft of the first one.
    """
    with transaction.atomic():
        current = ImportRun.objects.select_for_update().get(pk=run.pk)
        if not corrected_rows.can_be_corrected(current):
            raise ImportRunError("state")
        done = corrected_rows.handled_in(current)[current.pk].lines
        changed = {
            result.line: (result.at, text)
            for result in row_results.every(current.stored_file, "refused")
            if result.at >= 0 and result.line not in done and (text := _corrected(result, cells, suggested))
        }
        header, rows = _rows(current, changed)
        if not rows:
            raise ImportRunError("nothing_corrected")
        kept = kept_files.keep([_as_csv([header, *rows.values()])])
        before = ImportRun.objects.filter(actor=actor, dry_run=True, choices__follows=current.pk).exclude(state=State.DONE)
        twin = next((draft for draft in before.order_by("-pk") if kept_files.are_same(draft.stored_file, kept)), None)
        if twin is not None:
            kept_files.remove(kept)
            return twin
        columns = current.choices["kept_columns"]
        new = ImportRun.objects.create(
            file_name=current.file_name, list=current.list, actor=actor, consent=current.consent,
            despite_left=current.despite_left, measuring_document=current.measuring_document, dry_run=True, state=State.WAITING,
            started_at=clock.now(), stored_file=kept,
            choices={
                "encoding": "utf-8", "sheet": "", "columns": columns, "follows": current.pk, "lines": [*rows],
                "kept_columns": columns, "header": column_choices.header_key(header),
                "kept_header": corrected_rows.kept_header(header),
                **({"fill_only": True} if current.choices.get("fill_only") else {}),
            },
        )  # fmt: skip
        audit.record(actor, "correct_people_import", new, follows=current.pk, rows=len(rows))
    return new


def set_aside(actor: Actor, run: ImportRun) -> None:
    """Let the refused rows that are still open wait for nobody. A second request changes nothing. Raises ImportRunError."""
    _change(actor, run, "set_refused_rows_aside", is_over=True)


def resume(actor: Actor, run: ImportRun) -> None:
    """Let the rows that were set aside wait for staff again. A second request changes nothing. Raises ImportRunError."""
    _change(actor, run, "resume_refused_rows", is_over=False)


def _change(actor: Actor, run: ImportRun, verb: str, *, is_over: bool) -> None:
    with transaction.atomic():
        current = ImportRun.objects.select_for_update().get(pk=run.pk)
        handled = corrected_rows.handled_in(current)[current.pk].lines
        if is_over == is_set_aside(current, handled):
            return
        rows = current.refused_count - len(handled)
        if not corrected_rows.can_be_corrected(current) or not rows:
            raise ImportRunError("state")
        choices = {name: value for name, value in current.choices.items() if name != "set_aside"}
        if is_over:
            choices["set_aside"] = {"actor": actor.pk, "at": clock.now().isoformat(), "handled": sorted(handled)}
        ImportRun.objects.filter(pk=run.pk).update(choices=choices)
        audit.record(actor, verb, current, rows=rows)


def is_set_aside(run: ImportRun, handled: Collection[int]) -> bool:
    """Whether staff decided that nobody goes on with its refused rows, those in `handled` apart.

    They decided about the rows that were open then. When others are open, too, because an import that had them was undone, all
    wait for staff again.
    """
    aside = run.choices.get("set_aside")
    return aside is not None and set(handled).issuperset(aside.get("handled", ()))


def _corrected(result: RowResult, cells: Mapping[int, str], suggested: Collection[int]) -> str:
    """The other text of a refused cell; empty if there is none."""
    typed = cells.get(result.line, "").strip()
    if typed and typed not in (result.cell, "".join(filter(str.isprintable, result.cell)).strip()):
        return typed
    return str(result.values.get("suggestion") or "") if typed and result.line in suggested else ""


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
