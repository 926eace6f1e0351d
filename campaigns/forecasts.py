"""Forecasts of how many people would get each variant, counted once and shared by everybody who opens the campaign's pages.

Counting a million people takes seconds. Several counts at once would occupy every thread of the console.
"""

from __future__ import annotations

from campaigns import audience_variants
from campaigns.models import Campaign
from config import statement_limits
from subscribers.segments import stored_counts


def kept(campaign: Campaign) -> list[audience_variants.VariantLine] | None:
    """The stored forecast, or a new one if it is out of date. None during the first count, or if counting takes too long.

    Raises SegmentError.
    """
    of = repr((campaign.version_id, sorted(campaign.lists.values_list("pk", flat=True)), audience_variants.segment_of(campaign)))
    count = stored_counts.PeopleCount(f"forecast:{campaign.pk}", of, lambda: _figures(campaign))
    known = stored_counts.up_to_date(count, statement_limits.WEB)
    if known.figures is None:
        return None
    return audience_variants.lines(campaign.version, {int(name): {"recipients": count} for name, count in known.figures.items()})


def _figures(campaign: Campaign) -> stored_counts.Figures:
    return {str(line.variant): line.recipients for line in audience_variants.forecast_of(campaign)}
