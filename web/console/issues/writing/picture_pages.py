"""The pictures of an issue: upload, exchange, delete, the line that shows one, and figures without a description."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import condition
from django.views.decorators.vary import vary_on_headers

from composer.images.picture_encoder import THUMBNAILS
from composer.issue.parts import outline
from composer.issue.parts.splitting import Part
from editorial.media_store import StoreError
from editorial.models import IssueRecord, Original
from editorial.sources import figures, issue_state, originals, pictures
from editorial.sources.edits import EditConflictError, SourceEditError
from editorial.sources.figures import FigurePosition
from editorial.sources.issue_state import IssueState
from editorial.sources.originals import OriginalError
from web.console.console_page import actor_of
from web.console.issues import issue_page
from web.console.issues.issue_page import part_of, part_url
from web.console.issues.pictures import picture_answers
from web.texts import refusal_texts


@dataclass(frozen=True, slots=True)
class TypedDescription:
    """The values that a refused form sent, which the page shows again. `src` is the path of the picture."""

    position: FigurePosition
    src: str
    alt: str = ""
    credit: str = ""


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A figure to describe. `digest` is empty if the issue lacks the picture. `typed` holds the values of a refused form."""

    position: FigurePosition
    part: Part
    url: str
    language: str
    src: str
    digest: str
    lacks_alt: bool
    lacks_credit: bool
    typed: TypedDescription | None = field(default=None)


def undescribed_rows(issue: IssueRecord, state: IssueState, typed: TypedDescription | None = None) -> list[FigureRow]:
    """Return one row for each figure without a description, in the order of the files."""
    several = len(state.files) > 1
    figure_rows = []
    for undescribed in figures.undescribed(state):
        position, src = undescribed.position, undescribed.figure.src
        part = part_of(state, position.file, position.part) or Part(position.part, "")
        language = outline.language_of(state.files[position.file]) if several else ""
        is_typed = typed is not None and (typed.position.file, typed.position.part, typed.src) == (
            position.file,
            position.part,
            src,
        )
        figure_rows.append(
            FigureRow(
                position, part, part_url(issue, position.file, position.part), language, src, state.pictures.get(src, ""),
                not undescribed.figure.alt, not undescribed.figure.credit, typed if is_typed else None,
            )
        )  # fmt: skip
    return figure_rows


MOST_FILES = 20
_LIMIT = originals.LARGEST[Original.Kind.PICTURE] // originals.MEGABYTE


def listing(request: HttpRequest, slug: str) -> HttpResponse:
    """All pictures of the newest source; with ?picture=&alt=&caption=&credit= the lines that show one of them."""
    return _listing(request, issue_page.issue_or_404(slug))


def _listing(
    request: HttpRequest,
    issue: IssueRecord,
    status: int = 200,
    problems: list[str] | None = None,
    typed: TypedDescription | None = None,
) -> HttpResponse:
    state = issue_state.head(issue.pk)
    asked = request.GET.get("picture", "")
    alt, caption, credit = (request.GET.get(name, "")[:500] for name in ("alt", "caption", "credit"))
    used = pictures.usage(state)
    rows = [
        {
            "path": path, "digest": digest,
            "alt": alt if path == asked else "", "line": _line(path, alt, caption, credit) if path == asked else "",
            "caption": caption if path == asked else "", "credit": credit if path == asked else "",
            "line_rows": 1 + sum(bool(text) for text in (caption, credit)),
            "used": [{"part": part, "url": issue_page.part_url(issue, file, part.id)} for file, part in used[path]],
        }
        for path, digest in sorted(state.pictures.items())
    ]  # fmt: skip
    return issue_page.show_issue(
        request, issue, "console/issues/pictures.html", "issue-pictures", status, rows=rows, problems=problems or [], size=_LIMIT,
        may_upload=request.user.has_perm("editorial.add_media"), may_edit=request.user.has_perm(issue_page.MAY_EDIT),
        lacking=undescribed_rows(issue, state, typed),
    )  # fmt: skip


def _line(path: str, alt: str, caption: str, credit: str) -> str:
    """Return the lines of an issue's text that show a picture. Caption and credit may contain markup."""
    text = " ".join(alt.split()).replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    below = [
        f"\n{name}: {' '.join(written.split())}"
        for name, written in (("Caption", caption), ("Credit", credit))
        if written.strip()
    ]
    return f"![{text}]({path})" + "".join(below)


