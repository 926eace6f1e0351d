"""Find and replace in the whole issue: every place in titles, texts and heads, and replacing in the parts that are chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from composer.issue.editing.text_search import Search, can_replace, hits, replaced
from composer.issue.parsing.issue_file import ISSUE_FILE
from composer.issue.parts import outline
from composer.issue.parts.splitting import Part
from editorial.models import IssueRecord
from editorial.sources import edits, issue_state
from editorial.sources.edits import EditConflict, SourceFault
from editorial.sources.issue_state import IssueState
from publication import audit
from web.console.issues.issue_page import MAY_EDIT, account, issue_or_404, part_of, part_url, show_issue
from web.texts import refusal_texts
from web.texts.issues import issue_texts
from web.whole_numbers import whole_number

LONGEST = 200  # characters of the words and of their replacement
MOST_SHOWN = 20  # places of one part


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a form asks for. `chosen`: the parts to change, each as file, part and the edit that its author saw."""

    search: Search
    replacement: str
    chosen: tuple[tuple[str, str, int], ...]

    @classmethod
    def of(cls, request: HttpRequest) -> _Asked:
        given = request.POST if request.method == "POST" else request.GET
        words, replacement = (" ".join(given.get(name, "").split("\n"))[:LONGEST] for name in ("words", "replacement"))
        keys = [key.split("|", 2) for key in given.getlist("chosen")]
        chosen = tuple((key[1], key[2], whole_number(key[0], 9) or 0) for key in keys if len(key) == 3)
        return cls(Search(words, given.get("case") == "1"), replacement, chosen)


@require_http_methods(["GET", "HEAD", "POST"])
def search(request: HttpRequest, slug: str) -> HttpResponse:
    """GET lists the places; POST replaces them in the parts that are chosen."""
    issue, asked = issue_or_404(slug), _Asked.of(request)
    if request.method != "POST":
        return _page(request, issue, asked)
    if not request.user.has_perm(MAY_EDIT):
        return _page(request, issue, asked, 403, _("Your role may not edit issues. Nothing was changed."))
    if not asked.search.words or not asked.chosen:
        return _page(request, issue, asked, 422, _("Choose at least one part in which the words are replaced."))
    if not asked.replacement:
        return _page(request, issue, asked, 422, _("Enter the words that take the place of the others."))
    return _replace(request, issue, asked)


def _replace(request: HttpRequest, issue: IssueRecord, asked: _Asked) -> HttpResponse:
    state = issue_state.head(issue.pk)
    places, problems, status = 0, [], 200
    for file, name, base in asked.chosen:
        part = part_of(state, file, name)
        if part is None:
            continue
        found = len(hits(part, asked.search))
        if not found or not can_replace(part, asked.search, asked.replacement):
            continue
        if state.edits.get(("text", file, name)) != base:
            status = 409
            problems.append(_("Somebody changed %(part)s a moment ago.") % {"part": issue_texts.quoted_name(part)})
            continue
        try:
            text = replaced(part, asked.search, asked.replacement)
            edits.save_part(audit.staff(account(request)), issue, file, name, text, base, divide=False)
            places += found
        except EditConflict:
            status = 409
            problems.append(_("Somebody changed %(part)s a moment ago.") % {"part": issue_texts.quoted_name(part)})
        except SourceFault as fault:
            status = max(status, 422)
            problems.append(f"{issue_texts.quoted_name(part)}: {refusal_texts.refusal(fault)}")
    done = _("Places that were replaced: %(count)s.") % {"count": places}
    if problems:
        problem = _("%(done)s Not everywhere: %(problems)s Look at what is left and replace it again.")
        return _page(request, issue, asked, status, problem % {"done": done, "problems": " ".join(problems)})
    messages.success(request, done)
    values = {"words": asked.search.words, "replacement": asked.replacement} | ({"case": "1"} if asked.search.match_case else {})
    return redirect(f"/console/issues/{issue.slug}/search/?{urlencode(values)}")


def _page(request: HttpRequest, issue: IssueRecord, asked: _Asked, status: int = 200, problem: str = "") -> HttpResponse:
    state = issue_state.head(issue.pk)
    rows = list(_rows(issue, state, asked)) if asked.search.words else []
    return show_issue(
        request, issue, "console/issues/search.html", "issue", status, problem=problem, search=asked.search, rows=rows,
        replacement=asked.replacement, longest=LONGEST, places=sum(row["count"] for row in rows), several=len(state.files) > 1,
        may_edit=request.user.has_perm(MAY_EDIT), may_replace=bool(asked.replacement) and request.user.has_perm(MAY_EDIT),
    )  # fmt: skip


def _rows(issue: IssueRecord, state: IssueState, asked: _Asked) -> list[dict[str, Any]]:
    files = sorted(state.files, key=lambda name: (name != ISSUE_FILE, name))
    return [row for file in files for part in state.files[file] if (row := _row(issue, state, file, part, asked))]


def _row(issue: IssueRecord, state: IssueState, file: str, part: Part, asked: _Asked) -> dict[str, Any] | None:
    """A part with its places; None if it has none."""
    found = hits(part, asked.search)
    if not found:
        return None
    base = state.edits.get(("text", file, part.id), 0)
    return {
        "part": part, "url": part_url(issue, file, part.id), "language": outline.language_of(state.files[file]),
        "count": len(found),
        "hits": found[:MOST_SHOWN], "more": max(0, len(found) - MOST_SHOWN), "key": f"{base}|{file}|{part.id}",
        "can_replace": can_replace(part, asked.search, asked.replacement),
    }  # fmt: skip
