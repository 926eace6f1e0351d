"""Puts issues that were sent before Mailroom was in use into the archive of a list, with their day, without sending anything."""

from datetime import date

from django.db import transaction

from campaigns.models import Campaign, PastIssue
from composer.issue.days import read_day
from editorial import issue_versions
from editorial.importing import questions
from editorial.models import IssueRecord, IssueRevision
from editorial.sources import issue_state
from publication import audit, clock
from publication.domain_errors import DomainError
from publication.installation import publication
from publication.models import Actor
from subscribers.models import MailingList

RIGHT = "campaigns.add_pastissue"
FIRST_DAY = date(1970, 1, 1)


class PastIssueError(DomainError):
    """An issue that cannot be put into an archive as one that was sent before."""


def add(actor: Actor, issue: IssueRecord, list_slug: str, day: str) -> PastIssue:
    """Store the newest text as a version that the archive of a list shows as sent on that day. A second call replaces the first.

    Whether the archive is public is the list's own setting. Raises PastIssueError, ComposeError, SourceEditError.
    """
    if actor.user is None or not actor.user.has_perm(RIGHT):
        raise PastIssueError("permission", name=actor.name)
    mailing_list = MailingList.objects.filter(slug=list_slug).first()
    if mailing_list is None:
        raise PastIssueError("list")
    sent_on = read_day(day)
    if sent_on is None or sent_on < FIRST_DAY:
        raise PastIssueError("date", text=day[:50])
    if sent_on > clock.in_zone(clock.now(), publication().zone).date():
        raise PastIssueError("future", day=sent_on.isoformat())
    if Campaign.objects.filter(version__issue=issue).exclude(state__in=("draft", "cancelled")).exists():
        raise PastIssueError("sent", issue=issue.slug)
    if count := questions.count(issue_state.head(issue.pk)):
        raise PastIssueError("doubts", count=count)
    with transaction.atomic():
        version = issue_versions.store_head(actor, issue, IssueRevision.Reason.REVIEW).version
        if errors := [finding for finding in version.findings if finding.get("level") == "error"]:
            raise PastIssueError("errors", count=len(errors))
        PastIssue.objects.filter(version__issue=issue, list=mailing_list).delete()
        made = PastIssue.objects.create(version=version, list=mailing_list, day=sent_on, actor=actor)
        audit.record(actor, "add_past_issue", issue, issue=issue.slug, list=mailing_list.slug, day=sent_on.isoformat())
    return made


def remove(actor: Actor, issue: IssueRecord) -> int:
    """Take an issue out of the archives into which `add` put it; the number of archives. Raises PastIssueError."""
    if actor.user is None or not actor.user.has_perm(RIGHT):
        raise PastIssueError("permission", name=actor.name)
    with transaction.atomic():
        lists = list(PastIssue.objects.filter(version__issue=issue).values_list("list__slug", flat=True))
        PastIssue.objects.filter(version__issue=issue).delete()
        if lists:
            audit.record(actor, "remove_past_issue", issue, issue=issue.slug, lists=lists)
    return len(lists)


def of_issue(issue: IssueRecord) -> list[PastIssue]:
    """The archives that show an issue as sent before Mailroom was in use."""
    return list(PastIssue.objects.filter(version__issue=issue).select_related("list", "actor").order_by("list__name"))
