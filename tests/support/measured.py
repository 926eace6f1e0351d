"""Campaigns whose clicks are measured, for tests."""

from campaigns.models import Campaign, Delivery, MeasuredLink
from publication import audit, profile
from subscribers.consent import measuring_consent
from subscribers.consent.ledger import Proof
from subscribers.models import Subscriber
from tests.support import people

DESTINATIONS = ("https://example.org/paper?a=1&b=2", "http://english.cast.example/")
HTML = people.HTML.replace(
    "</body>",
    '<p><a href="https://example.org/paper?a=1&amp;b=2">The paper</a> <a href="http://english.cast.example/">Our site</a> '
    '<a href="http://english.cast.example/">english.cast.example</a></p></body>',
)
TEXT = f"{people.TEXT}\n[1] {DESTINATIONS[0]}\n[2] {DESTINATIONS[1]}\n"


def agree(reader: Subscriber) -> None:
    measuring_consent.agree(audit.subscriber(), reader, source="preferences", proof=Proof.PRIVATE_LINK, wording="Yes.")


def begun(count: int, agreed: int, **policies: str) -> tuple[Campaign, list[Subscriber]]:
    """A campaign that is being sent to `count` people under these policies; the first `agreed` of them agreed to be measured."""
    profile.change_profile(audit.system(), policies={"measuring": "individual", **policies})
    news = people.make_list()
    readers = people.make_people(count, news)
    for reader in readers[:agreed]:
        agree(reader)
    campaign = people.launch.create(
        audit.system(), version=people.make_version(HTML, TEXT), lists=[news], sender=people.make_sender()
    )
    return people.start(campaign), readers


def links_of(campaign: Campaign) -> dict[int, int]:
    """Position -> number of the campaign's links; 0 is the picture."""
    return dict(MeasuredLink.objects.filter(version_id=campaign.version_id).values_list("position", "pk"))


def finish(campaign: Campaign, **states: int) -> None:
    """Give the campaign's deliveries these states, in the order of their people, and end it."""
    numbers = list(Delivery.objects.filter(campaign=campaign).order_by("subscriber_id").values_list("subscriber_id", flat=True))
    for state, count in states.items():
        chosen, numbers = numbers[:count], numbers[count:]
        Delivery.objects.filter(campaign=campaign, subscriber_id__in=chosen).update(state=state)
    campaign.slice_set.update(state="accepted")
    Campaign.objects.filter(pk=campaign.pk).update(state="sent", finished_at=people.datetime.now(people.UTC))
    campaign.refresh_from_db()
