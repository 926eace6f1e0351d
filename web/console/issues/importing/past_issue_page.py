"""The page that puts an issue that was sent before Mailroom was in use into the archive of its list."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from campaigns.reporting import past_issues
from campaigns.reporting.past_issues import PastIssueError
from composer.errors import ComposeError
from editorial.models import IssueRecord
from editorial.sources import issue_state, new_issues
from editorial.sources.edits import SourceEditError
from subscribers.models import MailingList
from web.console.console_page import actor_of
from web.console.issues.issue_page import issue_or_404, show_issue
from web.texts import refusal_texts


def page(request: HttpRequest, slug: str) -> HttpResponse:
    """GET shows in which archives the issue is; POST adds it to one, or takes it out."""
    issue = issue_or_404(slug)
    if request.method != "POST":
        return _page(request, issue)
    actor = actor_of(request)
    try:
        if request.POST.get("action") == "remove":
            past_issues.remove(actor, issue)
            messages.success(request, _("The archive does not show this issue any more."))
        else:
            past_issues.add(actor, issue, request.POST.get("list", "")[:200], request.POST.get("day", "").strip())
            messages.success(request, _("The issue is in the archive. Nothing was sent."))
    except (PastIssueError, SourceEditError) as fault:
        return _page(request, issue, refusal_texts.refusal(fault), 422)
    except ComposeError as error:
        return _page(request, issue, refusal_texts.compose_refusal(error), 422)
    return redirect("issue-past", slug=issue.slug)


def _page(request: HttpRequest, issue: IssueRecord, problem: str = "", status: int = 200) -> HttpResponse:
    head = new_issues.head_of(issue_state.head(issue.pk))
    day = request.POST.get("day", "") if status != 200 else head.date.isoformat() if head and head.date else ""
    return show_issue(
        request, issue, "console/issues/past_issue.html", "issue-past", status, problem=problem, day=day,
        chosen=request.POST.get("list", ""), lists=list(MailingList.objects.order_by("name")), rows=past_issues.of_issue(issue),
    )  # fmt: skip
