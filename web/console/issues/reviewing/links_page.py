"""Review links of an issue: links for comments, which staff pass on, and approving links, which Mailroom mails."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from composer.errors import ComposeError
from config import public_urls
from editorial.models import IssueRecord, IssueSource, IssueVersion, ReviewLink
from editorial.review import review_links, version_differences
from editorial.review.review_links import ReviewLinkError
from web.console.console_page import actor_of
from web.console.issues.issue_page import issue_or_404, show_issue
from web.texts import refusal_texts
from worker.wake import wake

MOST_LINES = 100
NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class LinkLine:
    """One link in the list. `url`: only of an open link for comments; that of an approving link is shown to nobody."""

    link: ReviewLink
    state: str
    url: str


def links(request: HttpRequest, slug: str) -> HttpResponse:
    """GET lists the links and shows the forms; POST makes a link."""
    issue = issue_or_404(slug)
    if request.method != "POST":
        return _page(request, issue)
    try:
        made = _make(request, issue)
    except ReviewLinkError as fault:
        return _page(request, issue, 422, refusal_texts.refusal(fault))
    except ComposeError as error:
        count = len([finding for finding in error.findings if finding.level == "error"]) or len(error.findings)
        problem = _("The newest text has %(count)s errors, so there is no mail to show yet. They have to be corrected first.")
        if count == 1:
            problem = _("The newest text has an error, so there is no mail to show yet. It has to be corrected first.")
        return _page(request, issue, 422, problem % {"count": count})
    if made.kind == ReviewLink.Kind.APPROVE:
        wake("send_singles")
        messages.success(request, _("The link is on its way to %(address)s.") % {"address": made.address})
    else:
        messages.success(request, _("The link is ready. Copy it from the list and pass it on."))
    return redirect("issue-links", slug=issue.slug)


def revoke(request: HttpRequest, slug: str, link_id: int) -> HttpResponse:
    issue = issue_or_404(slug)
    if review_links.revoke(actor_of(request), issue, link_id):
        messages.success(request, _("The link is revoked. It no longer works."))
    else:
        messages.error(request, _("This link was revoked before, or has expired."))
    return redirect("issue-links", slug=issue.slug)


def _make(request: HttpRequest, issue: IssueRecord) -> ReviewLink:
    given = request.POST
    actor = actor_of(request)
    days = int(given.get("days", "")) if given.get("days", "").isdecimal() and len(given.get("days", "")) < 4 else 0
    language = given.get("language", "") if given.get("language", "") in dict(settings.LANGUAGES) else ""
    name, address = given.get("name", ""), given.get("address", "")
    approving = given.get("kind") == ReviewLink.Kind.APPROVE
    if approving:
        review_links.check_approving(actor, address)  # before a version is stored for a link that is then refused
    review_links.check(actor, name, days)
    version = issue.current
    if version is None or given.get("version") == NEWEST:
        version = review_links.newest_version(actor, issue)
    if approving:
        return review_links.create_approving(actor, version, name, address, days=days, language=language)
    return review_links.create(actor, version, name, days=days, language=language)


def _page(request: HttpRequest, issue: IssueRecord, status: int = 200, fault: str = "") -> HttpResponse:
    newest = list(review_links.of_issue(issue)[: MOST_LINES + 1])
    typed: dict[str, Any] = request.POST.dict()
    return show_issue(
        request, issue, "console/issues/links.html", "issue-review", status, lines=[_line(link) for link in newest[:MOST_LINES]],
        more=len(newest) > MOST_LINES, fault=fault, typed=typed, current=issue.current,
        has_newer=_has_newer(issue, issue.current), default_days=review_links.DEFAULT_DAYS,
        most_days=review_links.MOST_DAYS, longest_name=review_links.LONGEST_NAME,
        may_approve=request.user.has_perm(review_links.APPROVING),
    )  # fmt: skip


def _line(link: ReviewLink) -> LinkLine:
    if not review_links.is_open(link):
        return LinkLine(link, "revoked" if link.revoked_at else "expired", "")
    is_shown = link.kind == ReviewLink.Kind.COMMENT
    return LinkLine(link, "open", public_urls.review_link_url(review_links.token_of(link)) if is_shown else "")


def _has_newer(issue: IssueRecord, current: IssueVersion | None) -> bool:
    """Whether the newest text is another one than that of the current version."""
    if current is None:
        return IssueSource.objects.filter(issue=issue, head__gt=0).exists()
    return version_differences.is_changed(current)