@vary_on_headers("Accept")
def upload(request: HttpRequest, slug: str) -> HttpResponse:
    """Add uploaded pictures, or exchange the picture at `path`. The files that were taken stay, if others are refused.

    Scripts upload one file and get JSON.
    """
    issue = issue_page.issue_or_404(slug)
    if issue_page.wants_json(request):
        return picture_answers.upload(request, issue)
    path, before = request.POST.get("path", "")[:300], request.POST.get("before", "")[:64]
    files = request.FILES.getlist("file")[: 1 if path else MOST_FILES]
    problems = [] if files else [_("Choose a file first.")]
    taken: list[str] = []
    for file in files:
        problem = _take(request, issue, file, path, before)
        if problem:
            problems.append(problem)
        else:
            taken.append(str(file.name))
    if taken:
        messages.success(request, _("Stored: %(names)s") % {"names": _("; ").join(taken)})
    return _listing(request, issue, 422, problems) if problems else redirect("issue-pictures", slug=issue.slug)


def _take(request: HttpRequest, issue: IssueRecord, file: UploadedFile[bytes], path: str, before: str) -> str:
    """Store one file; why it cannot be stored, or nothing."""
    actor, name = actor_of(request), str(file.name)
    try:
        if path:
            pictures.exchange(actor, issue, path, file.chunks(), name, before=before)
        else:
            pictures.add(actor, issue, file.chunks(), name)
    except EditConflictError:
        return _("Somebody else changed this picture a moment ago. Nothing was stored. Look at the newest one.")
    except picture_answers.REFUSALS as fault:
        return picture_answers.refusal(fault, name)
    return ""


def delete(request: HttpRequest, slug: str) -> HttpResponse:
    """GET shows where a picture is used; POST removes it."""
    issue = issue_page.issue_or_404(slug)
    values = request.POST if request.method == "POST" else request.GET
    path = values.get("path", "")[:300]
    problem, status = "", 200
    if request.method == "POST":
        try:
            pictures.remove(actor_of(request), issue, path, before=request.POST.get("before", "")[:64])
        except EditConflictError:
            problem, status = _("Somebody else changed this picture a moment ago. Nothing was deleted."), 409
        except SourceEditError as fault:
            return _listing(request, issue, 422, [refusal_texts.refusal(fault)])
        else:
            messages.success(request, _("%(picture)s is deleted. Revisions keep it.") % {"picture": path})
            return redirect("issue-pictures", slug=issue.slug)
    state = issue_state.head(issue.pk)
    if path not in state.pictures:
        raise Http404
    used = [{"part": part, "url": issue_page.part_url(issue, file, part.id)} for file, part in pictures.usage(state)[path]]
    return issue_page.show_issue(
        request, issue, "console/issues/delete_picture.html", "issue-pictures", status, path=path, digest=state.pictures[path],
        used=used, problem=problem,
    )  # fmt: skip


def describe(request: HttpRequest, slug: str) -> HttpResponse:
    """Write an alternative text and a credit at a figure of a part."""
    issue, (file, part) = issue_page.issue_or_404(slug), issue_page.asked_part(request)
    alt, credit = (request.POST.get(name, "").strip()[: figures.LONGEST] for name in ("alt", "credit"))
    position = FigurePosition(file, part, issue_page.asked_number(request, "number"), issue_page.asked_number(request, "base"))
    typed = TypedDescription(position, request.POST.get("src", "")[:300], alt, credit)
    if not alt and not credit:
        return _listing(request, issue, 422, [_("Write what the picture shows, or who made it. Then press “Save”.")], typed)
    try:
        figures.describe(actor_of(request), issue, position, typed.src, alt=alt, credit=credit)
    except EditConflictError:
        changed = _(
            "The text around this picture was changed meanwhile. Nothing was saved. Your words are still here: save them again."
        )
        return _listing(request, issue, 409, [changed], typed)
    except SourceEditError as fault:
        return _listing(request, issue, 422, [refusal_texts.refusal(fault)], typed)
    messages.success(request, _("The description of %(picture)s is saved.") % {"picture": typed.src})
    return redirect("issue-pictures", slug=issue.slug)


def _tag(request: HttpRequest, slug: str, digest: str) -> str | None:
    if not pictures.belongs_to(issue_page.issue_or_404(slug), digest):
        raise Http404
    return f'"{digest}-{_size(request)}"'


def _size(request: HttpRequest) -> str:
    size = request.GET.get("size", "")
    return size if size in THUMBNAILS else "small"


@condition(etag_func=_tag)
def thumbnail(request: HttpRequest, slug: str, digest: str) -> HttpResponse:
    """A small or, with ?size=large, a larger rendition of a picture of this issue. The original is never served."""
    try:
        made: Any = pictures.thumbnail(digest, _size(request))
    except (OriginalError, StoreError):
        made = None
    if made is None:
        raise Http404
    headers = {"Cache-Control": "private, no-cache", "Content-Disposition": "inline"}
    return HttpResponse(made.data, content_type=made.content_type, headers=headers)
