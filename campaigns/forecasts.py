"""How many would get each variant of a campaign that is not filled yet: counted once for all who look at its pages.

With a million people it takes seconds, and several at once would occupy every thread of the console.
"""

from __future__ import annotations

from campaigns import variants
from campaigns.models import Campaign
from config import statement_limits
from subscribers import counts


def kept(campaign: Campaign) -> list[variants.VariantLine] | None:
    """The forecast of this moment or of a while ago; None while the first is being counted, or where it takes too long.

    Raises SegmentError.
    """
    of = repr((campaign.version_id, sorted(campaign.lists.values_list("pk", flat=True)), variants.segment_of(campaign)))
    known = counts.count(f"forecast:{campaign.pk}", of, lambda: _figures(campaign), statement_limits.WEB)
    if known.figures is None:
        return None
    return variants.lines(campaign.version, {int(name): {"recipients": count} for name, count in known.figures.items()})


def _figures(campaign: Campaign) -> counts.Figures:
    return {str(line.variant): line.recipients for line in variants.forecast_of(campaign)}
