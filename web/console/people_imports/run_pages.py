"""The page of one import: its progress and its stop, what would change, its report; its rows, its refused rows, and its undo."""

from collections import Counter
from collections.abc import Callable, Collection, Container, Mapping
from itertools import islice
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from publication.models import Actor
from subscribers.errors import CsvFileError
from subscribers.importing import undo
from subscribers.importing.csv_file import LONGEST_CELL
from subscribers.importing.row_slices import RowResult
from subscribers.importing.runs import corrected_rows, corrections, import_runs, kept_files, row_results
from subscribers.importing.runs.corrected_rows import HandledRows
from subscribers.importing.runs.import_runs import ImportRunError
from subscribers.importing.undo import ImportUndoError
from subscribers.models import ImportRun
from web.console.console_page import actor_of, show
from web.console.people_imports import refused_file
from web.console.people_imports.seen_runs import as_seen
from web.middleware.staff_sessions import polled
from web.texts import refusal_texts
from web.texts.people import import_row_texts, people_import_texts
from web.texts.people.list_texts import reader_language
from web.texts.people.shown_people import SEE_ADDRESSES, shown_address
from web.whole_numbers import whole_number
from worker.wake import wake

State = ImportRun.State
_AT_WORK = (State.WAITING, State.RUNNING, State.STOPPING, State.UNDOING)
_PAGE = 50
CHANGED = "changed"  # a group of rows beside those of `row_results`: people whose details a run changed
_SHOWN = 6  # refused rows on the page of an import


def run_or_404(run_id: int) -> ImportRun:
    run = ImportRun.objects.select_related("list", "actor").filter(pk=run_id).first()
    if run is None:
        raise Http404
    return run


def ask_worker(request: HttpRequest, run: ImportRun, verb: Callable[[Actor, ImportRun], object]) -> HttpResponse:
    """Let the worker go on with a run as the verb says, and show the run. Its page says why the verb refused."""
    try:
        verb(actor_of(request), run)
    except (ImportRunError, ImportUndoError) as fault:
        messages.error(request, refusal_texts.refusal(fault))
    else:
        wake("import_people")
    return redirect("people-import", run_id=run.pk)


def run_page(request: HttpRequest, run_id: int) -> HttpResponse:
    """Where an import is: its progress, what it would change, or what it did."""
    run = run_or_404(run_id)
    if run.state == State.DRAFT and not import_runs.is_checked(run) and not run.details.get("error"):
        if run.choices.get("columns"):
            return redirect("people-import-consent", run_id=run.pk)
        return redirect("people-import-columns", run_id=run.pk)
    run = as_seen(request, run)
    values: dict[str, Any] = {"run": run, "state": people_import_texts.state(run), "reason": _reason(run)}
    if run.state in _AT_WORK:
        step = people_import_texts.progress_step(run, import_runs.ahead_of(run))
        return show(request, "console/people_imports/progress.html", step=step, percent=round(100 * run.fraction), **values)
    return _changes_page(request, run, values) if run.state == State.DRAFT else _report_page(request, run, values)


def _changes_page(request: HttpRequest, run: ImportRun, values: Mapping[str, Any]) -> HttpResponse:
    counts = row_results.counts(run.stored_file)
    remarks = [(group, str(people_import_texts.GROUPS[group]), counts[group]) for group in row_results.REMARKS if counts[group]]
    return show(
        request, "console/people_imports/changes.html", groups=_groups(counts), remarks=remarks, misspelt=counts["misspelt"],
        joining=counts["new"] + counts["joining"] + counts["joining_changed"], changing=counts["joining_changed"],
        affected=sum(counts[group] for group in row_results.CHANGING), refusals=_refusals(request, run),
        follows=_follows(request, run), has_file=_refused_file(run) is not None, checked=import_runs.check_of(run),
        renamed=counts["renamed"], fill_only=bool(run.choices.get("fill_only")),
        overwrites=counts["updated"] + counts["joining_changed"],
        pending=run.details.get("pending", 0), measured=run.details.get("measured", 0),
        new_attributes=run.details.get("new", ()), **values,
    )  # fmt: skip


