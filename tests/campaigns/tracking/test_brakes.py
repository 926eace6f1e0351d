"""Brakes: complaints and hard bounces of one domain or of all hold a campaign; going on, and going on without a domain."""

import random

import pytest

from campaigns import launch
from campaigns.launch_guards import CampaignActionError
from campaigns.models import Campaign, Delivery, DeliveryLog, DomainOutcome, Event, LeftOutDomain
from campaigns.recovery import uncertain_slices
from campaigns.reporting import reports
from campaigns.sending import claiming_sql, settling
from campaigns.sending import gate as sending_gate
from campaigns.states import hold_campaign
from campaigns.tracking import event_inbox
from campaigns.tracking.brakes import campaign_brakes, leaving_out
from publication import audit
from publication.models import Audit
from subscribers.models import Subscriber
from tests.campaigns.attempt_steps import ACCEPTED, BUSY, UNKNOWN, due_at_once, gate_next, send_next
from tests.campaigns.tracking.bounces.test_bounce_policy import FULL, INVALID, event_for, hear
from tests.support import at_once, people
from worker import upkeep

pytestmark = pytest.mark.django_db(transaction=True)

GOOD, BAD = "good.example", "bad.example"
SYSTEM = audit.system


def counted(domain: str = "", *numbers: int, known: tuple[int, int, int, int] = (0, 0, 0, 0)) -> campaign_brakes.DomainCounts:
    delivered, complained, answered, hard_bounced = numbers
    return campaign_brakes.DomainCounts(1, domain, delivered, complained, answered, hard_bounced, *known)


@pytest.mark.parametrize(
    ("numbers", "reasons"),
    [
        ((1000, 3, 1000, 0), ["complaints"]),
        ((1001, 3, 1001, 0), []),
        ((999, 900, 999, 0), []),
        ((2000, 5, 2000, 0), []),
        ((2000, 6, 2000, 0), ["complaints"]),
        ((474, 0, 500, 26), ["bounces"]),
        ((475, 0, 500, 25), []),
        ((0, 0, 499, 499), []),
        ((1000, 4, 1100, 100), ["complaints", "bounces"]),
    ],
    ids=str,
)
def test_limits(numbers, reasons):
    assert [excess.reason for excess in counted("", *numbers).excesses] == reasons


@pytest.mark.parametrize(
    ("complained", "delivered", "is_known"),
    [(3, 1000, True), (4, 1000, True), (5, 1000, False), (9, 2000, False), (8, 2000, True)],
)
def test_a_known_share_of_three_per_thousand_is_new_again_when_it_has_grown_by_half(complained, delivered, is_known):
    [excess] = counted(BAD, delivered, complained, delivered, 0, known=(1000, 3, 0, 0)).excesses
    assert excess.is_known is is_known


def test_three_complaints_in_a_thousand_of_one_domain_hold_the_campaign_and_two_do_not_whatever_comes_twice():
    campaign = people.start(people.make_campaign(1000, 1000, domain=BAD))
    members = send_next(campaign, ACCEPTED).people
    complaints = [event_for(campaign, person, "spamreport", 5) for person in members[:3]]
    delivered = [event_for(campaign, person, "delivered", 1) for person in members]
    hear(*complaints[:2])
    hear(*delivered, *complaints[:2])
    Event.objects.update(applied_at=None)
    upkeep.apply_events()
    [of_domain, of_all] = DomainOutcome.objects.order_by("-domain").values_list("domain", "delivered", "complained", "answered")
    assert (of_domain, of_all) == ((BAD, 1000, 2, 1000), ("", 1000, 2, 1000))
    campaign.refresh_from_db()
    assert campaign.state == "sending"
    assert [outcome.domain for outcome in campaign_brakes.outcomes(campaign.pk)] == ["", BAD], "two are worth a warning"
    hear(complaints[2])
    assert upkeep.apply_events() == 0
    campaign.refresh_from_db()
    assert (campaign.state, campaign.held_reason) == ("held", "complaints")
    assert campaign.held_detail == "bad.example: 3 complaints about 1000 delivered mails (0.30%)"


