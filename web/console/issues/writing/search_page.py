"""Find and replace in the whole issue: every place in titles, texts and heads, and replacing in the parts that are chosen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from composer.issue.editing.text_search import MOST_PLACES, Search, SearchHits, can_replace, find_hits, replaced
from composer.issue.parsing.issue_file import ISSUE_FILE
from composer.issue.parts import outline
from composer.issue.parts.splitting import Part
from editorial.models import IssueRecord
from editorial.sources import edits, issue_state, revisions
from editorial.sources.edits import EditConflictError, SourceEditError
from editorial.sources.issue_state import IssueState
from web.access import may_post
from web.console.console_page import actor_of
from web.console.issues.issue_page import MAY_EDIT, issue_or_404, part_of, part_url, show_issue
from web.texts import refusal_texts
from web.texts.issues import issue_texts
from web.whole_numbers import whole_number

LONGEST = 200  # characters of the words and of their replacement
MOST_SHOWN = 20  # places of one part
_LARGEST = edits.LARGEST_SOURCE


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a form asks for. `chosen`: the parts to change, each as file, part and the edit that its author saw."""

    search: Search
    replacement: str
    chosen: tuple[tuple[str, str, int], ...]

    @classmethod
    def of(cls, request: HttpRequest) -> _Asked:
        given = request.POST if request.method == "POST" else request.GET
        search_text, replacement = (" ".join(given.get(name, "").split("\n"))[:LONGEST] for name in ("words", "replacement"))
        keys = [key.split("|", 2) for key in given.getlist("chosen")]
        bases = {(key[1], key[2]): whole_number(key[0], 9) or 0 for key in keys if len(key) == 3}
        chosen = tuple((*part, base) for part, base in bases.items())  # each part once
        return cls(Search(search_text, given.get("case") == "1"), replacement, chosen)


def search(request: HttpRequest, slug: str) -> HttpResponse:
    """GET lists the places; POST replaces them in the parts that are chosen."""
    issue, asked = issue_or_404(slug), _Asked.of(request)
    if request.method != "POST":
        return _page(request, issue, asked)
    if not may_post(request):
        return _page(request, issue, asked, 403, _("Your role may not edit issues. Nothing was changed."))
    if not asked.search.text or not asked.chosen:
        return _page(request, issue, asked, 422, _("Choose at least one part in which the words are replaced."))
    if not asked.replacement:
        return _page(request, issue, asked, 422, _("Enter the words that take the place of the others."))
    return _replace(request, issue, asked)


def _replace(request: HttpRequest, issue: IssueRecord, asked: _Asked) -> HttpResponse:
    state, actor = issue_state.head(issue.pk), actor_of(request)
    sizes = {file: _size(parts) for file, parts in state.files.items()}
    count, problems, status, before = 0, [], 200, 0
    for file, name, base in asked.chosen:
        part = part_of(state, file, name)
        if part is None:
            continue
        matches = find_hits(part, asked.search, 0)
        obstacle = _obstacle(matches, asked, sizes[file])
        if obstacle:
            status = max(status, 422)
            problems.append(f"{issue_texts.quoted_name(part)}: {obstacle}")
            continue
        if not matches.count or not can_replace(part, asked.search, asked.replacement):
            continue
        if state.edits.get(("text", file, name)) != base:
            status = 409
            problems.append(_("Somebody changed %(part)s a moment ago.") % {"part": issue_texts.quoted_name(part)})
            continue
        try:
            text = replaced(part, asked.search, asked.replacement)
            before = before or revisions.name_before_replacing(actor, issue).number
            edits.save_part(actor, issue, file, name, text, base, divide=False)
            count += matches.count
            sizes[file] += len(text.encode()) - len(part.text.encode())
        except EditConflictError:
            status = 409
            problems.append(_("Somebody changed %(part)s a moment ago.") % {"part": issue_texts.quoted_name(part)})
        except SourceEditError as fault:
            status = max(status, 422)
            problems.append(f"{issue_texts.quoted_name(part)}: {refusal_texts.refusal(fault)}")
    return _replaced(request, issue, asked, _Result(count, before, problems, status))


def _size(parts: Iterable[Part]) -> int:
    return sum(len(part.text.encode()) for part in parts)


def _obstacle(matches: SearchHits, asked: _Asked, size: int) -> str:
    """Return why the words cannot be replaced in a part of a file with `size` bytes, or nothing. It bounds time and memory."""
    if matches.more:
        return _("The words are in it more than %(most)s times. Search for longer words.") % {"most": f"{MOST_PLACES:,}"}
    growth = matches.growth(asked.search, asked.replacement)
    if growth and size + growth > _LARGEST:
        return _("The text would become too long. Choose a shorter replacement, or search for longer words.")
    return ""


class _Result(NamedTuple):
    """`places`: how many were replaced. `before`: the revision with the texts before, 0 if nothing was replaced."""

    places: int
    before: int
    problems: list[str]
    status: int


def _replaced(request: HttpRequest, issue: IssueRecord, asked: _Asked, result: _Result) -> HttpResponse:
    """What was replaced, and where it was not."""
    done = _("Places that were replaced: %(count)s.") % {"count": result.places}
    if result.problems:
        problem = _("%(done)s Not everywhere: %(problems)s Look at what is left and replace it again.")
        return _page(request, issue, asked, result.status, problem % {"done": done, "problems": " ".join(result.problems)})
    messages.success(request, done)
    # Without the replacement: places that are left were left on purpose, or are in what was just written.
    values = {"words": asked.search.text, "before": str(result.before)} | ({"case": "1"} if asked.search.match_case else {})
    return redirect(f"/console/issues/{issue.slug}/search/?{urlencode(values)}")


def _page(request: HttpRequest, issue: IssueRecord, asked: _Asked, status: int = 200, problem: str = "") -> HttpResponse:
    state = issue_state.head(issue.pk)
    rows = list(_rows(issue, state, asked)) if asked.search.text else []
    return show_issue(
        request, issue, "console/issues/search.html", "issue", status, problem=problem, search=asked.search, rows=rows,
        replacement=asked.replacement, before=whole_number(request.GET.get("before", ""), 9),
        longest=LONGEST, places=sum(row["count"] for row in rows), several=len(state.files) > 1,
        uncounted=any(row["uncounted"] for row in rows),
        may_edit=request.user.has_perm(MAY_EDIT), may_replace=bool(asked.replacement) and request.user.has_perm(MAY_EDIT),
    )  # fmt: skip


def _rows(issue: IssueRecord, state: IssueState, asked: _Asked) -> Iterator[dict[str, Any]]:
    for file in sorted(state.files, key=lambda name: (name != ISSUE_FILE, name)):
        parts = state.files[file]
        language, size = outline.language_of(parts), _size(parts)
        for part in parts:
            matches = find_hits(part, asked.search, MOST_SHOWN)
            if matches.count:
                obstacle = _obstacle(matches, asked, size)
                yield {
                    "part": part, "url": part_url(issue, file, part.id), "language": language, "count": matches.count,
                    "uncounted": matches.more, "hits": matches.shown,
                    "more": 0 if matches.more else matches.count - len(matches.shown),
                    "key": f"{state.edits.get(('text', file, part.id), 0)}|{file}|{part.id}", "obstacle": obstacle,
                    "can_replace": not obstacle and can_replace(part, asked.search, asked.replacement),
                }  # fmt: skip
