"""The list of issues: state, who edited last, search."""

from django.http import HttpRequest, HttpResponse

from campaigns.reporting import issue_list
from web.console.console_page import show
from web.texts.issues import issue_texts
from web.whole_numbers import whole_number


def listing(request: HttpRequest) -> HttpResponse:
    """A page of issues, the newest first; with ?q= those that contain these words, with ?state= those in this state."""
    search, state = request.GET.get("q", "")[:200], request.GET.get("state", "")
    matches = issue_list.find(search, state, whole_number(request.GET.get("page", ""), 9) or 1)
    states = [(code, issue_texts.STATES[code]) for code in issue_list.STATES]
    return show(
        request, "console/issues/issues.html", matches=matches, search=search, chosen=state if state in issue_list.STATES else "",
        states=states, before=matches.page - 1, after=matches.page + 1 if matches.page < matches.pages else 0,
    )  # fmt: skip
