"""The list of issues."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from editorial.models import IssueRecord
from web.console.console_page import show


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Every issue, the newest first."""
    return show(request, "console/issues/issues.html", issues=IssueRecord.objects.order_by("-id"))
