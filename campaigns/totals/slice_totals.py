"""The numbers of large campaigns: kept by a trigger with each change, so they are exact at any time and cannot drift.

A campaign of a million takes seconds to count, and its page asks every two seconds. Small campaigns are counted.
"""

from collections.abc import Mapping, Sequence

from django.db.models import Count

from campaigns.models import Campaign, Delivery
from campaigns.totals import slice_totals_sql as sql

LARGE = 5000  # recipients
fold = sql.fold
count = sql.count
narrow = sql.narrow


def outcomes(campaigns: Sequence[Campaign], states: Sequence[str]) -> Mapping[int, Mapping[str, int]]:
    """Campaign -> state -> deliveries that have it as a state of their own, for each of these states."""
    kept = [campaign.pk for campaign in campaigns if campaign.has_totals]
    small = [campaign.pk for campaign in campaigns if not campaign.has_totals]
    deliveries = Delivery.objects.filter(campaign__in=small, state__in=states).values_list("campaign_id", "state")
    rows = [*sql.outcomes(kept, states), *deliveries.annotate(people=Count("pk")).order_by()]
    counts = {campaign.pk: dict.fromkeys(states, 0) for campaign in campaigns}
    for campaign_id, state, people in rows:
        counts[campaign_id][state] = people
    return counts


def adopt_next() -> int | None:
    """Count a large campaign that ended before there were totals; its id. The caller keeps events from being applied."""
    for campaign_id in sql.next_uncounted(LARGE):
        sql.adopt(campaign_id)
        return int(campaign_id)
    return None
