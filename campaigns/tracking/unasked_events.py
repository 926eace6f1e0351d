"""Opens and clicks that an account reports although every mail forbids it to track: a sign that it changes the mails."""

from datetime import timedelta
from typing import NamedTuple

from campaigns.models import Campaign, Event
from publication import clock
from transport.provider_events import EventKind

WITHIN = timedelta(days=30)
NEWEST_CAMPAIGNS = 20
FORBIDDEN = (EventKind.OPENED, EventKind.CLICKED)


class Unasked(NamedTuple):
    """A campaign, and how many such events came of it."""

    campaign: int
    events: int


def latest() -> Unasked | None:
    """The newest campaign of the last 30 days of which such events came; None if there is none."""
    begun = Campaign.objects.filter(started_at__gte=clock.now() - WITHIN).order_by("-id").values_list("id", flat=True)
    for campaign_id in begun[:NEWEST_CAMPAIGNS]:
        if events := Event.objects.filter(campaign_id=campaign_id, kind__in=FORBIDDEN).count():
            return Unasked(campaign_id, events)
    return None
