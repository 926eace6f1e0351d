"""Makes two articles of one and one of two: from the editor, or with forms that need no script. One step takes either back."""

import json
import re
from typing import NamedTuple

from django.contrib import messages
from django.core.signing import BadSignature, Signer
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from composer.issue.editing import article_halves, part_document
from composer.issue.editing.article_halves import Halves
from composer.issue.inlines.node_reading import EditorDocumentError
from composer.issue.parts import outline
from composer.issue.parts.splitting import Part
from editorial import article_splits
from editorial.article_splits import Notes, SplitResult, SplitStep
from editorial.models import IssueRecord
from editorial.sources import edits, issue_state
from editorial.sources.edits import EditConflictError, SourceEditError
from editorial.sources.issue_state import IssueState
from editorial.sources.language_rows import body_of
from web.console.console_page import actor_of
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
from web.console.issues.writing.outline_rows import can_be_joined
from web.console.issues.writing.typed_text import LARGEST_DOCUMENT
from web.console.issues.writing.writing_page import LONGEST_TITLE
from web.texts import refusal_texts
from web.texts.issues import issue_texts
from web.texts.language_names import language_name

_STEP = re.compile(r"(split|join)-(\d{1,9})-(\d{1,9})-((?:\d{1,18}(?:\.|$))*)")


class OfferedUndo(NamedTuple):
    """The form that takes a step back: what was done in words, and the value that names the step."""

    sentence: str
    value: str


def _changed_meanwhile() -> str:
    return _("Somebody changed this text a moment ago. Nothing was split or joined. This is the newest text.")


def _step_signer(request: HttpRequest, issue: IssueRecord) -> Signer:
    """Signs the steps that an account made in an issue: no other two revisions can pass for one of them."""
    return Signer(salt=f"mailroom.step-{issue.pk}-{account(request).pk}")


def _signed_step(request: HttpRequest, issue: IssueRecord, value: str) -> re.Match[str] | None:
    try:
        return _STEP.fullmatch(_step_signer(request, issue).unsign(value))
    except BadSignature:
        return None


def offered_undo(request: HttpRequest, issue: IssueRecord, part: Part) -> OfferedUndo | None:
    """Return the step that led to this page of a part and can be undone there."""
    value = request.GET.get("undo", "")[:4000]
    signed_step = _signed_step(request, issue, value)
    if signed_step is None:
        return None
    name = issue_texts.quoted_name(part)
    text = _("The article was split. New: %(part)s") if signed_step[1] == "split" else _("The articles are joined: %(part)s")
    return OfferedUndo(text % {"part": name}, value)


def split(request: HttpRequest, slug: str) -> HttpResponse:
    """GET shows where an article can be split; POST splits it there, or where the cursor of the editor is."""
    issue, (file, name) = issue_or_404(slug), asked_part(request)
    if request.method != "POST":
        return _splitting(request, issue, file, name)
    try:
        halves = _halves(request, issue, file, name)
        title = " ".join(request.POST.get("title", "").split())[:LONGEST_TITLE] or article_halves.title_line(halves)
        changed = article_splits.split_article(
            actor_of(request),
            issue,
            file,
            name,
            asked_number(request, "base"),
            title,
            halves,
            _notes(issue, file, name),
        )
    except EditConflictError:
        return _splitting(request, issue, file, name, 409, _changed_meanwhile())
    except SourceEditError as fault:
        return _splitting(request, issue, file, name, 422, refusal_texts.refusal(fault))
    if changed.to_divide:
        names = _(", ").join(map(language_name, changed.to_divide))
        text = _("The text is still to be divided in: %(languages)s. It has other blocks there, and is marked “To check”.")
        messages.warning(request, text % {"languages": names})
    return _to_part(request, issue, file, changed, "split")


def _halves(request: HttpRequest, issue: IssueRecord, file: str, name: str) -> Halves:
    """Return the two texts of a request: two documents of the editor, or the block with which the new article begins."""
    base = asked_number(request, "base")
    text = edits.text_at(issue, file, name, base)
    body = body_of(Part(name, text)) if text else ""
    if "second" not in request.POST:
        return article_halves.halves_at(body, asked_number(request, "at")) or Halves(body, "")
    documents = [request.POST.get(field, "")[:LARGEST_DOCUMENT] for field in ("first", "second")]
    try:
        return Halves(*(part_document.source_of(json.loads(document), body) for document in documents))
    except (EditorDocumentError, ValueError, RecursionError) as fault:
        raise SourceEditError("unreadable", file=file, part=name) from fault


