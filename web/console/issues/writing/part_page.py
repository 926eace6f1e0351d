"""The page of one part: its title and its text, saved by a form or, with a script, while somebody types.

Both go to the same address. The script asks for JSON, and gets the number of the new edit or the reason of a refusal.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.vary import vary_on_headers

from composer.issue.parts import outline
from composer.issue.parts.part_texts import PartText, body_line, closed, opened
from composer.issue.parts.splitting import OPENING, Part
from editorial.importing import questions
from editorial.models import IssueRecord
from editorial.review import comments
from editorial.sources import edits, issue_state, presence
from editorial.sources.edits import AppliedEdit, EditConflictError, SourceEditError
from editorial.sources.issue_state import IssueState
from publication import clock
from publication.installation import publication
from web.access import may_post
from web.console.console_page import actor_of
from web.console.issues.issue_page import (
    MAY_EDIT,
    account,
    asked_number,
    asked_part,
    go_to_part,
    issue_or_404,
    part_of,
    part_url,
    show_issue,
    stage_of,
    wants_json,
)
from web.console.issues.languages.text_beside import copied_texts, text_beside
from web.console.issues.writing import conflict_page, head_forms, split_pages
from web.console.issues.writing.outline_rows import SEES_COMMENTS, outline_of
from web.console.issues.writing.typed_text import UnreadableDocumentError, can_be_rich, editor_of, read_typed
from web.texts import refusal_texts
from web.texts.issues import issue_texts, markup_texts

_FURTHER_HEADING = re.compile(r"^ {0,3}#{1,2}(?:[ \t]|$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Typed:
    """What a form sent: the part, the number of the edit that its author began with, and the text."""

    file: str
    part: str
    base: int
    text: PartText


@vary_on_headers("Accept")
def part(request: HttpRequest, slug: str) -> HttpResponse:
    """GET shows a part; POST saves it. The answer is 409 with both texts if somebody else changed the part meanwhile."""
    issue, (file, name) = issue_or_404(slug), asked_part(request)
    if request.method != "POST":
        state = issue_state.head(issue.pk)
        part = part_of(state, file, name)
        if part is None:
            raise Http404
        return _page(request, issue, state, file, part, opened(part.text), state.edits["text", file, name])
    if not may_post(request):
        return _refused(request, issue, None, _("Your role may not edit issues. Nothing was saved."), 403)
    base = asked_number(request, "base")
    before = _text_before(issue, file, name, base)
    try:
        typed = _Typed(file, name, base, read_typed(request, before))
    except UnreadableDocumentError as fault:
        reason = str(fault) or _("The browser sent a text that Mailroom cannot read. Nothing was saved.")
        return _refused(request, issue, None, reason, 422)
    return _save(request, issue, typed, before)


def _text_before(issue: IssueRecord, file: str, name: str, base: int) -> str:
    """The text with which an author began; if that edit is not kept any more, the newest."""
    seen = edits.text_at(issue, file, name, base)
    if seen is not None:
        return seen
    newest = part_of(issue_state.head(issue.pk), file, name)
    return newest.text if newest is not None else ""


def _save(request: HttpRequest, issue: IssueRecord, typed: _Typed, before: str) -> HttpResponse:
    if not typed.text.body.strip() and typed.text.title is None:
        return _refused(request, issue, typed, _("An empty text cannot be saved here. To remove a part, use “Delete”."), 422)
    if typed.text.title is not None and not typed.text.title.strip():
        return _refused(request, issue, typed, _("Enter a title. Until then the text is not saved."), 422)
    try:
        applied = edits.save_part(
            actor_of(request), issue, typed.file, typed.part, closed(typed.text, before), typed.base,
            divide=not wants_json(request),
        )  # fmt: skip
    except EditConflictError as conflict:
        return conflict_page.answer(request, issue, conflict, typed.part)
    except SourceEditError as fault:
        return _refused(request, issue, typed, refusal_texts.refusal(fault), 422)
    return _saved(request, issue, typed, applied)


def _saved(request: HttpRequest, issue: IssueRecord, typed: _Typed, applied: AppliedEdit) -> HttpResponse:
    at = clock.in_zone(clock.now(), publication().zone)
    saved = _("Saved %(time)s") % {"time": f"{at:%H:%M}"}
    if wants_json(request):
        is_body = not typed.part.startswith("@") or typed.part == OPENING  # in the head, # begins a comment
        further = is_body and bool(_FURTHER_HEADING.search(typed.text.body))
        note = _("A line that begins with # or ## becomes a part of its own when you press “Save”.") if further else ""
        number = applied.state.edits.get(("text", typed.file, typed.part), typed.base)
        return JsonResponse({"base": number, "status": saved, "note": note, "stage": stage_of(issue)})
    made = [
        name for (kind, file, name), value in applied.changes
        if kind == "text" and file == typed.file and value is not None and name != typed.part
    ]  # fmt: skip
    new = [part for part in (part_of(applied.state, typed.file, name) for name in made) if part is not None]
    here = part_of(applied.state, typed.file, typed.part)
    if new:
        names = _("; ").join(issue_texts.quoted_name(part) for part in new)
        messages.success(request, _("Saved. The text is now several parts. New: %(parts)s") % {"parts": names})
    else:
        messages.success(request, saved)
    if here is None and not new:
        return redirect("issue", slug=issue.slug)
    name = here.id if here is not None else new[0].id
    return go_to_part(issue, typed.file, name, request.POST.get("view", ""), request.POST.get("beside", ""))


def _refused(request: HttpRequest, issue: IssueRecord, typed: _Typed | None, text: str, status: int) -> HttpResponse:
    """Show the page again with what was typed."""
    safe = _("Your text is still on this page.")
    if wants_json(request):
        return JsonResponse({"status": f"{text} {safe}"}, status=status)
    file, name = asked_part(request)
    state = issue_state.head(issue.pk)
    body = request.POST.get("text", "")
    shown = typed.text if typed is not None else PartText(request.POST.get("title"), body)
    part = part_of(state, file, name) or Part(name, "")
    return _page(request, issue, state, file, part, shown, asked_number(request, "base"), status, f"{text} {safe}")


def _page(
    request: HttpRequest,
    issue: IssueRecord,
    state: IssueState,
    file: str,
    part: Part,
    shown: PartText,
    base: int,
    status: int = 200,
    problem: str = "",
) -> HttpResponse:
    parts = state.files.get(file, ())
    at = next((position for position, candidate in enumerate(parts) if candidate.id == part.id), None)
    around: dict[str, Any] = {"previous": None, "next": None}
    if at is not None:
        around = {
            name: {"url": part_url(issue, file, parts[near].id), "part": parts[near]} if 0 <= near < len(parts) else None
            for name, near in (("previous", at - 1), ("next", at + 1))
        }
    others = presence.note(account(request), issue, file, part.id) if status == 200 else presence.others(account(request), issue)
    kind = outline.kind_of(part)
    document = request.POST.get("document")
    # A text that was typed as source and refused is shown as source again.
    possible = can_be_rich(kind, shown.body)
    rich = possible and request.GET.get("view") != "source" and (request.method != "POST" or document is not None)
    form, asked = head_forms.form_of(request, state, file, part), questions.find(state)
    return show_issue(
        request, issue, "console/issues/part.html", "issue", status, file=file, part=part, kind=kind, shown=shown, base=base,
        problem=problem, url=part_url(issue, file, part.id), written_in=outline.language_of(parts),
        may_edit=request.user.has_perm(MAY_EDIT), here=issue_texts.sentences(others, state, file, part.id), **around,
        outline=outline_of(issue, state, file, others, part.id),
        marks=markup_texts.COMMON, head_keys=markup_texts.HEAD_KEYS, is_head=kind in ("head", "highlights", "credits", "footer"),
        lines=min(40, max(8, shown.body.count("\n") + 4)), can_be_rich=possible or kind in head_forms.KINDS,
        open_comments=comments.open_in_part(issue, file, part.id) if request.user.has_perm(SEES_COMMENTS) else (),
        questions=len(asked), question_at=questions.first_of(asked, file, part.id),
        undo=split_pages.offered_undo(request, issue, part), above=split_pages.article_above(state, file, part.id),
        first_line=body_line(part.text), head_form=form, beside=text_beside(request, issue, state, file, part),
        copied=copied_texts(state, file, part),
        editor=editor_of(account(request), issue, state, file, part, shown, document) if rich else None,
    )  # fmt: skip
