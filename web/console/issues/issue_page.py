"""Shared by the pages of one issue: the issue of a URL, and the frame with its tabs."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from editorial.issue_records import IssueFault, find_issue
from editorial.models import IssueRecord
from web.console.console_page import show

# (name of the URL, title, permission without which the tab is not shown)
TABS: tuple[tuple[str, str | Promise, str], ...] = (
    ("issue", _("Write"), "editorial.view_issuerecord"),
    ("issue-preview", _("Preview"), "editorial.view_issuerecord"),
    ("issue-send", _("Sending"), "campaigns.add_campaign"),
)  # fmt: skip


def issue_or_404(slug: str) -> IssueRecord:
    try:
        return find_issue(slug)
    except IssueFault:
        raise Http404 from None


def show_issue(
    request: HttpRequest, issue: IssueRecord, template: str, tab: str, status: int = 200, **context: Any
) -> HttpResponse:
    """A page of an issue, in the frame console/issues/issue_frame.html. `tab`: the name of its URL in TABS."""
    tabs = [
        {"url": reverse(name, args=[issue.slug]), "title": title, "here": name == tab}
        for name, title, permission in TABS
        if request.user.has_perm(permission)
    ]
    return show(request, template, status, issue=issue, tabs=tabs, **context)
