"""Counts in the worker what the reports of large campaigns show as counted before: their clicks and the parts of their audience.

Most happens in the hours after a campaign; later a count may be older. All counts together take a small part of one processor.
"""

from collections.abc import Iterator
from datetime import timedelta

from campaigns.measuring import click_report
from campaigns.models import Campaign
from campaigns.reporting.results import audience_parts
from publication import clock
from subscribers.models import StoredCount
from subscribers.segments import stored_counts
from subscribers.segments.stored_counts import CountOutcome, KnownCount, PeopleCount

LAST = 10  # campaigns; those before them are counted if somebody opens their report
SHARE_OF_AGE = 50  # a count may be a fiftieth as old as the campaign
OLDEST = timedelta(days=1)
AT_ONCE = 4


def keep(within: timedelta) -> int:
    """Count what is too old, each `within` this time; how many were counted."""
    due = [count for campaign in _campaigns() for count in _counts(campaign) if _is_due(campaign, count)]
    return sum(count.make(within) is CountOutcome.COUNTED for count in due[:AT_ONCE])


def _campaigns() -> Iterator[Campaign]:
    large = Campaign.objects.filter(has_totals=True, started_at__isnull=False).order_by("-started_at")
    last = list(large[:LAST])
    yield from last
    # A page asked for these, and had not enough time for them.
    asked = StoredCount.objects.filter(name__startswith=audience_parts.NAME, counted_at=None).values_list("name", flat=True)
    numbers = {int(name.removeprefix(audience_parts.NAME)) for name in asked} - {campaign.pk for campaign in last}
    yield from large.filter(pk__in=numbers)


def _counts(campaign: Campaign) -> tuple[PeopleCount, ...]:
    return audience_parts.count_of(campaign), click_report.count_of(campaign)


def _is_due(campaign: Campaign, count: PeopleCount) -> bool:
    known: KnownCount = stored_counts.known([count])[count.name]
    if known.at is None:
        return True
    now = clock.now()
    age = now - (campaign.finished_at or now)
    return now - known.at > max(timedelta(seconds=known.seconds * stored_counts.OLD_BY_COST), min(age / SHARE_OF_AGE, OLDEST))
