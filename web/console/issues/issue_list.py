"""The list of issues: state, who edited last, search."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from campaigns.reporting import issue_list
from web.console.console_page import show
from web.texts import issue_texts


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """A page of issues, the newest first; with ?q= those that contain these words, with ?state= those in this state."""
    search, state = request.GET.get("q", "")[:200], request.GET.get("state", "")
    number = request.GET.get("page", "")
    page = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 1
    found = issue_list.find(search, state, page)
    states = [(code, issue_texts.STATES[code]) for code in issue_list.STATES]
    return show(
        request, "console/issues/issues.html", found=found, search=search, chosen=state if state in issue_list.STATES else "",
        states=states, before=found.page - 1, after=found.page + 1 if found.page < found.pages else 0,
    )  # fmt: skip