def _report_page(request: HttpRequest, run: ImportRun, values: Mapping[str, Any]) -> HttpResponse:
    handled = corrected_rows.handled_in(run)[run.pk]
    return show(
        request, "console/people_imports/report.html", refusals=_refusals(request, run, handled.lines),
        groups=_groups(row_results.balance(run), handled), has_file=_refused_file(run) is not None,
        corrected=sorted(Counter(handled.corrected.values()).items()), follows=_follows(request, run),
        **_open_rows(request, run, handled),
        can_undo=undo.is_offered(run), counts=people_import_texts.undo_counts(run.undone),
        has_changed=undo.has_changed(run), undone_by=Actor.objects.filter(pk=run.undone.get("actor")).first(),
        kept_out=[(people_import_texts.EFFECTS.get(reason, reason), number) for reason, number in _kept_out(run)],
        left=run.details.get("left", 0), suppressed=run.details.get("suppressed", 0), measured=run.details.get("measured", 0),
        days=undo.KEPT_FOR.days, **values,
    )  # fmt: skip


def _open_rows(request: HttpRequest, run: ImportRun, handled: HandledRows) -> dict[str, Any]:
    """What a page says of the refused rows that are open, set aside, or listed with another import."""
    remaining = run.refused_count - len(handled.lines)
    aside = run.choices["set_aside"] if corrections.is_set_aside(run, handled.lines) else None
    may = remaining > 0 and corrected_rows.can_be_corrected(run) and request.user.has_perm("subscribers.add_importrun")
    return {
        "remaining": remaining, "listed": sorted(Counter(handled.listed.values()).items()),
        "can_correct": may and not aside and request.user.has_perm(SEE_ADDRESSES), "can_set_aside": may,
        "aside_by": Actor.objects.filter(pk=aside["actor"]).first() if aside else None,
        "aside_at": aside["at"] if aside else "",
    }  # fmt: skip


def _kept_out(run: ImportRun) -> list[tuple[str, int]]:
    return list(run.details.get("kept_out", {}).items())


def _reason(run: ImportRun) -> str:
    """Why a run failed; empty if it did not."""
    error = run.details.get("error")
    if not error:
        return ""
    if error["code"] == "stopped":
        return _("The import was interrupted several times. What it had imported until then is stored. Ask the administrator.")
    if error["code"] == "input":
        return str(error["params"]["message"])
    return refusal_texts.refusal(CsvFileError(error["code"], **error["params"]))


def _groups(counts: dict[str, int], handled: HandledRows | None = None) -> list[tuple[str, str, int]]:
    """The rows of the balance. Refused rows that another import brought or lists are in rows of their own."""
    brought, listed = (len(handled.corrected), len(handled.listed)) if handled else (0, 0)
    counts = counts | {"refused": counts["refused"] - brought - listed}
    rows = [(group, str(people_import_texts.GROUPS[group]), counts[group]) for group in row_results.GROUPS]
    others = [
        ("brought", _("refused rows that were corrected in another import"), brought),
        ("listed", _("refused rows that are listed with another import"), listed),
    ]
    return [*rows, *(row for row in others if row[2])]


def _follows(request: HttpRequest, run: ImportRun) -> ImportRun | None:
    """The import whose refused rows this one has, corrected."""
    number = run.choices.get("follows")
    followed = ImportRun.objects.filter(pk=number).first() if number else None
    return as_seen(request, followed) if followed else None


