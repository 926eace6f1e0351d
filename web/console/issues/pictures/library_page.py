"""The library: the pictures of all issues, to take one into an issue. The editor opens the same page as a dialog."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.vary import vary_on_headers

from composer.issue import document as doc
from composer.issue.inlines.editor_inlines import inlines_to_editor
from composer.issue.inlines.inline_printer import print_inlines
from editorial.models import IssueRecord
from editorial.sources import issue_state, picture_library
from web.console.console_page import actor_of
from web.console.issues.issue_page import issue_or_404, show_issue, wants_json
from web.console.issues.pictures import picture_answers
from web.whole_numbers import whole_number


@vary_on_headers("Accept")
def library(request: HttpRequest, slug: str) -> HttpResponse:
    """GET lists the pictures of all issues, with ?q= those described by these words; POST takes one into this issue."""
    issue = issue_or_404(slug)
    if request.method == "POST":
        return _take(request, issue)
    return _page(request, issue)


def _page(request: HttpRequest, issue: IssueRecord, status: int = 200, problem: str = "") -> HttpResponse:
    search = request.GET.get("q", "")[:200]
    matches = picture_library.find(search, whole_number(request.GET.get("page", ""), 9) or 1)
    here = {digest: path for path, digest in sorted(issue_state.head(issue.pk).pictures.items(), reverse=True)}
    rows = [
        {"picture": picture, "here": here.get(picture.digest, ""), **_described(picture.figure)} for picture in matches.pictures
    ]  # fmt: skip
    return show_issue(
        request, issue, "console/issues/pictures/library.html", "issue-pictures", status, rows=rows, matches=matches,
        search=search, problem=problem, before=matches.page - 1, after=matches.page + 1 if matches.page < matches.pages else 0,
    )  # fmt: skip


def _described(figure: doc.Figure | None) -> dict[str, str]:
    if figure is None:
        return {"alt": "", "caption": "", "credit": ""}
    return {"alt": figure.alt, "caption": doc.plain(figure.caption), "credit": doc.plain(figure.credit)}


def _take(request: HttpRequest, issue: IssueRecord) -> HttpResponse:
    """Copy a picture with its credit into this issue. Alternative text and caption come along only if the form asks for them."""
    wished = request.POST.getlist("with")
    try:
        path, figure = picture_library.take(actor_of(request), issue, request.POST.get("digest", "")[:64])
        if wants_json(request):
            return picture_answers.answer(issue, path, **_for_editor(figure, wished))
    except picture_answers.REFUSALS as fault:
        problem = picture_answers.refusal(fault, "")
        return picture_answers.refused(problem) if wants_json(request) else _page(request, issue, 422, problem)
    messages.success(request, _("%(picture)s is in this issue now.") % {"picture": path})
    lines = {"picture": path, "alt": figure.alt if figure and "alt" in wished else ""}
    if figure is not None:
        lines |= {"credit": print_inlines(figure.credit)}
        lines |= {"caption": print_inlines(figure.caption) if "caption" in wished else ""}
    return redirect(f"/console/issues/{issue.slug}/pictures/?{urlencode({key: text for key, text in lines.items() if text})}")


def _for_editor(figure: doc.Figure | None, wished: list[str]) -> dict[str, Any]:
    """The description as text, and caption and credit also as nodes of the editor."""
    credit = figure.credit if figure is not None else ()
    caption = figure.caption if figure is not None and "caption" in wished else ()
    return {
        "alt": figure.alt if figure is not None and "alt" in wished else "",
        "caption": doc.plain(caption), "captionContent": inlines_to_editor(caption),
        "credit": doc.plain(credit), "creditContent": inlines_to_editor(credit),
    }  # fmt: skip
