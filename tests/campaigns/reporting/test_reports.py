"""Lists of the people behind each number of a report."""

import pytest

from campaigns import launch
from campaigns.reporting import reports
from campaigns.sending import settling
from publication import audit
from subscribers.consent import erasing, subscriptions, suppressions
from subscribers.models import Subscriber
from tests.campaigns import attempt_steps
from tests.support import people

pytestmark = pytest.mark.django_db


def test_people_of_every_outcome_are_listed_with_reason_and_time():
    campaign = people.start(people.make_campaign(10, 8))
    tenth = Subscriber.objects.order_by("id")[9]
    first = attempt_steps.send_next(campaign, attempt_steps.ACCEPTED)
    one, two, three, four, five, six, seven, _ = first.people
    suppressions.suppress(audit.system(), tenth.address, "manual")
    ninth = attempt_steps.gate_next(campaign)
    settling.settle(ninth.attempt, attempt_steps.refused("does not contain a valid address", "personalizations.0.to.0.email"))
    events = [(one, "bounce", {"type": "bounce", "status": "5.1.1", "reason": "550 no such user"}),
            (two, "bounce", {"type": "blocked", "status": "4.2.2", "reason": "452 mailbox full"}),
            (three, "dropped", {"reason": "Bounced Address"}), (four, "spamreport", {}), (seven, "delivered", {})]  # fmt: skip
    attempt_steps.hear(
        *(attempt_steps.event(campaign, person, first.attempt, name, seconds_ago=3) | more for person, name, more in events)
    )
    # Without our ids, as in a bounce of the next day: found by the address.
    late = attempt_steps.event(campaign, six, 0, "bounce") | {"type": "bounce", "reason": "550 gone", "sg_event_id": "late"}
    attempt_steps.hear({name: value for name, value in late.items() if not name.startswith("mr_")})
    subscriptions.unsubscribe(audit.subscriber(), five, how="one-click", campaign_id=campaign.pk)
    erasing.erase(audit.system(), Subscriber.objects.get(pk=one))

    listed = {outcome: [*reports.people(campaign.pk, outcome)] for outcome in reports.OUTCOMES}
    assert {outcome: [(person.subscriber, person.reason) for person in of_outcome] for outcome, of_outcome in listed.items()} == {
        "accepted": [(person, "") for person in first.people],
        "delivered": [(seven, "")],
        "clicked": [],
        "uncertain": [],
        "bounced": [(one, "hard: 5.1.1 550 no such user"), (two, "soft: 4.2.2 452 mailbox full"), (six, "hard: 550 gone")],
        "dropped": [(three, "Bounced Address")],
        "complained": [(four, "")],
        "skipped": [(tenth.pk, "suppressed")],
        "failed": [(ninth.people[0], listed["failed"][0].reason)],
        "unsubscribed": [(five, "one-click")],
    }
    assert listed["failed"][0].reason
    assert {person.at is not None for of_outcome in listed.values() for person in of_outcome} == {True}
    assert (listed["bounced"][0].address, listed["bounced"][1].name) == (None, "Reader 1")
    numbers = reports.report(campaign.pk)
    assert {outcome: len(of_outcome) for outcome, of_outcome in listed.items()} == {
        outcome: getattr(numbers, outcome) or 0 for outcome in reports.OUTCOMES
    }
    with pytest.raises(ValueError, match="unknown outcome"):
        next(reports.people(campaign.pk, "planned"))


def test_a_list_of_people_is_read_in_pages(monkeypatch):
    monkeypatch.setattr(reports, "PAGE", 4)
    campaign = people.start(people.make_campaign(10, 3))
    everybody = list(Subscriber.objects.order_by("id").values_list("id", flat=True))
    launch.cancel(audit.system(), campaign.pk)
    assert [person.subscriber for person in reports.people(campaign.pk, "skipped")] == everybody
    assert [person.subscriber for person in reports.people(campaign.pk, "skipped", after=everybody[2], most=5)] == everybody[3:8]
    assert [*reports.people(campaign.pk, "skipped", most=0)] == []
    assert {(person.reason, person.at is None) for person in reports.people(campaign.pk, "skipped")} == {
        ("campaign cancelled", False)
    }
