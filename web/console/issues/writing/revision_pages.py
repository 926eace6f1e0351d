"""The revisions of an issue: the list, what differs between two of them, and restoring one."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from editorial.models import IssueRecord
from editorial.sources import comparing, edits, issue_state, revisions
from editorial.sources.edits import EditConflictError, SourceEditError
from editorial.sources.issue_state import IssueState
from web.console.console_page import actor_of
from web.console.issues.issue_page import MAY_EDIT, asked_number, issue_or_404, show_issue
from web.texts import refusal_texts

PER_PAGE = 50
NEWEST = 0  # in the place of a revision's number: the newest text


def listing(request: HttpRequest, slug: str) -> HttpResponse:
    return _listing(request, issue_or_404(slug))


def _listing(request: HttpRequest, issue: IssueRecord, status: int = 200, problem: str = "") -> HttpResponse:
    total = issue.revisions.count()
    pages = max(1, -(-total // PER_PAGE))
    page = min(max(1, asked_number(request, "page")), pages)
    return show_issue(
        request, issue, "console/issues/revisions.html", "issue-revisions", status, page=page, pages=pages, problem=problem,
        revisions=revisions.listed(issue, PER_PAGE, (page - 1) * PER_PAGE),
        before=page - 1, after=page + 1 if page < pages else 0, may_edit=request.user.has_perm(MAY_EDIT),
    )  # fmt: skip


def compare(request: HttpRequest, slug: str) -> HttpResponse:
    """What differs between the revisions ?from= and ?to=; 0 is the newest text."""
    issue = issue_or_404(slug)
    old, new = asked_number(request, "from"), asked_number(request, "to")
    if new != NEWEST and (old == NEWEST or old > new):
        old, new = new, old
    comparison = comparing.compare_states(_state(issue, old), _state(issue, new))
    return show_issue(
        request, issue, "console/issues/revision_compare.html", "issue-revisions", comparison=comparison, old=old, new=new,
        may_edit=request.user.has_perm(MAY_EDIT),
    )  # fmt: skip


def _state(issue: IssueRecord, number: int) -> IssueState:
    if number == NEWEST:
        return issue_state.head(issue.pk)
    revision = issue.revisions.filter(number=number).first()
    if revision is None:
        raise Http404
    return issue_state.at_edit(issue.pk, revision.edit)


def restore(request: HttpRequest, slug: str) -> HttpResponse:
    """GET shows what restoring ?revision= would change; POST restores it, unless the issue was changed since."""
    issue = issue_or_404(slug)
    number = asked_number(request, "revision")
    problem, status = "", 200
    if request.method == "POST":
        try:
            edits.restore_revision(actor_of(request), issue, number, head=asked_number(request, "head"))
        except SourceEditError as fault:
            problem, status = refusal_texts.refusal(fault), 409 if fault.code == "moved" else 422
            if fault.code == "revision":
                return _listing(request, issue, status, problem)
        except EditConflictError:
            problem, status = _("Somebody else changed this issue at the same time. Nothing was restored."), 409
        else:
            messages.success(request, _("Revision %(number)s is the newest text again.") % {"number": number})
            return redirect("issue", slug=issue.slug)
    newest = issue_state.head(issue.pk)
    if number == NEWEST:
        raise Http404
    comparison = comparing.compare_states(newest, _state(issue, number))
    return show_issue(
        request, issue, "console/issues/restore.html", "issue-revisions", status, comparison=comparison, number=number,
        head=newest.number, problem=problem,
    )  # fmt: skip
