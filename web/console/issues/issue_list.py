"""The list of issues: state, who edited last, search; and beginning a new issue."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.reporting import issue_list, preselected_issue
from editorial.models import IssueRecord
from editorial.sources import issue_state, new_issues
from editorial.sources.new_issues import IssueDetails, NewIssueError
from web.console.console_page import actor_of, show
from web.console.issues.issue_page import account
from web.texts import refusal_texts
from web.texts.issues import issue_texts
from web.whole_numbers import whole_number


def listing(request: HttpRequest) -> HttpResponse:
    """A page of issues, those that wait for this person and then the newest first; with ?q= those that contain these words, with
    ?state= those in this state.
    """
    search, state = request.GET.get("q", "")[:200], request.GET.get("state", "")
    can_review = request.user.has_perm("editorial.view_review")
    waiting = issue_list.waiting(account(request)) if can_review and not (search or state) else frozenset()
    matches = issue_list.find(search, state, whole_number(request.GET.get("page", ""), 9) or 1, waiting)
    states = [(code, issue_texts.STATES[code]) for code in issue_list.STATES]
    return show(
        request, "console/issues/issues.html", matches=matches, search=search, chosen=state if state in issue_list.STATES else "",
        states=states, waiting=waiting, before=matches.page - 1, after=matches.page + 1 if matches.page < matches.pages else 0,
    )  # fmt: skip


TEMPLATE = "-"  # in the place of the slug: Mailroom's template
_MOST_CHOICES = 200
_OPENING_MARK = gettext_lazy("This is the opening of the earlier issue. Rewrite it, or keep it.")


def begin(request: HttpRequest) -> HttpResponse:
    """GET shows the form, filled in for the issue after ?from=; POST creates the issue and opens it."""
    choices = list(IssueRecord.objects.filter(source__head__gt=0).order_by("-id").values_list("slug", "title")[:_MOST_CHOICES])
    asked = (request.POST if request.method == "POST" else request.GET).get("from", "")
    template = IssueRecord.objects.filter(slug=asked).first() if asked and asked != TEMPLATE else None
    why = ""
    if template is None and asked != TEMPLATE and choices:
        template, why = preselected_issue.for_person(account(request))
    if request.method != "POST":
        typed = new_issues.suggestion(issue_state.head(template.pk) if template else None)
        return _form(request, choices, template, typed, why=why)
    typed = IssueDetails(*(request.POST.get(name, "").strip() for name in ("title", "number", "date")))
    try:
        begun = new_issues.begin(actor_of(request), typed, template, opening_mark=str(_OPENING_MARK))
    except NewIssueError as fault:
        return _form(request, choices, template, typed, fault)
    messages.success(request, _("The issue is ready. Everything you write in it is saved as you go."))
    return redirect("issue", slug=begun.slug)


def _form(
    request: HttpRequest,
    choices: list[tuple[str, str]],
    template: IssueRecord | None,
    typed: IssueDetails,
    fault: NewIssueError | None = None,
    why: str = "",
) -> HttpResponse:
    return show(
        request, "console/issues/new_issue.html", 422 if fault else 200, choices=choices, begun_from=template, typed=typed,
        template_code=TEMPLATE, why=why, problem=refusal_texts.refusal(fault) if fault else "",
        existing=fault.params["issue"] if fault and fault.code == "taken" else "",
    )  # fmt: skip
