"""What is under way: campaigns that are drafts, that are scheduled, that are being sent, and that were sent last."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from campaigns.models import Campaign
from campaigns.reporting import outcome_counts
from campaigns.sending import schedule
from web.console.campaigns import progress_bars
from web.console.campaigns.progress_bars import CampaignLine

MOST_CAMPAIGNS = 10
REPORTS = 3


@dataclass(frozen=True, slots=True)
class LastReport:
    """A campaign that was sent. `delivered` and `bounced` are None while they are not counted."""

    campaign: Campaign
    accepted: int
    delivered: int | None
    bounced: int | None


def _campaigns() -> QuerySet[Campaign]:
    campaigns = Campaign.objects.select_related("version__issue").prefetch_related("lists")
    return campaigns.defer("version__findings")  # the name of an issue needs its sources


def drafts() -> list[Campaign]:
    """The newest comes first."""
    return list(_campaigns().filter(state="draft").order_by("-id")[:MOST_CAMPAIGNS])


def scheduled() -> list[CampaignLine]:
    """Return the scheduled campaigns, in the order in which they begin."""
    campaigns = list(_campaigns().filter(state="scheduled").order_by("scheduled_at", "id")[:MOST_CAMPAIGNS])
    hours = schedule.local_hours([campaign.pk for campaign in campaigns])
    return [CampaignLine(campaign, [], 0, hours.get(campaign.pk)) for campaign in campaigns]


def being_sent() -> list[CampaignLine]:
    campaigns = _campaigns().filter(state__in=("filling", "sending", "paused")).order_by("-id")
    return progress_bars.lines_of(list(campaigns[:MOST_CAMPAIGNS]), exact=False)


def last_reports() -> list[LastReport]:
    campaigns = list(_campaigns().filter(state="sent").order_by("-finished_at", "-id")[:REPORTS])
    counts = outcome_counts.of_campaigns([campaign.pk for campaign in campaigns])
    lines = progress_bars.lines_of(campaigns, exact=False)
    return [_last_report(line, counts.get(line.campaign.pk, {})) for line in lines]


def _last_report(line: CampaignLine, counts: Mapping[str, int]) -> LastReport:
    return LastReport(line.campaign, line.accepted, counts.get("delivered"), counts.get("bounced"))
