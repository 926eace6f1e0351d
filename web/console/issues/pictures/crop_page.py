"""Cropping a picture: a form with numbers, on which editor/picture-crop.js draws. The editor opens the same form as a dialog."""

import re
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.vary import vary_on_headers

from composer.errors import ComposeError
from composer.issue.parsing.issue_file import ISSUE_FILE
from composer.issue.parts.splitting import HEAD
from composer.themes.theme_loading import load_theme
from editorial.models import IssueRecord
from editorial.sources import issue_state, picture_crops
from editorial.sources.edits import EditConflictError, SourceEditError
from editorial.sources.originals import OriginalError
from editorial.sources.picture_crops import CropError, Cropping, Point, Rectangle
from web.console.console_page import actor_of
from web.console.issues.issue_page import issue_or_404, show_issue, wants_json
from web.console.issues.pictures import picture_answers
from web.whole_numbers import whole_number

SHAPES = (
    ("free", gettext_lazy("free")),
    ("original", gettext_lazy("as the original")),
    ("16:9", "16 : 9"),
    ("4:3", "4 : 3"),
    ("1:1", gettext_lazy("square")),
)
_THEME = re.compile(r"^theme:[ \t]*[\"']?([a-z0-9-]+)", re.MULTILINE)
_USUAL = {"widest": 560, "tallest": 560, "portrait": 120}  # CSS pixels, of an issue whose theme does not exist


@vary_on_headers("Accept")
def crop(request: HttpRequest, slug: str) -> HttpResponse:
    """GET shows the form for the picture at `path`; POST stores the crop as another picture of the issue."""
    issue = issue_or_404(slug)
    values = request.POST if request.method == "POST" else request.GET
    path = values.get("path", "")[:300]
    if request.method == "POST":
        return _apply(request, issue, path)
    if path not in issue_state.head(issue.pk).pictures:
        raise Http404
    try:
        return _page(request, issue, picture_crops.begin(issue, path))
    except picture_answers.REFUSALS as fault:
        return _page(request, issue, None, 422, picture_answers.refusal(fault, path))


def _apply(request: HttpRequest, issue: IssueRecord, path: str) -> HttpResponse:
    box = Rectangle(*(_number(request, name) for name in Rectangle._fields))
    focus = Point(_number(request, "focus_x"), _number(request, "focus_y"))
    shape = request.POST.get("shape", "")
    shape = shape if shape in picture_crops.SHAPES else "free"
    before = request.POST.get("before", "")[:64]
    try:
        stored_path = picture_crops.apply(actor_of(request), issue, path, box, focus, shape, before=before)
    except EditConflictError:
        problem, status = _("Somebody else changed this picture a moment ago. Nothing was stored. Look at the newest one."), 409
    except (ComposeError, SourceEditError, OriginalError, CropError) as fault:
        problem, status = picture_answers.refusal(fault, path), 422
    else:
        if wants_json(request):
            return picture_answers.answer(issue, stored_path)
        messages.success(request, _("Stored: %(names)s") % {"names": stored_path})
        return redirect("issue-pictures", slug=issue.slug)
    if wants_json(request):
        return picture_answers.refused(problem, status)
    return _again(request, issue, path, (box, focus, shape), problem, status)


def _again(
    request: HttpRequest, issue: IssueRecord, path: str, typed: tuple[Rectangle, Point, str], problem: str, status: int
) -> HttpResponse:
    """The form with what was typed, or only the reason if the picture is gone."""
    try:
        at = picture_crops.begin(issue, path)
    except picture_answers.REFUSALS:
        return _page(request, issue, None, status, problem)
    box, focus, shape = typed
    return _page(request, issue, at, status, problem, box=box, focus=focus, shape=shape)


def _page(
    request: HttpRequest, issue: IssueRecord, at: Cropping | None, status: int = 200, problem: str = "", **typed: Any
) -> HttpResponse:
    shown: dict[str, Any] = {}
    if at is not None:
        shown = {"box": at.box, "focus": at.focus, "shape": at.shape, "whole": picture_answers.preview_url(issue, at.digest)}
    return show_issue(
        request, issue, "console/issues/pictures/crop.html", "issue-pictures", status, at=at, problem=problem, shapes=SHAPES,
        limits=_limits(issue), least=picture_crops.LEAST, **(shown | typed),
    )  # fmt: skip


def _limits(issue: IssueRecord) -> dict[str, int]:
    """How large the issue's theme shows a picture in a mail, in CSS pixels."""
    name = _THEME.search(issue_state.newest_text(issue.pk, ISSUE_FILE, HEAD))
    try:
        theme = load_theme(name[1] if name else "cast", settings.EMAIL_THEMES)
    except ComposeError:
        return _USUAL
    return {limit: int(theme.settings["pictures"][limit]) for limit in _USUAL}


def _number(request: HttpRequest, name: str) -> int:
    return whole_number(request.POST.get(name, ""), 6) or 0
