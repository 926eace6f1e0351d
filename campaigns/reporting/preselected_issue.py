"""Chooses the issue that a new one takes its head and footer from, if nobody chooses another.

The newest issue of all would often be the wrong one: a draft of somebody else, or of another newsletter.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from django.contrib.auth.models import User

from campaigns.models import Campaign
from editorial.models import IssueEdit, IssueRecord


class Why(StrEnum):
    SENT = "sent"  # the last issue of this newsletter that was sent
    OWN = "own"  # none was sent; the last issue that this person worked on
    NONE = "none"  # neither


class Preselected(NamedTuple):
    issue: IssueRecord | None
    why: Why


def for_person(account: User) -> Preselected:
    """The issue to begin from. An issue with another title than that of the person's last one is one of another newsletter."""
    with_source = IssueRecord.objects.filter(source__head__gt=0)
    newest = IssueEdit.objects.filter(actor__user=account, issue__source__head__gt=0).order_by("-id").values("issue")[:1]
    own = with_source.filter(pk__in=newest).first()
    sent = Campaign.objects.filter(started_at__isnull=False, version__issue__source__head__gt=0).order_by("-started_at", "-id")
    if own is not None:
        sent = sent.filter(version__issue__title=own.title)
    last = sent.values_list("version__issue", flat=True).first()
    if last is not None:
        return Preselected(with_source.get(pk=last), Why.SENT)
    return Preselected(own, Why.OWN if own is not None else Why.NONE)
