"""Clicks of people who agreed to be measured, as they are stored."""

from datetime import datetime

from campaigns.models import Campaign, Click, MeasuredLink
from publication import clock
from publication.models import Publication
from subscribers.models import Subscriber


def measure_people() -> None:
    """From now on, campaigns measure who clicks."""
    Publication.objects.update(policies={"measuring": "individual", "opens": "on"})


def measure(campaign: Campaign) -> None:
    """The campaign measures who clicked and opened, with a picture and one link."""
    Campaign.objects.filter(pk=campaign.pk).update(measuring="individual", opens=True)
    for position, url in enumerate(("", "https://cast.example/a")):
        MeasuredLink.objects.get_or_create(version_id=campaign.version_id, variant=0, position=position, defaults={"url": url})


def agree(person: Subscriber, at: datetime | None = None) -> None:
    Subscriber.objects.filter(pk=person.pk).update(measured_since=at or clock.now())


def click(
    campaign: Campaign, person: Subscriber, at: datetime | None = None, *, position: int = 1, reasons: int = 0
) -> None:  # fmt: skip
    """A click of the person; with the position 0 an open, with reasons a machine's."""
    link = MeasuredLink.objects.get(version_id=campaign.version_id, variant=0, position=position)
    Click.objects.create(
        campaign_id=campaign.pk, link_id=link.pk, subscriber_id=person.pk, at=at or clock.now(), reasons=reasons
    )  # fmt: skip
