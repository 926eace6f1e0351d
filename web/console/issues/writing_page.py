"""The page on which an issue is written: its outline."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from editorial.sources import issue_state
from web.console.issues.issue_page import issue_or_404, show_issue


@require_safe
def outline(request: HttpRequest, slug: str) -> HttpResponse:
    """The parts of the issue's newest source."""
    issue = issue_or_404(slug)
    return show_issue(request, issue, "console/issues/outline.html", "issue", state=issue_state.head(issue.pk))
