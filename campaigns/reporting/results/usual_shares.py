"""What is usual: the medians of the last campaigns to the same lists, beside which a report shows its own shares."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from statistics import median

from campaigns.models import Campaign
from campaigns.reporting import reports
from subscribers.segments import stored_counts
from subscribers.segments.stored_counts import Figures, PeopleCount

LAST = 10
FEWEST = 3  # campaigns; the median of fewer says nothing
_PARTS = {
    "delivered": "accepted",
    "bounced": "accepted",
    "unsubscribed": "delivered",
    "complained": "delivered",
    "clicks": "delivered",
}


def totals_of(campaign: Campaign) -> PeopleCount:
    """The numbers of a campaign that a later one is compared with."""

    def figures() -> Figures:
        report = reports.report(campaign.pk)
        return {name: getattr(report, name) for name in {*_PARTS, *_PARTS.values(), "measuring"}}

    return PeopleCount(f"totals:{campaign.pk}", "", figures)


def earlier_than(campaign: Campaign) -> Sequence[Campaign]:
    """The last ten campaigns that were sent before it, to at least one of its lists; not follow-ups, welcomes, nor those to
    fewer than ten people.
    """
    sent = Campaign.objects.filter(
        state="sent", lists__in=campaign.lists.all(), recipients__gte=10, followed=None, welcome_to=None
    )
    sent = sent.exclude(pk=campaign.pk)
    before = sent.filter(finished_at__lt=campaign.finished_at) if campaign.finished_at else sent
    return list(before.distinct().order_by("-finished_at")[:LAST])


def usual(campaign: Campaign) -> Mapping[str, float]:
    """Number -> the median of its share, of those that enough campaigns have; empty: no comparison yet.

    `delivered` and `bounced` are shares of the accepted, the others of the delivered; `clicks` of campaigns that counted them.
    """
    if campaign.followed_id is not None:
        return {}  # its people are not those whom the lists usually reach
    counts = [totals_of(earlier) for earlier in earlier_than(campaign)]
    stored = stored_counts.known(counts)
    # The worker counts again what is old; a page only what was never counted.
    stored |= stored_counts.for_page([count for count in counts if stored[count.name].at is None])
    known = [count.figures for count in stored.values() if count.figures]
    medians = {}
    for name, whole in _PARTS.items():
        shares = [totals[name] / totals[whole] for totals in known if totals.get(name) is not None and totals[whole]]
        if len(shares) >= FEWEST:
            medians[name] = median(shares)
    return medians


def keep_totals(within: timedelta) -> int:
    """Count again what is old, or was never counted, of the campaigns that were sent last; how many were counted."""
    ended = Campaign.objects.filter(state="sent", welcome_to=None).order_by("-finished_at")[: 2 * LAST]
    counts = [totals_of(campaign) for campaign in ended]
    known = stored_counts.known(counts)
    due = [count for count in counts if known[count.name].is_wanted]
    return sum(count.make(within) is stored_counts.CountOutcome.COUNTED for count in due[:3])
