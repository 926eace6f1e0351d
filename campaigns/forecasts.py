"""Forecasts of how many people would get each variant, counted once and shared by everybody who opens the campaign's pages.

Counting a million people takes seconds. Several counts at once would occupy every thread of the console.
"""

from collections.abc import Sequence

from campaigns import audience_variants
from campaigns.audience.audiences import Audience, text_of
from campaigns.models import Campaign
from config import statement_limits
from editorial.models import IssueVersion
from subscribers.models import MailingList
from subscribers.segments import stored_counts


def kept(campaign: Campaign) -> list[audience_variants.VariantLine] | None:
    """The stored forecast, or a new one if it is out of date. None during the first count, or if counting takes too long.

    Raises SegmentError.
    """
    lists, text = list(campaign.lists.all()), text_of(campaign)
    return _kept(f"forecast:{campaign.pk}", campaign.version, lists, text)


def of_audience(version: IssueVersion, audience: Audience) -> list[audience_variants.VariantLine] | None:
    """The forecast for an audience without a campaign, while somebody chooses it. Each issue keeps one. As `kept`."""
    return _kept(f"audience:{version.issue_id}", version, audience.lists, audience.text() or None)


def _kept(
    name: str, version: IssueVersion, lists: Sequence[MailingList], text: str | None
) -> list[audience_variants.VariantLine] | None:
    def figures() -> stored_counts.Figures:
        return {str(line.variant): line.recipients for line in audience_variants.forecast(version, lists, text)}

    of = repr((version.pk, sorted(mailing_list.pk for mailing_list in lists), text))
    known = stored_counts.up_to_date(stored_counts.PeopleCount(name, of, figures), statement_limits.WEB)
    if known.figures is None:
        return None
    return audience_variants.lines(version, {int(number): {"recipients": count} for number, count in known.figures.items()})