@pytest.mark.parametrize("seed", range(3))
def test_counts_are_those_of_the_deliveries_whatever_the_order_and_number_of_events(seed):
    chance = random.Random(seed)
    campaign = people.make_campaign(6, 20, domain=GOOD)
    people.make_people(6, people.make_list(), BAD)
    members = send_next(people.start(campaign), ACCEPTED).people
    erased = chance.choice(members)
    kinds = ("delivered", "spamreport", INVALID, FULL, "open", "dropped", "deferred")
    events = [
        event_for(campaign, person, kind, at) for at, kind in enumerate(kinds) for person in members if chance.random() < 0.4
    ]
    events += chance.choices(events, k=5)
    chance.shuffle(events)
    Subscriber.objects.filter(pk=erased).update(domain="")
    while events:
        hear(*[events.pop() for _ in range(min(len(events), chance.randint(1, 9)))])
    Event.objects.update(applied_at=None)
    event_inbox.apply_events()

    def count(domain: str) -> tuple[int, int, int, int]:
        ids = Subscriber.objects.filter(**({"domain": domain} if domain else {})).values("pk")
        there = list(Delivery.objects.filter(campaign=campaign, subscriber_id__in=ids).values_list("state", "reason"))
        arrived = sum(state in ("delivered", "complained") for state, _ in there)
        bounced = [reason for state, reason in there if state == "bounced"]
        complained = sum(state == "complained" for state, _ in there)
        return arrived, complained, arrived + len(bounced), sum(reason.startswith("hard") for reason in bounced)

    rows = DomainOutcome.objects.values_list("domain", "delivered", "complained", "answered", "hard_bounced")
    assert {row[0]: row[1:] for row in rows} == {domain: count(domain) for domain in ("", GOOD, BAD)}


# ------------------------------------------------------------------------------------------------------------- going on
def store(campaign: Campaign, domain: str, delivered: int, complained: int, hard_bounced: int = 0) -> None:
    numbers = {
        "delivered": delivered,
        "complained": complained,
        "answered": delivered + hard_bounced,
        "hard_bounced": hard_bounced,
    }
    DomainOutcome.objects.update_or_create(campaign_id=campaign.pk, domain=domain, defaults=numbers)


def state(campaign: Campaign) -> tuple[str, str]:
    campaign_brakes.judge()
    campaign.refresh_from_db()
    return campaign.state, campaign.held_reason


def mixed(size: int = 4) -> Campaign:
    """A campaign to eight people at each of two domains, in slices with people of both."""
    mailing_list = people.make_list()
    for number in range(8):
        for domain in (GOOD, BAD):
            people.make_people(1, mailing_list, domain, prefix=f"reader{number}-")
    campaign = launch.create(SYSTEM(), version=people.make_version(), lists=[mailing_list], sender=people.make_sender())
    Campaign.objects.filter(pk=campaign.pk).update(attempt_size=size)
    campaign.refresh_from_db()
    return people.start(campaign)


def members_at(domain: str) -> set[int]:
    return set(Subscriber.objects.filter(domain=domain).values_list("pk", flat=True))


def skipped(campaign: Campaign) -> dict[int, str]:
    return dict(Delivery.objects.filter(campaign=campaign, state="skipped").values_list("subscriber_id", "reason"))


def test_going_on_holds_again_only_when_a_share_has_grown_by_half_and_a_pause_accepts_nothing():
    campaign = mixed()
    store(campaign, "", 5000, 10)
    launch.pause(SYSTEM(), campaign.pk)
    store(campaign, BAD, 1000, 4)
    assert state(campaign) == ("paused", "")
    launch.resume(SYSTEM(), campaign.pk)
    assert state(campaign) == ("held", "complaints")
    launch.resume(SYSTEM(), campaign.pk)
    store(campaign, BAD, 1000, 5)
    assert state(campaign) == ("sending", "")
    store(campaign, BAD, 1000, 4, hard_bounced=60)
    assert state(campaign) == ("held", "bounces"), "another limit"
    assert campaign.held_detail == "bad.example: 60 hard bounces among 1060 answered mails (5.66%)"
    launch.resume(SYSTEM(), campaign.pk)
    assert state(campaign) == ("sending", "")
    store(campaign, "", 5000, 15)
    assert state(campaign) == ("held", "complaints")
    assert campaign.held_detail.startswith("all domains together: 15 complaints about 5000")
    launch.resume(SYSTEM(), campaign.pk)
    store(campaign, BAD, 1000, 6)
    assert state(campaign) == ("held", "complaints"), "half again more than 4 of 1,000"


def test_rejections_with_which_staff_went_on_do_not_hold_the_campaign_as_hard_bounces():
    campaign = mixed()
    store(campaign, BAD, 0, 0, hard_bounced=200)
    hold_campaign(SYSTEM(), campaign.pk, "rejections", "x")
    launch.resume(SYSTEM(), campaign.pk)
    store(campaign, BAD, 100, 0, hard_bounced=400)
    assert state(campaign) == ("sending", "")
    store(campaign, GOOD, 470, 0, hard_bounced=30)
    assert state(campaign) == ("held", "bounces")


