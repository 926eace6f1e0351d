"""Other campaigns of the same issue to the same lists: people on these lists would get the issue twice."""

from collections.abc import Iterable

from campaigns.models import Campaign
from subscribers.models import MailingList

MOST = 5
# A cancelled campaign may have reached some people, too; a draft reaches nobody.
_REACHING = ("scheduled", "filling", "sending", "paused", "held", "sent", "cancelled")


def to_same_lists(issue: int, lists: Iterable[MailingList], *, besides: int = 0) -> list[Campaign]:
    """The newest campaigns of an issue that were or will be sent to one of the lists. `besides`: one that does not count."""
    campaigns = Campaign.objects.filter(version__issue=issue, state__in=_REACHING, lists__in=list(lists)).exclude(pk=besides)
    return list(campaigns.exclude(state="cancelled", started_at=None).distinct().order_by("-pk")[:MOST])
