"""What is under way: campaigns that are scheduled, that are being sent, and that were sent last."""

from __future__ import annotations

from django.db.models import QuerySet

from campaigns.models import Campaign
from campaigns.sending import schedule
from web.console.campaigns import progress_bars
from web.console.campaigns.progress_bars import CampaignLine

MOST_CAMPAIGNS = 10
REPORTS = 3


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
