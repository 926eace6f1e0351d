"""Chooses the issue that a new one takes its head and footer from, if nobody chooses another.

The newest issue of all would often be the wrong one: a draft of somebody else, or of another newsletter.
"""

from enum import StrEnum
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db.models import QuerySet

from campaigns.models import Campaign, PastIssue
from editorial.models import IssueEdit, IssueRecord


class Why(StrEnum):
    SENT = "sent"  # the last issue of this newsletter that was sent
    OWN = "own"  # none was sent; the last issue that this person worked on
    ONLY = "only"  # neither; the newest issue, because there is only one newsletter
    NONE = "none"  # neither, and there are several newsletters


class Preselected(NamedTuple):
    issue: IssueRecord | None
    why: Why


def for_person(account: User) -> Preselected:
    """The issue to begin from. An issue with another title than that of the person's last one is one of another newsletter."""
    with_source = IssueRecord.objects.filter(source__head__gt=0)
    newest = IssueEdit.objects.filter(actor__user=account, issue__source__head__gt=0).order_by("-id").values("issue")[:1]
    own = with_source.filter(pk__in=newest).first()
    last = _last_sent(with_source if own is None else with_source.filter(title=own.title))
    if last is not None:
        return Preselected(last, Why.SENT)
    if own is not None:
        return Preselected(own, Why.OWN)
    if with_source.values("title").distinct().count() == 1:
        return Preselected(with_source.latest("id"), Why.ONLY)
    return Preselected(None, Why.NONE)


def _last_sent(issues: QuerySet[IssueRecord]) -> IssueRecord | None:
    """The issue that was sent last; of issues that were sent before Mailroom was in use, that of the latest day."""
    sent = Campaign.objects.newsletters().filter(started_at__isnull=False, version__issue__in=issues)
    campaign = sent.order_by("-started_at", "-id")
    past = PastIssue.objects.filter(version__issue__in=issues).order_by("-day", "-id")
    for sent_issues in (campaign, past):
        last = sent_issues.values_list("version__issue", flat=True).first()
        if last is not None:
            return issues.get(pk=last)
    return None
