"""The numbers of campaigns that ended, stored: a campaign to a million people takes seconds to count.

They change less and less: a complaint comes within days, an unsubscribe rarely after months. So a count is used for a tenth of
the campaign's age at which it was made, and kept for good once the clicks lose their names (policy `keep_clicks`).
"""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.db.models import QuerySet

from campaigns.measuring.click_report import names_kept_since
from campaigns.models import Campaign
from campaigns.reporting import reports
from campaigns.totals.slice_totals import LARGE
from config import statement_limits
from publication import clock
from subscribers.segments import stored_counts
from subscribers.segments.stored_counts import CountOutcome, Figures, KnownCount, PeopleCount

NUMBERS = (
    "recipients", "accepted", "delivered", "bounced", "complained", "unsubscribed", "measuring", "clicks", "measured", "clicked",
)  # fmt: skip
OVER = ("sent", "cancelled")
KEPT = timedelta(days=400)  # of campaigns that ended earlier, nothing is counted again
_AGE_SHARE = 10
_FRESH = timedelta(seconds=30)
_OF_A_PAGE = 0.1  # seconds that a page spends on that
_OF_A_ROUND = 10  # seconds of the worker
_MOST = 500


def count_of(campaign: Campaign) -> PeopleCount:
    """What is stored of a campaign's numbers, and how to count them."""

    def figures() -> Figures:
        report = reports.report(campaign.pk)
        return {name: getattr(report, name) for name in NUMBERS}

    return PeopleCount(f"totals:{campaign.pk}", "", figures)


class Counting(Enum):
    """Which numbers are counted again, if that is due, before they are used."""

    NONE = "none"
    SMALL = "small"  # of campaigns that are not large, for a moment: as a page can wait
    ALL = "all"


def totals(campaigns: Sequence[Campaign], counting: Counting = Counting.SMALL) -> dict[int, Mapping[str, Any]]:
    """Campaign -> its numbers, as far as they are known."""
    counts, known, due = _stored(campaigns)
    if counting is Counting.SMALL:
        due = [campaign for campaign in due if (campaign.recipients or 0) <= LARGE]
    if due and counting is not Counting.NONE:
        _count([counts[campaign.pk] for campaign in due], counting)
        known = stored_counts.known([*counts.values()])
    return {pk: figures for pk, count in counts.items() if (figures := known[count.name].figures) is not None}


def _stored(campaigns: Sequence[Campaign]) -> tuple[dict[int, PeopleCount], dict[str, KnownCount], list[Campaign]]:
    """Campaign -> its count, name -> what is stored of it, and the campaigns that are to be counted again."""
    counts = {campaign.pk: count_of(campaign) for campaign in campaigns}
    known, kept_since = stored_counts.known([*counts.values()]), names_kept_since()
    due = [campaign for campaign in campaigns if _is_due(campaign, known[counts[campaign.pk].name], kept_since)]
    return counts, known, due


def _count(counts: Sequence[PeopleCount], counting: Counting) -> None:
    """Make the counts, until somebody else is counting or the time of a page is over."""
    end, limit = time.monotonic() + _OF_A_PAGE, stored_counts.INLINE if counting is Counting.SMALL else statement_limits.COMMAND
    for count in counts:
        if count.make(limit) is CountOutcome.BUSY or (counting is Counting.SMALL and time.monotonic() > end):
            break


def _is_due(campaign: Campaign, known: KnownCount, kept_since: datetime) -> bool:
    if known.at is None or campaign.finished_at is None:
        return known.is_wanted
    if campaign.finished_at < kept_since:
        return False  # clicks lose their names now, and the number of people who clicked is that of before
    lasts = (known.at - campaign.finished_at) / _AGE_SHARE
    return clock.now() - known.at > max(lasts, known.pause, _FRESH)


def ended() -> QuerySet[Campaign]:
    """The campaigns of the last year that ended, the last first; a cancelled one if it had begun."""
    since = clock.now() - KEPT
    begun = Campaign.objects.newsletters().filter(state__in=OVER, started_at__isnull=False, recipients__isnull=False)
    return begun.filter(finished_at__gte=since).order_by("-finished_at")


def keep_totals(within: timedelta) -> int:
    """Count what is due of the campaigns that ended, for some seconds; how many were counted."""
    counts, _known, due = _stored(list(ended()[:_MOST]))
    counted, end = 0, time.monotonic() + _OF_A_ROUND
    for campaign in due:
        counted += counts[campaign.pk].make(within) is CountOutcome.COUNTED
        if time.monotonic() > end:
            break
    return counted
