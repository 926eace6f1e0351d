"""The steps of an import before it runs: what its columns are, starting it, and giving it up."""

from functools import partial
from itertools import zip_longest
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from subscribers.errors import CsvFileError
from subscribers.importing import csv_columns
from subscribers.importing.column_choices import ATTRIBUTE, IGNORED, NEW
from subscribers.importing.runs import file_preview, import_runs
from subscribers.importing.runs.file_preview import FilePreview
from subscribers.importing.runs.import_runs import ImportRunError
from subscribers.models import ImportRun
from web.console.console_page import actor_of, show
from web.console.people_imports.run_pages import ask_worker, run_or_404
from web.texts import refusal_texts
from web.texts.people import people_import_texts

ENCODINGS = ("utf-8", "gb18030", "big5", "utf-16", "windows-1252", "windows-1251", "shift_jis")
_LONGEST_CELL = 80
_MOST = csv_columns.MOST_COLUMNS


def columns(request: HttpRequest, run_id: int) -> HttpResponse:
    """GET shows the first rows with what each column is; POST takes what was chosen, or reads the file in another way."""
    run = run_or_404(run_id)
    if run.state != ImportRun.State.DRAFT:
        return redirect("people-import", run_id=run.pk)
    if request.method != "POST":
        return _columns_page(request, run)
    actor, chosen = actor_of(request), [target[:300] for target in request.POST.getlist("column")[:_MOST]]
    try:
        if request.POST.get("action") == "file":
            encoding = request.POST.get("encoding", "")
            sheet = request.POST.get("sheet", "")[:100]
            import_runs.choose_file(actor, run, encoding=encoding if encoding in ENCODINGS else "", sheet=sheet)
            return redirect("people-import-columns", run_id=run.pk)
        if request.POST.get("others"):
            chosen = file_preview.with_other_columns(run, chosen)
        import_runs.choose_columns(actor, run, chosen)
    except CsvFileError as fault:
        return _columns_page(request, run, refusal_texts.refusal(fault), 422, chosen)
    except ImportRunError as fault:
        return _columns_page(request, run, refusal_texts.refusal(fault), 409, chosen)
    return redirect("people-import-consent", run_id=run.pk)


def _columns_page(
    request: HttpRequest, run: ImportRun, problem: str = "", status: int = 200, chosen: list[str] | None = None
) -> HttpResponse:
    values: dict[str, Any] = {"encodings": ENCODINGS, "encoding": run.choices.get("encoding", "")}
    try:
        preview = file_preview.preview(run)
    except CsvFileError as fault:
        problem, status = problem or refusal_texts.refusal(fault), 422 if request.method == "POST" else status
    else:
        choices = people_import_texts.column_choices(is_recognised=bool(preview.format))
        values |= {
            "preview": preview, "columns": (rows := _column_rows(preview, chosen)), "choices": choices,
            "ignored": sum(row["target"] == IGNORED for row in rows),
            "sheets": preview.workbook.sheets if preview.workbook else (),
            "notes": people_import_texts.workbook_notes(preview.workbook), "encoding": preview.encoding,
        }  # fmt: skip
    return show(request, "console/people_imports/columns.html", status, run=run, problem=problem, **values)


def _column_rows(preview: FilePreview, chosen: list[str] | None) -> list[dict[str, Any]]:
    """Each column with its first cells, and what it is."""
    targets = chosen if chosen and len(chosen) == len(preview.header) else preview.targets
    # `attribute` is a new one of the type that its cells suggest.
    targets = [
        f"{NEW}:{guess}" if target == ATTRIBUTE else target for target, guess in zip(targets, preview.guesses, strict=True)
    ]
    cells = list(zip_longest(*preview.rows, fillvalue=""))[: len(preview.header)]
    cells += [()] * (len(preview.header) - len(cells))
    return [
        {"heading": heading, "cells": [cell[:_LONGEST_CELL] for cell in column], "target": target, "number": number}
        for number, (heading, column, target) in enumerate(zip(preview.header, cells, targets, strict=True), 1)
    ]


def start(request: HttpRequest, run_id: int) -> HttpResponse:
    """Import what was checked."""
    return ask_worker(request, run_or_404(run_id), partial(import_runs.start, checked=request.POST.get("checked", "")))


def use_suggestions(request: HttpRequest, run_id: int) -> HttpResponse:
    """Check the draft again, with the domains that were probably meant."""
    return ask_worker(request, run_or_404(run_id), import_runs.use_suggestions)


def details(request: HttpRequest, run_id: int) -> HttpResponse:
    """Check the draft again: details of known people are updated, or only what is empty is filled in."""
    is_fill_only = request.POST.get("details") == "fill"
    return ask_worker(request, run_or_404(run_id), partial(import_runs.choose_details, fill_only=is_fill_only))


def abandon(request: HttpRequest, run_id: int) -> HttpResponse:
    """GET asks whether to delete the draft; POST deletes it with its file."""
    run = run_or_404(run_id)
    if request.method != "POST":
        if run.state != ImportRun.State.DRAFT:
            return redirect("people-import", run_id=run.pk)
        return show(request, "console/people_imports/abandon.html", run=run)
    try:
        import_runs.abandon(actor_of(request), run)
    except ImportRunError as fault:
        messages.error(request, refusal_texts.refusal(fault))
        return redirect("people-import", run_id=run.pk)
    messages.success(request, _("The import is deleted with its file. Nobody was imported."))
    return redirect("people-imports")