def test_going_on_without_a_domain_leaves_exactly_its_unsent_people_unsent():
    campaign = mixed()
    first = send_next(campaign, ACCEPTED)
    claim = claiming_sql.claim("tester")
    busy = gate_next(campaign)
    store(campaign, "", 1000, 4)
    store(campaign, BAD, 1000, 4)
    assert state(campaign) == ("held", "complaints")
    launch.resume(SYSTEM(), campaign.pk, without_domain=" Bad.Example ")
    settling.settle(busy.attempt, BUSY)
    under_way = Delivery.objects.filter(slice=claim.number).values_list("subscriber_id", flat=True)
    last = members_at(BAD) - {*first.people, *busy.people, *under_way}
    assert skipped(campaign) == dict.fromkeys(last, "domain left out"), "the gate skips those in slices under way"
    assert state(campaign) == ("sending", ""), "neither the domain nor its part of the whole holds it again"
    lists = [mailing_list.pk for mailing_list in campaign.lists.all()]
    settling.settle(sending_gate.gate(claim, lists, "tester").attempt_id, ACCEPTED)
    due_at_once()
    while send_next(campaign, ACCEPTED):
        pass
    unsent = members_at(BAD) - set(first.people)
    assert skipped(campaign) == dict.fromkeys(unsent, "domain left out")
    report = reports.report(campaign.pk)
    assert report.balances
    assert (report.accepted, report.skipped_reasons) == (16 - len(unsent), {"domain left out": len(unsent)})
    assert report.left_out_domains == [BAD]
    line = Audit.objects.get(verb="campaign_leave_out_domain")
    assert line.detail == {"domain": BAD, "people": len(last)}
    assert DeliveryLog.objects.get(kind="domain_left_out").detail == {"domain": BAD, "people": len(last)}


def test_people_of_a_left_out_domain_whom_an_attempt_may_have_reached_stay_uncertain():
    campaign = mixed(16)
    attempt = send_next(campaign, UNKNOWN).attempt
    uncertain_slices.decide(SYSTEM(), [uncertain_slices.slice_of_attempt(attempt)], "resend", "asked", force=True)
    store(campaign, BAD, 1000, 4)
    hold_campaign(SYSTEM(), campaign.pk, "complaints", "x")
    launch.resume(SYSTEM(), campaign.pk, without_domain=BAD)
    assert set(gate_next(campaign).people) == members_at(GOOD)
    gone = Delivery.objects.filter(state="abandoned").values_list("subscriber_id", "reason")
    assert dict(gone) == dict.fromkeys(members_at(BAD), "domain left out; an earlier attempt is uncertain")


def held_with_a_claim() -> tuple[Campaign, claiming_sql.Claim]:
    campaign = mixed()
    store(campaign, BAD, 1000, 4)
    return campaign, claiming_sql.claim("tester")


def hold_and_go_on(campaign: Campaign) -> None:
    hold_campaign(SYSTEM(), campaign.pk, "complaints", "x")
    launch.resume(SYSTEM(), campaign.pk, without_domain=BAD)


def pass_gate(campaign: Campaign, claim: claiming_sql.Claim | None) -> frozenset[int]:
    lists = [mailing_list.pk for mailing_list in campaign.lists.all()]
    passed = sending_gate.gate(claim, lists, "tester") if claim else None
    return passed.members if passed else frozenset()


@pytest.mark.parametrize(
    ("module", "name"), [(leaving_out.cancelling_sql, "skip_domain"), (leaving_out, "log")], ids=["before", "after"]
)
def test_no_slice_passes_the_gate_while_a_domain_is_left_out(module, name):
    campaign, claim = held_with_a_claim()

    def work() -> list[frozenset[int]]:
        return [pass_gate(campaign, claim), *(pass_gate(campaign, claiming_sql.claim("tester")) for _ in range(4))]

    _, reached = at_once.during(lambda: hold_and_go_on(campaign), module, name, work)
    due_at_once()
    reached += [pass_gate(campaign, claiming_sql.claim("tester")) for _ in range(4)]
    assert frozenset().union(*reached) == members_at(GOOD)
    assert set(skipped(campaign)) == members_at(BAD)


def test_a_slice_that_has_passed_the_gate_keeps_its_people_when_their_domain_is_left_out():
    campaign, claim = held_with_a_claim()
    reached, _ = at_once.during(
        lambda: pass_gate(campaign, claim), sending_gate.sql, "open_attempt", lambda: hold_and_go_on(campaign)
    )
    assert len(reached) == 4
    assert set(skipped(campaign)) == members_at(BAD) - reached


def test_a_domain_without_answers_cannot_be_left_out_nor_any_while_a_campaign_is_sent():
    campaign = mixed()
    store(campaign, BAD, 1000, 4)
    with pytest.raises(CampaignActionError, match="state"):
        launch.resume(SYSTEM(), campaign.pk, without_domain=BAD)
    launch.pause(SYSTEM(), campaign.pk)
    for name in ("bat.example", "@", "bad.example bad.example"):
        with pytest.raises(CampaignActionError, match="domain"):
            launch.resume(SYSTEM(), campaign.pk, without_domain=name)
    campaign.refresh_from_db()
    assert (campaign.state, LeftOutDomain.objects.count()) == ("paused", 0)
