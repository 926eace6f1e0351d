"""What is under way: issues in progress, campaigns that are scheduled, that are being sent, and that were sent last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from campaigns.models import Campaign
from campaigns.sending import schedule
from composer.issue.parsing.issue_file import ISSUE_FILE
from composer.issue.parts.splitting import HEAD
from editorial.issue_records import number_in
from editorial.models import Decision, IssueEdit, IssueRecord, Review
from publication import clock, policies
from web.console.campaigns import progress_bars
from web.console.campaigns.progress_bars import CampaignLine

MOST_ISSUES = 6
MOST_CAMPAIGNS = 10
REPORTS = 3
IN_PROGRESS_FOR = timedelta(days=90)
# An issue with a campaign in one of these states is no longer in progress.
SENT_OR_SCHEDULED = ("scheduled", "filling", "sending", "paused", "held", "sent")


@dataclass(frozen=True, slots=True)
class IssueLine:
    """An issue in progress. `state`: writing, review, changes or approved; `missing`: approvals that are still needed."""

    issue: IssueRecord
    number: str
    changed_at: datetime
    editor: str
    state: str
    due_at: datetime | None
    missing: int


def issues() -> list[IssueLine]:
    """The issues that were changed last and are not scheduled or sent."""
    editor = IssueEdit.objects.filter(issue=OuterRef("pk")).order_by("-number").values("actor__name")[:1]
    head = IssueEdit.objects.filter(issue=OuterRef("pk"), kind=IssueEdit.Kind.TEXT, file=ISSUE_FILE, part=HEAD).order_by(
        "-number"
    )
    over = Campaign.objects.filter(version__issue=OuterRef("pk"), state__in=SENT_OR_SCHEDULED)
    found = list(
        IssueRecord.objects.annotate(changed_at=Coalesce("source__changed_at", "created_at"), editor=Subquery(editor))
        .annotate(head=Subquery(head.values("text")[:1]))
        .filter(~Exists(over), changed_at__gt=clock.now() - IN_PROGRESS_FOR)
        .select_related("current")
        .defer("current__sources", "current__findings")
        .order_by("-changed_at", "-id")[:MOST_ISSUES]
    )
    due = dict(
        Review.objects.filter(version__issue__in=found, ended_at=None).order_by("id").values_list("version__issue_id", "due_at")
    )
    decided = _decisions(found)
    needed = int(policies.number("approvals"))
    return [_line(each, due, decided[each.pk], needed) for each in found]


def _decisions(found: Sequence[IssueRecord]) -> dict[int, list[str]]:
    """The newest decision of each person about the current content of each issue."""
    digests = {each.pk: each.current.digest for each in found if each.current}
    rows = Decision.objects.filter(version__issue__in=digests, version__digest__in=digests.values()).order_by("id")
    newest: dict[tuple[int, int], str] = {}
    for issue_id, digest, actor_id, kind in rows.values_list("version__issue_id", "version__digest", "actor_id", "kind"):
        if digests[issue_id] == digest:
            newest[issue_id, actor_id] = kind
    decided: dict[int, list[str]] = defaultdict(list)
    for (issue_id, _actor), kind in newest.items():
        decided[issue_id].append(kind)
    return decided


def _line(issue: IssueRecord, due: dict[int, datetime | None], decided: list[str], needed: int) -> IssueLine:
    approvals = decided.count(Decision.Kind.APPROVE)
    state = "writing"
    if Decision.Kind.CHANGES in decided:
        state = "changes"
    elif approvals:
        state = "approved"
    elif issue.pk in due:
        state = "review"
    changed_at, editor = vars(issue)["changed_at"], vars(issue)["editor"] or ""
    number = number_in({ISSUE_FILE: vars(issue)["head"] or ""})
    return IssueLine(issue, number, changed_at, editor, state, due.get(issue.pk), max(0, needed - approvals))


def _campaigns() -> QuerySet[Campaign]:
    found = Campaign.objects.select_related("version__issue").prefetch_related("lists")
    return found.defer("version__findings")  # the name of an issue needs its sources


def scheduled() -> list[CampaignLine]:
    """What begins next comes first."""
    found = list(_campaigns().filter(state="scheduled").order_by("scheduled_at", "id")[:MOST_CAMPAIGNS])
    hours = schedule.local_hours([each.pk for each in found])
    return [CampaignLine(each, [], 0, hours.get(each.pk)) for each in found]


def being_sent() -> list[CampaignLine]:
    found = _campaigns().filter(state__in=("filling", "sending", "paused")).order_by("-id")
    return progress_bars.lines_of(list(found[:MOST_CAMPAIGNS]), exact=False)


def last_reports() -> list[CampaignLine]:
    found = _campaigns().filter(state="sent").order_by("-finished_at", "-id")
    return progress_bars.lines_of(list(found[:REPORTS]), exact=False)
