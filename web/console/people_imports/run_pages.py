"""The page of one import: its progress and its stop, what would change, its report; its rows, its refused rows, and its undo."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from publication import audit
from subscribers.errors import CsvFileError
from subscribers.importing import undo
from subscribers.importing.row_slices import RowResult
from subscribers.importing.runs import import_runs, kept_files, row_results
from subscribers.importing.runs.import_runs import ImportRunError
from subscribers.importing.undo import ImportUndoError
from subscribers.models import ImportRun, Subscriber
from web.console.console_page import show
from web.console.issues.issue_page import account
from web.middleware.staff_sessions import polled
from web.texts import refusal_texts
from web.texts.people import people_import_texts
from web.texts.people.shown_people import SEE_ADDRESSES, shown_address
from web.whole_numbers import whole_number
from worker.wake import wake

State = ImportRun.State
_AT_WORK = (State.WAITING, State.RUNNING, State.STOPPING, State.UNDOING)
_PAGE = 50
_SHOWN = 6  # refused rows on the page of an import


def run_or_404(run_id: int) -> ImportRun:
    run = ImportRun.objects.select_related("list", "actor").filter(pk=run_id).first()
    if run is None:
        raise Http404
    return run


def run_page(request: HttpRequest, run_id: int) -> HttpResponse:
    """Where an import is: its progress, what it would change, or what it did."""
    run = run_or_404(run_id)
    if run.state == State.DRAFT and not import_runs.is_checked(run) and not run.details.get("error"):
        if run.choices.get("columns"):
            return redirect("people-import-consent", run_id=run.pk)
        return redirect("people-import-columns", run_id=run.pk)
    values: dict[str, Any] = {"run": run, "state": people_import_texts.state(run), "reason": _reason(run)}
    if run.state in _AT_WORK:
        step = people_import_texts.progress_step(run, import_runs.ahead_of(run))
        return show(request, "console/people_imports/progress.html", step=step, percent=round(100 * run.fraction), **values)
    if run.state == State.DRAFT:
        counts = row_results.counts(run.stored_file)
        values |= {"groups": _groups(counts), "joining": counts["new"] + counts["joining"], "refusals": _refusals(run)}
        return show(request, "console/people_imports/changes.html", **values)
    return show(
        request, "console/people_imports/report.html", refusals=_refusals(run), has_file=_refused_file(run) is not None,
        can_undo=undo.why_not(run) is None, kept=people_import_texts.kept_rows(run.undone),
        kept_out=[(people_import_texts.EFFECTS.get(reason, reason), number) for reason, number in _kept_out(run)],
        left=run.details.get("left", 0), suppressed=run.details.get("suppressed", 0), days=undo.KEPT_FOR.days, **values,
    )  # fmt: skip


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


def _groups(counts: dict[str, int]) -> list[tuple[str, str, int]]:
    return [(group, str(people_import_texts.GROUPS[group]), counts[group]) for group in row_results.GROUPS]


def _refusals(run: ImportRun) -> list[tuple[int, str]]:
    rows = run.refusals[:_SHOWN]
    return [(row["line"], people_import_texts.row_fault(row["reason"], row["message"], row["hint"])) for row in rows]


@polled
def progress(request: HttpRequest, run_id: int) -> HttpResponse:
    """The state of an import as JSON: its page loads itself again when it changes."""
    run = run_or_404(run_id)
    step = people_import_texts.progress_step(run, import_runs.ahead_of(run)) if run.state in _AT_WORK else ""
    return JsonResponse({"state": run.state, "step": step, "percent": round(100 * run.fraction)})


def stop(request: HttpRequest, run_id: int) -> HttpResponse:
    """Stop an import that waits or runs. What it has imported stays."""
    run = run_or_404(run_id)
    try:
        import_runs.stop(audit.staff(account(request)), run)
    except ImportRunError as fault:
        messages.error(request, refusal_texts.refusal(fault))
    else:
        wake("import_people")
    return redirect("people-import", run_id=run.pk)


def rows(request: HttpRequest, run_id: int, group: str) -> HttpResponse:
    """What each row of a group would do, a page at a time."""
    run = run_or_404(run_id)
    if group not in row_results.GROUPS or not import_runs.is_checked(run):
        return redirect("people-import", run_id=run.pk)
    number = whole_number(request.GET.get("page", "")) or 1
    results, pages = row_results.page(run.stored_file, group, number)
    count = row_results.counts(run.stored_file)[group]
    return show(
        request, "console/people_imports/rows.html", run=run, label=people_import_texts.GROUPS[group], group=group,
        rows=[_row(request, result) for result in results], page=number, pages=pages, count=count,
    )  # fmt: skip


def _row(request: HttpRequest, result: RowResult) -> dict[str, Any]:
    if result.effect == "refused":
        text = people_import_texts.row_fault(result.code, result.message, result.hint)
        # A cell that is no address may be anything of a person.
        may_see = request.user.has_perm(SEE_ADDRESSES)
        return {"line": result.line, "address": result.address if may_see else "", "text": text if may_see else result.code}
    address = shown_address(request.user, result.address)
    return {"line": result.line, "address": address, "text": people_import_texts.EFFECTS[result.effect]}


def refused(request: HttpRequest, run_id: int) -> HttpResponseBase:
    """The refused rows as a file, each with its reason, to be corrected and imported again."""
    run = run_or_404(run_id)
    path = _refused_file(run)
    if path is None:
        raise Http404
    answer = FileResponse(path.open("rb"), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f"attachment; filename=refused-{run.pk}.csv"
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _refused_file(run: ImportRun) -> Any:
    path = kept_files.beside(run.stored_file, "refused.csv") if run.stored_file else None
    return path if path is not None and path.is_file() else None


def undo_page(request: HttpRequest, run_id: int) -> HttpResponse:
    """GET says in numbers what an undo would do; POST lets the worker do it."""
    run = run_or_404(run_id)
    if request.method == "POST":
        try:
            undo.request(audit.staff(account(request)), run)
        except ImportUndoError as fault:
            messages.error(request, refusal_texts.refusal(fault))
        else:
            wake("import_people")
        return redirect("people-import", run_id=run.pk)
    if (refused_undo := undo.why_not(run)) is not None:
        if run.state not in (State.UNDOING, State.UNDONE):
            messages.error(request, refusal_texts.refusal(refused_undo))
        return redirect("people-import", run_id=run.pk)
    counted = undo.count(run)
    after = whole_number(request.GET.get("after", "")) or 0
    updated = undo.updated_people(run, after, _PAGE)
    return show(
        request, "console/people_imports/undo.html", run=run, counted=counted, kept=people_import_texts.kept_rows(counted or {}),
        updated=[(person, _address(request, person)) for person in updated], most=undo.MOST_COUNTED,
        following=updated[-1].pk if len(updated) == _PAGE else None,
    )  # fmt: skip


def _address(request: HttpRequest, person: Subscriber) -> str:
    return shown_address(request.user, person.address)
