"""The page with the languages of an issue: two of them side by side, what one lacks, and taking it over."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from composer.issue.parsing.issue_file import ISSUE_FILE
from composer.issue.parts import outline
from composer.issue.parts.splitting import HEAD, WHOLE
from editorial.models import IssueRecord
from editorial.sources import issue_state, language_rows, languages
from editorial.sources.edits import SourceEditError
from editorial.sources.issue_state import IssueState
from editorial.sources.language_rows import LanguageRow, LanguageSide
from editorial.sources.languages import TakenOver
from web.console.console_page import actor_of
from web.console.issues.issue_page import MAY_EDIT, asked_part, issue_or_404, part_of, part_url, show_issue
from web.texts import refusal_texts
from web.texts.issues import issue_texts
from web.texts.issues.field_texts import untranslated_names
from web.texts.language_names import language_name


@dataclass(frozen=True, slots=True)
class _Cell:
    """A part in one column. `lacks`: figures of the other language, with the address of a small picture. `untranslated`: what is
    still in the first language, in words."""

    side: LanguageSide | None
    url: str = ""
    lacks: tuple[tuple[Any, str], ...] = ()
    untranslated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Row:
    row: LanguageRow
    cells: tuple[_Cell, _Cell]
    shows_length: bool
    can_add: bool


def side_by_side(request: HttpRequest, slug: str) -> HttpResponse:
    """The first language next to the one of ?language=."""
    return show_languages(request, issue_or_404(slug))


def show_languages(request: HttpRequest, issue: IssueRecord, status: int = 200, problem: str = "") -> HttpResponse:
    state = issue_state.head(issue.pk)
    language_files = language_rows.languages_of(state.files, ISSUE_FILE)
    others = language_files[1:] if language_files and language_files[0][0] == ISSUE_FILE else []
    asked = (request.POST if request.method == "POST" else request.GET).get("language", "")
    chosen = next((other for other in others if other[1] == asked), others[0] if others else None)
    values: dict[str, Any] = {
        "language_files": language_files, "others": others, "problem": problem, "may_edit": request.user.has_perm(MAY_EDIT),
    }  # fmt: skip
    if chosen is not None:
        values |= _columns(issue, state, language_files[0], chosen)
    return show_issue(request, issue, "console/issues/languages.html", "issue-languages", status, **values)


def _columns(issue: IssueRecord, state: IssueState, first: tuple[str, str], second: tuple[str, str]) -> dict[str, Any]:
    files, tags = (first[0], second[0]), (first[1], second[1])
    rows = language_rows.rows_of(issue, state, *files)
    shown = [_row(issue, row, files, tags) for row in rows]
    covered = language_rows.coverage({file: state.files[file] for file in files}, files[0])
    return {
        "rows": shown, "files": files, "tags": tags, "names": tuple(map(language_name, tags)),
        "missing": covered[1].missing, "behind": sum(row.is_behind for row in rows),
        "unfinished": sum(row.second is not None and row.second.needs_work for row in rows),
        "pictures": sum(len(row.second.lacks) for row in rows if row.second is not None),
    }  # fmt: skip


def _row(issue: IssueRecord, row: LanguageRow, files: tuple[str, str], tags: tuple[str, str]) -> _Row:
    cells = (_cell(issue, row.first, files[0], tags[1]), _cell(issue, row.second, files[1], tags[0]))
    can_add = row.second is None and row.id not in (HEAD, WHOLE)
    return _Row(row, cells, row.kind in outline.TEXT_KINDS, can_add)


def _cell(issue: IssueRecord, side: LanguageSide | None, file: str, beside: str) -> _Cell:
    if side is None:
        return _Cell(None)
    lacks = tuple(
        (figure, resolve_url("issue-thumbnail", slug=issue.slug, digest=figure.digest) if figure.digest else "")
        for figure in side.lacks
    )
    names = tuple(untranslated_names(side.untranslated, outline.kind_of(side.part)))
    return _Cell(side, f"{part_url(issue, file, side.part.id)}&{urlencode({'beside': beside})}", lacks, names)


def add_part(request: HttpRequest, slug: str) -> HttpResponse:
    """Add a part of the first language to another one, without its text or, with how=copy, with it."""
    issue, (file, name) = issue_or_404(slug), asked_part(request)
    try:
        applied = languages.add_missing(actor_of(request), issue, file, name, how_to_take(request))
    except SourceEditError as fault:
        return show_languages(request, issue, 422, refusal_texts.refusal(fault))
    part = part_of(applied.state, file, name)
    if part is not None:
        messages.success(request, _("%(part)s is added. Now translate it.") % {"part": issue_texts.quoted_name(part)})
    return _back(issue, outline.language_of(applied.state.files.get(file, ())), name)


def how_to_take(request: HttpRequest) -> TakenOver:
    """Whether texts are copied, and the mark for editors, without which the text could be sent untranslated."""
    is_copied = request.POST.get("how") == "copy"
    note = _("this is not translated yet") if is_copied else _("write this text in the other language")
    return TakenOver(note, is_copied)


def take_over_figure(request: HttpRequest, slug: str) -> HttpResponse:
    """Copy a figure into the same part of another language, with its credit. A mark asks for its texts."""
    issue, (file, name) = issue_or_404(slug), asked_part(request)
    source, src = request.POST.get("source", "")[:200], request.POST.get("picture", "")[:500]
    caption = request.POST.get("caption", "")[:500].strip()
    note = _("say what the picture shows")
    if caption:
        note = _("%(note)s, and write its caption: %(caption)s") % {"note": note, "caption": caption}
    try:
        applied = languages.take_over_figure(actor_of(request), issue, source, file, name, src, note)
    except SourceEditError as fault:
        return show_languages(request, issue, 422, refusal_texts.refusal(fault))
    text = _("The picture is copied. Describe it, and write its caption, before the issue is sent.")
    messages.success(request, text)
    second = source if file == ISSUE_FILE else file
    return _back(issue, outline.language_of(applied.state.files.get(second, ())), name)


def _back(issue: IssueRecord, language: str, name: str) -> HttpResponse:
    return redirect(f"/console/issues/{issue.slug}/languages/?{urlencode({'language': language})}#row-{name}")
