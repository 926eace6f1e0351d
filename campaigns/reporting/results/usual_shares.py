"""What is usual: the medians of the last campaigns to the same lists, beside which a report shows its own shares."""

from collections.abc import Mapping, Sequence
from statistics import median

from campaigns.models import Campaign
from campaigns.reporting.results import campaign_totals
from campaigns.reporting.results.campaign_totals import Counting

LAST = 10
FEWEST = 3  # campaigns; the median of fewer says nothing
_PARTS = {
    "delivered": "accepted",
    "bounced": "accepted",
    "unsubscribed": "delivered",
    "complained": "delivered",
    "clicks": "delivered",
    "clicked": "measured",
}


def earlier_than(campaign: Campaign) -> Sequence[Campaign]:
    """The last ten campaigns that were sent before it, to at least one of its lists; not follow-ups, welcomes, nor those to
    fewer than ten people.
    """
    sent = Campaign.objects.first_sendings().filter(state="sent", lists__in=campaign.lists.all(), recipients__gte=10)
    sent = sent.exclude(pk=campaign.pk)
    before = sent.filter(finished_at__lt=campaign.finished_at) if campaign.finished_at else sent
    return list(before.distinct().order_by("-finished_at")[:LAST])


def usual(campaign: Campaign, counting: Counting = Counting.SMALL) -> Mapping[str, float]:
    """Number -> the median of its share, of those that enough campaigns have; empty: no comparison yet.

    `delivered` and `bounced` are shares of the accepted, `clicked` of the people who are measured, the others of the delivered.
    """
    if campaign.followed_id is not None:
        return {}  # its people are not those whom the lists usually reach
    known = campaign_totals.totals(earlier_than(campaign), counting).values()
    medians = {}
    for name, whole in _PARTS.items():
        shares = [totals[name] / totals[whole] for totals in known if totals.get(name) is not None and totals.get(whole)]
        if len(shares) >= FEWEST:
            medians[name] = median(shares)
    return medians
