"""Lists of the people behind each number of a report."""

import random
from datetime import timedelta

import pytest

from campaigns import launch
from campaigns.models import Campaign, Delivery, Slice, SliceTotal
from campaigns.reporting import reports
from campaigns.reporting.results import audience_parts_sql
from campaigns.sending import settling
from campaigns.totals import slice_totals
from campaigns.tracking import event_inbox
from publication import audit, clock
from subscribers.consent import erasing, subscriptions, suppressions
from subscribers.models import Subscriber, Subscription
from tests.campaigns import attempt_steps
from tests.support import people

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("large", [slice_totals.LARGE, 0], ids=["counted", "with totals"])
def test_people_of_every_outcome_are_listed_with_reason_and_time(monkeypatch, large):
    monkeypatch.setattr(slice_totals, "LARGE", large)
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
        "delivered": [*sorted([(four, ""), (seven, "")])],
        "measured": [],
        "clicked": [],
        "not_clicked": [],
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
    campaign.refresh_from_db()
    assert reports.count_outcomes(campaign) == {name: len(listed[name]) for name in reports.outcomes_of(campaign)}
    assert [*reports.people(campaign.pk, "bounced", after=one, most=1)] == listed["bounced"][1:2]
    assert [row["state"] for row in reports.not_accepted(campaign.pk)] == ["skipped", "failed"][
        :: -1 if ninth.people[0] < tenth.pk else 1
    ]
    with pytest.raises(ValueError, match="unknown outcome"):
        next(reports.people(campaign.pk, "planned"))


@pytest.mark.parametrize("seed", range(3))
def test_pages_of_people_are_the_same_whether_totals_or_every_delivery_lead_to_them(monkeypatch, seed):
    """Slices of variants overlap, and each has its state; some deliveries have their own."""
    monkeypatch.setattr(slice_totals, "LARGE", 0)
    rng, campaign = random.Random(seed), people.start(people.make_campaign(40, 40))
    everybody = list(Subscriber.objects.order_by("id").values_list("id", flat=True))
    Slice.objects.all().delete()
    parts = [everybody[variant::3][at : at + 5] for variant in range(3) for at in (0, 5, 10)]
    for number, members in enumerate(parts):
        Delivery.objects.filter(subscriber_id__in=members).update(slice=number)
        Slice.objects.create(
            campaign=campaign, number=number, first_subscriber_id=members[0], last_subscriber_id=members[-1], count=len(members),
            state=rng.choice(("accepted", "accepted", "planned", "unknown", "skipped")), reason="campaign cancelled",
        )  # fmt: skip
    for person in rng.sample(everybody, 25):
        state = rng.choice(("delivered", "bounced", "skipped", "complained"))
        Delivery.objects.filter(subscriber_id=person).update(
            state=state, reason="hard: no" if state == "bounced" else "suppressed"
        )
    pages = [(outcome, rng.choice([0, *everybody]), rng.randint(1, 9)) for outcome in reports.OUTCOMES for _ in range(4)]

    def answers():
        listed = [[*reports.people(campaign.pk, outcome, after=after, most=most)] for outcome, after, most in pages]
        return listed, [reports.not_accepted(campaign.pk, most) for most in (1, 7, 50)], reports.report(campaign.pk)

    kept = answers()
    Campaign.objects.update(has_totals=False)
    assert kept == answers()


def test_a_campaign_from_before_there_were_totals_is_counted_once(monkeypatch):
    campaign = people.start(people.make_campaign(6, 4))
    first = attempt_steps.send_next(campaign, attempt_steps.ACCEPTED)
    attempt_steps.hear(attempt_steps.event(campaign, first.people[0], first.attempt, "delivered"))
    launch.cancel(audit.system(), campaign.pk)
    counted = reports.report(campaign.pk)
    monkeypatch.setattr(slice_totals, "LARGE", 0)
    assert event_inbox.count_before_totals() is None, "it may still change"
    Campaign.objects.update(finished_at=clock.now() - timedelta(hours=2))
    assert event_inbox.count_before_totals() == campaign.pk
    assert event_inbox.count_before_totals() is None
    assert reports.report(campaign.pk) == counted
    attempt_steps.hear(attempt_steps.event(campaign, first.people[1], first.attempt, "delivered"))
    assert slice_totals.fold() == 1
    assert (reports.report(campaign.pk).delivered, SliceTotal.objects.get().people) == (2, 2)


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


def test_numbers_by_list_are_of_people_who_were_on_it_when_the_campaign_began():
    """Somebody who asks to join later, with or without a confirmation, changes no number: they might be asking for somebody else."""
    news, other = people.make_list("news"), people.make_list("other")
    people.make_people(3, news)
    on_both = people.make_people(2, other, prefix="both")
    for person in on_both:
        Subscription.objects.create(subscriber=person, list=news, state="confirmed", source="test")
    campaign = launch.create(
        audit.system(), version=people.make_version(), lists=[news, other], sender=people.make_sender(), name="News"
    )  # fmt: skip
    people.start(campaign)

    def by_list() -> dict[str, int]:
        return {
            value: recipients for kind, value, recipients, *_ in audience_parts_sql.count_parts(campaign.pk) if kind == "list"
        }

    before = {str(news.pk): 5, str(other.pk): 2}
    assert by_list() == before
    joining = Subscriber.objects.order_by("pk").first()
    Subscription.objects.create(subscriber=joining, list=other, state="pending", source="sign-up")
    assert by_list() == before
    later = Subscriber.objects.order_by("pk")[1]
    Subscription.objects.create(subscriber=later, list=other, state="confirmed", source="test", confirmed_at=clock.now())
    assert by_list() == before
    subscriptions.unsubscribe(audit.subscriber(), on_both[0].pk, how="one-click", campaign_id=campaign.pk)
    assert by_list() == before