def _notes(issue: IssueRecord, file: str, name: str) -> Notes:
    """The marks for editors in the other languages."""
    part = part_of(issue_state.head(issue.pk), file, name)
    values = {"part": issue_texts.quoted_name(part) if part is not None else name}
    return Notes(
        _("divide this text: a part of it belongs to the article that was made below it"),
        _("the text of this article is still in the article above it, %(part)s: move it here") % values,
        _("the title of this article is not translated yet"),
    )


def _splitting(
    request: HttpRequest, issue: IssueRecord, file: str, name: str, status: int = 200, problem: str = ""
) -> HttpResponse:
    """The page on which people choose the block with which the new article begins."""
    state = issue_state.head(issue.pk)
    part = part_of(state, file, name)
    if part is None or outline.kind_of(part) != outline.ARTICLE:
        raise Http404
    return show_issue(
        request, issue, "console/issues/split_part.html", "issue", status, file=file, part=part, problem=problem,
        base=state.edits["text", file, name], blocks=article_halves.block_starts(body_of(part)), longest=LONGEST_TITLE,
        title=request.POST.get("title", "")[:LONGEST_TITLE], written_in=outline.language_of(state.files[file]),
        back=part_url(issue, file, name),
    )  # fmt: skip


def join(request: HttpRequest, slug: str) -> HttpResponse:
    """GET asks whether an article is to be joined with the one above it; POST joins them."""
    issue, (file, name) = issue_or_404(slug), asked_part(request)
    if request.method != "POST":
        return _joining(request, issue, file, name)
    try:
        changed = article_splits.join_articles(actor_of(request), issue, file, name, asked_number(request, "base"))
    except EditConflictError:
        return _joining(request, issue, file, name, 409, _changed_meanwhile())
    except SourceEditError as fault:
        return _joining(request, issue, file, name, 422, refusal_texts.refusal(fault))
    return _to_part(request, issue, file, changed, "join")


def _joining(
    request: HttpRequest, issue: IssueRecord, file: str, name: str, status: int = 200, problem: str = ""
) -> HttpResponse:
    state = issue_state.head(issue.pk)
    part, above = part_of(state, file, name), article_above(state, file, name)
    if part is None or (above is None and not problem):
        raise Http404
    return show_issue(
        request, issue, "console/issues/join_parts.html", "issue", status, file=file, part=part, above=above, problem=problem,
        base=state.edits["text", file, name], back=part_url(issue, file, name),
    )  # fmt: skip


def article_above(state: IssueState, file: str, name: str) -> Part | None:
    """Return the article directly above, if this one can be joined with it."""
    parts = state.files.get(file, ())
    at = next((position for position, part in enumerate(parts) if part.id == name), 0)
    return parts[at - 1] if can_be_joined(parts, at) else None


def undo(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a split or a joining back, and show the part from which it was made."""
    issue, (file, name) = issue_or_404(slug), asked_part(request)
    signed_step = _signed_step(request, issue, request.POST.get("undo", "")[:4000])
    if signed_step is None:
        raise Http404
    step = SplitStep(
        int(signed_step[2]), int(signed_step[3]), tuple(int(number) for number in signed_step[4].split(".") if number)
    )
    parts = issue_state.head(issue.pk).files.get(file, ())
    try:
        applied = article_splits.take_back(actor_of(request), issue, step)
    except EditConflictError:
        text = _("The text was changed since, so nothing was undone. Split or join the articles, or restore a revision.")
        messages.error(request, text)
    except SourceEditError as fault:
        messages.error(request, refusal_texts.refusal(fault))
    else:
        messages.success(request, _("It is as it was before."))
        at = next((position for position, part in enumerate(parts) if part.id == name), 0)
        if part_of(applied.state, file, name) is None and at:
            name = parts[at - 1].id
    return go_to_part(issue, file, name)


def _to_part(request: HttpRequest, issue: IssueRecord, file: str, changed: SplitResult, what: str) -> HttpResponse:
    """The page of the article that was made, with the step that can be taken back."""
    step = changed.step
    value = f"{what}-{step.before}-{step.after}-{'.'.join(map(str, step.comments))}"
    signed = _step_signer(request, issue).sign(value)
    return go_to_part(issue, file, changed.part, beside=request.POST.get("beside", ""), undo=signed)
