"""How many people of a few campaigns were delivered to, and how many bounced: counted once and shared by everybody.

A campaign to a million people takes seconds to count.
"""

from collections.abc import Sequence

from django.db.models import Count

from campaigns.models import Delivery
from config import statement_limits
from subscribers.segments import stored_counts

OUTCOMES = ("delivered", "bounced")


def of_campaigns(campaigns: Sequence[int], page: str) -> dict[int, dict[str, int]]:
    """Id -> outcome -> people, kept for each `page`. Empty during the first count, or if counting takes too long."""

    def figures() -> stored_counts.Figures:
        deliveries = Delivery.objects.filter(campaign__in=campaigns, state__in=OUTCOMES)
        rows = deliveries.values_list("campaign_id", "state").annotate(people=Count("pk")).order_by()
        return {"people": [list(row) for row in rows]}

    if not campaigns:
        return {}
    count = stored_counts.PeopleCount(page, repr(sorted(campaigns)), figures)
    known = stored_counts.up_to_date(count, statement_limits.WEB).figures
    if known is None:
        return {}
    counts = {campaign: dict.fromkeys(OUTCOMES, 0) for campaign in campaigns}
    for campaign, outcome, people in known["people"]:
        counts[campaign][outcome] = people
    return counts
