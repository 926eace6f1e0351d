"""The pages of an import: upload, progress, tracked changes, the head of the issue, what was left out, and the original files."""

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from campaigns.reporting import preselected_issue
from composer.errors import ComposeError
from editorial.importing import document_imports, import_results, questions, source_places
from editorial.importing.document_imports import DocumentImportError, State, Upload
from editorial.importing.import_results import ImportedHead
from editorial.models import DocumentImport, ImportedFile, IssueRecord, Original
from editorial.sources import issue_state, originals
from editorial.sources.new_issues import NewIssueError
from editorial.sources.originals import OriginalError
from web.console.console_page import actor_of, show
from web.console.issues.issue_page import account
from web.middleware.staff_sessions import polled
from web.texts import refusal_texts
from web.texts.issues import import_texts
from worker.wake import wake

_STATUS = {"state": 409, "others": 403}  # of refusals that the form could not have avoided
_MOST_CHOICES = 200
_MOST_SHOWN = 20
_SIZE = originals.LARGEST[Original.Kind.IMPORT] // originals.MEGABYTE


def upload_form(request: HttpRequest, problem: str = "", status: int = 200, chosen: str | None = None) -> HttpResponse:
    choices = list(IssueRecord.objects.filter(source__head__gt=0).order_by("-id").values_list("slug", "title")[:_MOST_CHOICES])
    why = ""
    if chosen is None and choices:
        template, why = preselected_issue.for_person(account(request))
        chosen = template.slug if template else ""
    return show(
        request, "console/issues/import_new.html", status, choices=choices, chosen=chosen or "", why=why, problem=problem,
        size=_SIZE, runs=document_imports.unfinished(_MOST_SHOWN), formats=",".join(import_texts.OFFERED),
    )  # fmt: skip


def upload(request: HttpRequest) -> HttpResponse:
    """Store the uploaded files, and let the worker read them."""
    chosen = request.POST.get("from", "")[:200]
    files = [Upload(str(file.name), file.chunks(), file.size or 0) for file in request.FILES.getlist("file")]
    template = IssueRecord.objects.filter(slug=chosen).first() if chosen else None
    try:
        run = document_imports.begin(actor_of(request), files, template)
    except (DocumentImportError, OriginalError) as fault:
        return upload_form(request, refusal_texts.refusal(fault), 422, chosen)
    except ComposeError as error:
        problem = refusal_texts.compose_refusal(error, str(error.findings[0].params.get("src", "")))
        return upload_form(request, problem, 422, chosen)
    wake("read_documents")
    return redirect("import", import_id=run.pk)


def _run_or_404(import_id: int) -> DocumentImport:
    run = DocumentImport.objects.select_related("template", "issue", "actor").filter(pk=import_id).first()
    if run is None:
        raise Http404
    return run


def run_page(request: HttpRequest, import_id: int) -> HttpResponse:
    """GET shows where an import is; POST decides about tracked changes, cancels, starts again, or creates the issue."""
    run = _run_or_404(import_id)
    if request.method != "POST":
        return _page(request, run)
    action, actor = request.POST.get("action", ""), actor_of(request)
    try:
        match action:
            case "finish":
                return _finish(request, run)
            case "cancel":
                document_imports.cancel(actor, run)
                messages.success(request, _("The import is cancelled. The file stays here for 30 days."))
            case "restart":
                document_imports.restart(actor, run)
                wake("read_documents")
            case _:
                document_imports.decide_tracked(actor, run, action)
                wake("read_documents")
    except DocumentImportError as fault:
        return _page(request, _run_or_404(import_id), refusal_texts.refusal(fault), _STATUS.get(fault.code, 422))
    return redirect("import", import_id=run.pk)


def _finish(request: HttpRequest, run: DocumentImport) -> HttpResponse:
    typed = ImportedHead(**{name: request.POST.get(name, "")[:5000] for name in ImportedHead.__slots__})
    try:
        issue = import_results.finish(actor_of(request), run, typed)
    except NewIssueError as fault:
        existing = str(fault.params["issue"]) if fault.code == "taken" else ""
        return _page(request, run, refusal_texts.refusal(fault), 422, typed, existing)
    left = questions.count(issue_state.head(issue.pk))
    if left:
        return redirect("issue-questions", slug=issue.slug)
    messages.success(request, _("The issue is ready. The import left no questions."))
    return redirect("issue", slug=issue.slug)


def _page(
    request: HttpRequest, run: DocumentImport, problem: str = "", status: int = 200, typed: ImportedHead | None = None,
    existing: str = "",
) -> HttpResponse:  # fmt: skip
    may_manage, may_see = _rights(request, run)
    values: dict[str, Any] = {
        "run": run, "problem": problem, "existing": existing, "files": _files(run) if may_see else [], "may_manage": may_manage,
        "may_see": may_see,
    }  # fmt: skip
    if run.state in document_imports.OPEN:
        values["step"] = import_texts.step(run, document_imports.ahead_of(run))
    elif not may_see:
        pass  # only its state
    elif run.state == State.ASKING:
        values["changes"] = import_texts.tracked_changes(run.changes or {})
    elif run.state == State.READY:
        asked = import_results.open_questions(run)
        values |= {"typed": typed or import_results.suggested(run), "counts": import_texts.count_contents(run, asked)}
        values["questions"] = import_texts.question_rows(asked, source_places.of_questions(asked, [run]))
    elif run.state == State.FAILED:
        values["reason"] = import_texts.refusal(run.error, run.file_name)
    if may_see and run.state in (State.READY, State.DONE):
        values["left_out"] = import_texts.left_out(run.result or {})
    return show(request, "console/issues/import_run.html", status, **values)


def _rights(request: HttpRequest, run: DocumentImport) -> tuple[bool, bool]:
    """Whether the account may go on with an import, and see what was read: of others' imports only once it is an issue."""
    may_manage = document_imports.may_manage(actor_of(request), run)
    return may_manage, may_manage or run.state == State.DONE


def _files(run: DocumentImport) -> list[ImportedFile]:
    return list(run.files.exclude(role=ImportedFile.Role.FOUND).select_related("original"))


@polled
def progress(request: HttpRequest, import_id: int) -> HttpResponse:
    """The state of an import as JSON: the page of the import loads itself again when it changes."""
    run = DocumentImport.objects.defer("result").filter(pk=import_id).first()
    if run is None:
        raise Http404
    step = import_texts.step(run, document_imports.ahead_of(run)) if run.state in document_imports.OPEN else ""
    return JsonResponse({"state": run.state, "step": step})


def report(request: HttpRequest, import_id: int) -> HttpResponse:
    """The report of an import as a text file, for administrators: it names files and lines, as that of the command line does."""
    run = _run_or_404(import_id)
    text = str((run.result or {}).get("report", ""))
    if not text or not _rights(request, run)[1]:
        raise Http404
    headers = {"Content-Disposition": "attachment; filename=import-report.txt", "Content-Security-Policy": "default-src 'none'"}
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=headers)


def original(request: HttpRequest, import_id: int, file_id: int) -> HttpResponseBase:
    """A file as it was uploaded, as a download: the browser must not show it as a page of this site."""
    run = _run_or_404(import_id)
    file = run.files.filter(pk=file_id).exclude(role=ImportedFile.Role.FOUND).first()
    if file is None or not _rights(request, run)[1]:
        raise Http404
    try:
        opened = originals.open_original(file.original_id)
    except OriginalError:
        raise Http404 from None
    answer = FileResponse(opened, content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
