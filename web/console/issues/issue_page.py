"""Shared by the pages of one issue: the issue of a URL, the frame with its tabs, addresses of parts, and who else is here."""

from typing import Any

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from campaigns.reporting import issue_list
from composer.issue.parts.splitting import Part
from editorial.issue_records import IssueError, find_issue
from editorial.models import IssueRecord
from editorial.sources.issue_state import IssueState
from web.console.console_page import show
from web.texts.issues import issue_texts
from web.whole_numbers import whole_number

# (name of the URL, title, permission without which the tab is not shown)
TABS: tuple[tuple[str, str | Promise, str], ...] = (
    ("issue", _("Write"), "editorial.view_issuerecord"),
    ("issue-preview", _("Preview"), "editorial.view_issuerecord"),
    ("issue-review", _("Review"), "editorial.view_review"),
    ("issue-pictures", _("Pictures"), "editorial.view_issuerecord"),
    ("issue-languages", _("Languages"), "editorial.view_issuerecord"),
    ("issue-revisions", _("Revisions"), "editorial.view_issuerecord"),
    ("issue-send", _("Sending"), "campaigns.add_campaign"),
)  # fmt: skip
MAY_EDIT = "editorial.change_issuerecord"


def issue_or_404(slug: str) -> IssueRecord:
    try:
        return find_issue(slug)
    except IssueError:
        raise Http404 from None


def show_issue(
    request: HttpRequest, issue: IssueRecord, template: str, tab: str, status: int = 200, **context: Any
) -> HttpResponse:
    """A page of an issue, in the frame console/issues/issue_frame.html. `tab`: the name of its URL in TABS."""
    tabs = [
        {"url": resolve_url(name, slug=issue.slug), "title": title, "here": name == tab}
        for name, title, permission in TABS
        if request.user.has_perm(permission)
    ]
    state = issue_list.state_of(issue.pk)
    stage = _stage(state)
    return show(
        request, template, status, issue=issue, issue_number=state.number, tabs=tabs, stage=stage["code"],
        stage_text=stage["text"], before_editing=stage["note"], **context,
    )  # fmt: skip


def stage_of(issue: IssueRecord) -> dict[str, str]:
    """The state of an issue and what a change means for it, for a page that is open."""
    return _stage(issue_list.state_of(issue.pk))


def _stage(state: issue_list.ListedIssueState) -> dict[str, str]:
    text, note = issue_texts.stage_text(state.code, state.version), issue_texts.before_editing(state.code)
    return {"code": state.code, "text": text, "note": note}


def account(request: HttpRequest) -> User:
    """Who is signed in; pages of issues are only for people who are."""
    assert isinstance(request.user, User)  # noqa: S101 - web.access has checked it
    return request.user


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asks, instead of the form of the same page."""
    return request.headers.get("Accept", "").startswith("application/json")


def part_url(issue: IssueRecord, file: str, part: str, name: str = "issue-part") -> str:
    """The address of the page of a part, or of another page about it."""
    return f"{resolve_url(name, slug=issue.slug)}?{urlencode({'file': file, 'part': part})}"


def resolve_thumbnail(issue: IssueRecord, digest: str) -> str:
    """The address of the small rendition of a picture of an issue."""
    return resolve_url("issue-thumbnail", slug=issue.slug, digest=digest)


def go_to_part(issue: IssueRecord, file: str, part: str, view: str = "", beside: str = "", undo: str = "") -> HttpResponse:
    """The page of a part again. `view`: "source" for its text with marks; `beside`: a language shown next to it; `undo`: a
    step that is offered to be taken back."""
    values = {"file": file, "part": part} | ({"view": "source"} if view == "source" else {})
    values |= ({"beside": beside[:80]} if beside else {}) | ({"undo": undo} if undo else {})
    return redirect(f"/console/issues/{issue.slug}/part/?{urlencode(values)}")


def part_of(state: IssueState, file: str, name: str) -> Part | None:
    return next((part for part in state.files.get(file, ()) if part.id == name), None)


def asked_part(request: HttpRequest) -> tuple[str, str]:
    values = request.POST if request.method == "POST" else request.GET
    return values.get("file", "")[:200], values.get("part", "")[:200]


def asked_number(request: HttpRequest, name: str) -> int:
    values = request.POST if request.method == "POST" else request.GET
    return whole_number(values.get(name, ""), 9) or 0
