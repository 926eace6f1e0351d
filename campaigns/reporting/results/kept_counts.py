"""Counts in the worker what the reports of large campaigns show as counted before: their clicks and the parts of their audience.

Most happens in the hours after a campaign; later a count may be older. All counts together take a small part of one processor,
and next to nothing of it while a campaign is being sent.
"""

from collections.abc import Collection, Iterator
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
BESIDE_SENDING = timedelta(minutes=10)  # while something is being sent, a count may be so old: the workers need the processor


def keep(within: timedelta) -> int:
    """Count what is too old, each `within` this time; how many were counted."""
    asked = _asked()
    is_sending = Campaign.objects.newsletters().filter(state__in=("filling", "sending")).exists()
    counts = [(campaign, count) for campaign in _campaigns(asked) for count in _counts(campaign)]
    known = stored_counts.known([count for _campaign, count in counts])
    due = [
        count
        for campaign, count in counts
        if _is_due(campaign, known[count.name], BESIDE_SENDING if is_sending and campaign.pk not in asked else timedelta(0))
    ]
    return sum(count.make(within) is CountOutcome.COUNTED for count in due[:AT_ONCE])


def _asked() -> set[int]:
    """The campaigns whose page had not enough time to count them."""
    names = StoredCount.objects.filter(name__startswith=audience_parts.NAME, counted_at=None).values_list("name", flat=True)
    return {int(name.removeprefix(audience_parts.NAME)) for name in names}


def _campaigns(asked: Collection[int]) -> Iterator[Campaign]:
    large = Campaign.objects.filter(has_totals=True, started_at__isnull=False).order_by("-started_at")
    last = list(large[:LAST])
    yield from last
    yield from large.filter(pk__in=set(asked) - {campaign.pk for campaign in last})


def _counts(campaign: Campaign) -> tuple[PeopleCount, ...]:
    return audience_parts.count_of(campaign), click_report.count_of(campaign)


def _is_due(campaign: Campaign, known: KnownCount, least: timedelta) -> bool:
    """Whether a count is older than it may be, and at least so old; one that was never made counts from the beginning."""
    now = clock.now()
    if known.at is None:
        return now - (campaign.started_at or now) >= least
    age = now - (campaign.finished_at or now)
    return now - known.at > max(known.pause, min(age / SHARE_OF_AGE, OLDEST), least)
