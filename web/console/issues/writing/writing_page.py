"""The page on which an issue is written: its outline, adding, moving and deleting parts, who else is here, and all marks."""

from typing import NamedTuple
from urllib.parse import quote, urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from composer.issue.parsing.issue_file import ISSUE_FILE
from composer.issue.parts import outline
from composer.issue.parts.outline import ARTICLE, SECTION
from composer.issue.parts.splitting import HEAD_PARTS, Part
from editorial.importing import questions
from editorial.models import IssueEdit, IssueRecord
from editorial.review import comments
from editorial.sources import edits, issue_state, language_rows, presence
from editorial.sources.edits import EditConflictError, SourceEditError
from editorial.sources.issue_state import IssueState
from publication import clock
from publication.installation import publication
from web.console.console_page import actor_of, show
from web.console.issues.issue_page import (
    account,
    asked_number,
    asked_part,
    go_to_part,
    issue_or_404,
    part_of,
    part_url,
    show_issue,
)
from web.console.issues.writing.outline_rows import (
    HEAD_KINDS,
    SEES_COMMENTS,
    add_details,
    add_translations,
    outline_of,
    written_last,
)
from web.middleware.staff_sessions import polled
from web.texts import refusal_texts
from web.texts.issues import issue_texts, markup_texts, reader_texts
from web.texts.issues.reader_texts import TITLE

LONGEST_TITLE = 300


class _Moved(NamedTuple):
    """The part that was moved last in this page, and the part behind which it was before."""

    file: str = ""
    moved: str = ""
    back: str = ""


def show_outline(request: HttpRequest, slug: str) -> HttpResponse:
    issue = issue_or_404(slug)
    return _outline(request, issue, moved=_Moved(*(request.GET.get(name, "")[:200] for name in _Moved._fields)))


def _outline(
    request: HttpRequest, issue: IssueRecord, status: int = 200, problem: str = "", moved: _Moved | None = None
) -> HttpResponse:
    state = issue_state.head(issue.pk)
    undo = moved if moved is not None and part_of(state, moved.file, moved.back) is not None else None
    others = presence.others(account(request), issue)
    files = [outline_of(issue, state, file, others) for file in sorted(state.files, key=lambda name: (name != ISSUE_FILE, name))]
    add_details(files, comments.open_by_part(issue) if request.user.has_perm(SEES_COMMENTS) else {})
    add_translations(files, language_rows.behind(issue, state, ISSUE_FILE))
    here = issue_texts.sentences(others, state)
    return show_issue(
        request, issue, "console/issues/outline.html", "issue", status, files=files, problem=problem, here=here,
        written_last=written_last(issue, state),
        questions=questions.count(state), undo=undo, moved=part_of(state, undo.file, undo.moved) if undo else None,
        undo_base=state.edits.get(("outline", undo.file, ""), 0) if undo else 0,
    )  # fmt: skip


def move(request: HttpRequest, slug: str) -> HttpResponse:
    """Move a section or an article behind another part. The page then offers to move it back, unless that is what was done."""
    issue, (file, part) = issue_or_404(slug), asked_part(request)
    names = [existing.id for existing in issue_state.head(issue.pk).files.get(file, ())]
    try:
        edits.move_part(actor_of(request), issue, file, part, request.POST.get("after", "")[:200], asked_number(request, "base"))
    except EditConflictError:
        return _outline(request, issue, 409, _("Somebody else moved parts at the same time. This is the newest order."))
    except SourceEditError as fault:
        return _outline(request, issue, 422, refusal_texts.refusal(fault))
    query = ""
    if request.POST.get("undo"):
        messages.success(request, _("It is back in its old place."))
    elif part in names[1:]:
        query = "?" + urlencode(_Moved(file, part, names[names.index(part) - 1])._asdict())
    return redirect(f"/console/issues/{issue.slug}/{query}#part-{quote(file)}-{quote(part)}")