def _refusals(request: HttpRequest, run: ImportRun, handled: Container[int] = ()) -> list[dict[str, Any]]:
    """The first refused rows: from the kept results, else from what the run itself has, without the cells."""
    kept = row_results.every(run.stored_file, "refused") if run.stored_file else iter(())
    if first := list(islice((result for result in kept if result.line not in handled), _SHOWN)):
        return [_row(request, result) for result in first]
    may_see = request.user.has_perm(SEE_ADDRESSES)  # the message may quote a cell
    return [
        {
            "line": row["line"],
            "text": import_row_texts.row_fault(
                row["reason"], row["message"] if may_see else "", row["hint"] if may_see else "", row.get("variant", "")
            ),
        }
        for row in [row for row in run.refusals if row["line"] not in handled][:_SHOWN]
    ]


@polled
def progress(request: HttpRequest, run_id: int) -> HttpResponse:
    """The state of an import as JSON: its page loads itself again when it changes."""
    run = run_or_404(run_id)
    step = people_import_texts.progress_step(run, import_runs.ahead_of(run)) if run.state in _AT_WORK else ""
    return JsonResponse({"state": run.state, "step": step, "percent": round(100 * run.fraction)})


def stop(request: HttpRequest, run_id: int) -> HttpResponse:
    """Stop an import that waits or runs. What it has imported stays."""
    return ask_worker(request, run_or_404(run_id), import_runs.stop)


def rows(request: HttpRequest, run_id: int, group: str) -> HttpResponse:
    """What each row of a group would do, a page at a time."""
    run = run_or_404(run_id)
    if group == CHANGED:
        return _changed_page(request, run)
    is_kept = import_runs.is_checked(run) or (group == "refused" and _refused_file(run) is not None)
    if group not in (*row_results.GROUPS, *row_results.REMARKS) or not is_kept or run.state in _AT_WORK:
        return redirect("people-import", run_id=run.pk)
    return _rows_page(request, run, group, whole_number(request.GET.get("page", "")) or 1)


def _changed_page(request: HttpRequest, run: ImportRun) -> HttpResponse:
    """Whose details the import changed, as long as it can be undone, and after its undo."""
    people, following = undo.changed_people(run, whole_number(request.GET.get("after", "")) or 0, _PAGE)
    if not people and following is None:
        return redirect("people-import", run_id=run.pk)
    rows = [
        {"id": person.pk, "address": shown_address(request.user, person.address),
         "fields": import_row_texts.field_labels(fields, reader_language())}
        for person, fields in people
    ]  # fmt: skip
    return show(
        request, "console/people_imports/changed.html", run=as_seen(request, run), rows=rows, count=undo.bounds(run)["updated"],
        following=following,
    )  # fmt: skip


def _rows_page(
    request: HttpRequest, run: ImportRun, group: str, number: int, problem: str = "", typed: Mapping[int, str] | None = None,
    suggested: Collection[int] = (),
) -> HttpResponse:  # fmt: skip
    handled = corrected_rows.handled_in(run)[run.pk] if group == "refused" else HandledRows({}, {})
    results, pages = row_results.page(run.stored_file, group, number, handled.lines)
    count = row_results.counts(run.stored_file)[group] - len(handled.lines)
    rows = [_row(request, result) for result in results]
    for row in rows:
        row["value"], row["is_taken"] = (typed or {}).get(row["line"], row.get("cell", "")), row["line"] in suggested
    return show(
        request, "console/people_imports/rows.html", 422 if problem else 200, run=as_seen(request, run),
        label=people_import_texts.GROUPS[group],
        group=group, rows=rows, page=number, pages=pages, count=count, problem=problem,
        **(_open_rows(request, run, handled) if group == "refused" else {}),
    )  # fmt: skip


def correct(request: HttpRequest, run_id: int) -> HttpResponse:
    """Check the refused rows that were corrected on their page, as a file with the same list and consent."""
    run = run_or_404(run_id)
    if not request.user.has_perm(SEE_ADDRESSES):
        raise PermissionDenied
    typed = {line: text[:LONGEST_CELL] for line, text in _posted(request, "cell-").items()}
    suggested = _posted(request, "use-").keys()
    try:
        new = corrections.check_corrected(actor_of(request), run, typed, suggested)
    except ImportRunError as fault:
        if corrected_rows.can_be_corrected(run):
            number = whole_number(request.POST.get("page", "")) or 1
            return _rows_page(request, run, "refused", number, refusal_texts.refusal(fault), typed, suggested)
        messages.error(request, refusal_texts.refusal(fault))
        return redirect("people-import", run_id=run.pk)
    wake("import_people")
    return redirect("people-import", run_id=new.pk)