def add(request: HttpRequest, slug: str) -> HttpResponse:
    """GET asks for the title of a new section or article after a part; POST adds it and opens it."""
    issue, (file, after) = issue_or_404(slug), asked_part(request)
    state = issue_state.head(issue.pk)
    part = part_of(state, file, after)
    if request.method != "POST":
        if part is None:
            raise Http404
        return _adding(request, issue, file, part, ARTICLE, "")
    if request.POST.get("kind") in HEAD_KINDS:
        return _add_head_part(request, issue, file, request.POST["kind"])
    kind = SECTION if request.POST.get("kind") == SECTION else ARTICLE
    title = " ".join(request.POST.get("title", "").split())[:LONGEST_TITLE]
    text = request.POST.get("text", "")  # of a part that somebody deleted while this person changed it
    if not title and not text.strip():
        return _adding(request, issue, file, part, kind, title, _("Enter a title. You can change it later."))
    text = text or f"{'#' if kind == SECTION else '##'} {title}\n\n"
    try:
        applied = edits.add_part(actor_of(request), issue, file, text, _part_before(state, file, after, kind))
    except SourceEditError as fault:
        return _adding(request, issue, file, part, kind, title, refusal_texts.refusal(fault))
    known = {existing.id for existing in state.files.get(file, ())}
    made = [candidate.id for candidate in applied.state.files[file] if candidate.id not in known]
    return go_to_part(issue, file, made[0] if made else after)


def _add_head_part(request: HttpRequest, issue: IssueRecord, file: str, kind: str) -> HttpResponse:
    try:
        edits.add_head_part(actor_of(request), issue, file, kind)
    except SourceEditError as fault:
        return _outline(request, issue, 422, refusal_texts.refusal(fault))
    return go_to_part(issue, file, HEAD_PARTS[kind])


def _part_before(state: IssueState, file: str, after: str, kind: str) -> str:
    """Return the part after which a new part goes. A new section goes after the whole present section."""
    parts = state.files.get(file, ())
    at = next((position for position, part in enumerate(parts) if part.id == after), None)
    return after if kind == ARTICLE or at is None else parts[outline.end_of_section(parts, at)].id


def _adding(
    request: HttpRequest, issue: IssueRecord, file: str, part: Part | None, kind: str, title: str, problem: str = ""
) -> HttpResponse:
    return show_issue(
        request, issue, "console/issues/add_part.html", "issue", 422 if problem else 200, file=file, part=part, kind=kind,
        title=title, problem=problem, longest=LONGEST_TITLE,
    )  # fmt: skip


def delete(request: HttpRequest, slug: str) -> HttpResponse:
    """GET shows what would be deleted; POST deletes a part, unless somebody changed its text since."""
    issue, (file, name) = issue_or_404(slug), asked_part(request)
    status, problem = 200, ""
    if request.method == "POST":
        try:
            before = part_of(issue_state.head(issue.pk), file, name)
            edits.delete_part(actor_of(request), issue, file, name, asked_number(request, "base"))
        except EditConflictError:
            status, problem = 409, _("Somebody changed this text a moment ago. Nothing was deleted. This is the newest text.")
        except SourceEditError as fault:
            status, problem = 422, refusal_texts.refusal(fault)
        else:
            if before is not None:
                text = _("%(part)s is deleted. You can get it back under “Revisions”.")
                messages.success(request, text % {"part": issue_texts.quoted_name(before)})
            return redirect("issue", slug=slug)
    state = issue_state.head(issue.pk)
    part = part_of(state, file, name)
    if part is None:
        if problem:
            return _outline(request, issue, status, problem)
        raise Http404
    lines = [line for line in reader_texts.labelled(part, reader_texts.titles_of(state.files[file])) if line.kind != TITLE]
    return show_issue(
        request, issue, "console/issues/delete_part.html", "issue", status, file=file, part=part, problem=problem, lines=lines,
        kind=outline.kind_of(part), base=state.edits.get(("text", file, name), 0), back=part_url(issue, file, name),
    )  # fmt: skip


@polled
def note(request: HttpRequest, slug: str) -> JsonResponse:
    """Note who is here. Answers who else is, and whether somebody else changed the part that the page shows."""
    issue, (file, part) = issue_or_404(slug), asked_part(request)
    others = presence.note(account(request), issue, file, part)
    elsewhere = any(person.part and (person.file, person.part) != (file, part) for person in others)
    state = issue_state.head(issue.pk) if elsewhere else None
    changed = ""
    if part:
        newest = IssueEdit.objects.filter(issue=issue, kind="text", file=file, part=part).select_related("actor")
        edit = newest.order_by("-number").first()
        if edit is not None and edit.number != asked_number(request, "base") and edit.actor.user_id != account(request).pk:
            changed = _("%(name)s changed this text at %(time)s. Load the page again to see it.") % {
                "name": edit.actor.name, "time": f"{clock.in_zone(edit.created_at, publication().zone):%H:%M}",
            }  # fmt: skip
    return JsonResponse({"here": issue_texts.sentences(others, state, file, part), "changed": changed})


def marks(request: HttpRequest) -> HttpResponse:
    return show(request, "console/issues/markup.html", rows=markup_texts.COMMON + markup_texts.MORE)