def set_aside(request: HttpRequest, run_id: int) -> HttpResponse:
    """Let the open refused rows wait for nobody, or for staff again."""
    run, is_over = run_or_404(run_id), request.POST.get("aside") == "1"
    try:
        (corrections.set_aside if is_over else corrections.resume)(actor_of(request), run)
    except ImportRunError as fault:
        messages.error(request, refusal_texts.refusal(fault))
    else:
        messages.success(
            request, _("Nobody has to handle these rows any more.") if is_over else _("These rows wait for you again.")
        )
    return redirect("people-import", run_id=run.pk)


def _posted(request: HttpRequest, prefix: str) -> dict[int, str]:
    """The fields of rows, by their lines."""
    return {
        line: request.POST[name]
        for name in request.POST
        if name.startswith(prefix) and (line := whole_number(name.removeprefix(prefix))) is not None
    }


def _row(request: HttpRequest, result: RowResult) -> dict[str, Any]:
    # A cell that is no address may be anything of a person.
    may_see = request.user.has_perm(SEE_ADDRESSES)
    if result.effect == "refused":
        if not may_see:
            return {"line": result.line, "address": "", "text": import_row_texts.row_fault(result.code, "", "", result.variant)}
        values = result.values
        return {
            "line": result.line, "address": _readable(result.address), "name": _readable(result.name),
            "text": import_row_texts.fault_of(result), "cell": _readable(result.cell), "at": result.at,
            "column": values.get("column") or values.get("heading") or "", "suggestion": values.get("suggestion") or "",
        }  # fmt: skip
    row: dict[str, Any] = {
        "line": result.line, "address": shown_address(request.user, result.address),
        "text": people_import_texts.EFFECTS[result.effect],
    }  # fmt: skip
    if may_see:
        row["changes"] = import_row_texts.changes(result.changes, reader_language())
        row["remark"] = import_row_texts.remark(*result.remark) if result.remark else ""
        row["names"] = () if any(name == "name" for name, *_values in result.changes) else result.names
    return row


def _readable(cell: str) -> str:
    """A cell without what turns the text around it, or cannot be seen."""
    return cell if cell.isprintable() else "".join(filter(str.isprintable, cell))


def refused(request: HttpRequest, run_id: int) -> HttpResponseBase:
    """The refused rows as a file, each with its reason, to be corrected and imported again."""
    run = run_or_404(run_id)
    path = _refused_file(run)
    if path is None:
        raise Http404
    answer = StreamingHttpResponse(refused_file.translated(run, path), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = content_disposition_header(True, refused_file.name(run))
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _refused_file(run: ImportRun) -> Any:
    path = kept_files.beside(run.stored_file, kept_files.REFUSED) if run.stored_file else None
    return path if path is not None and path.is_file() else None


def undo_page(request: HttpRequest, run_id: int) -> HttpResponse:
    """GET says in numbers what an undo would do; POST lets the worker do it."""
    run = run_or_404(run_id)
    if request.method == "POST":
        return ask_worker(request, run, undo.request)
    if (refused_undo := undo.why_not(run)) is not None:
        if run.state not in (State.UNDOING, State.UNDONE):
            messages.error(request, refusal_texts.refusal(refused_undo))
        return redirect("people-import", run_id=run.pk)
    counted = undo.count(run)
    counts = people_import_texts.undo_counts(counted) if counted else None
    return show(
        request, "console/people_imports/undo.html", run=run, counts=counts,
        bounds=undo.bounds(run), most=undo.MOST_COUNTED, has_changed=undo.has_changed(run),
    )  # fmt: skip
