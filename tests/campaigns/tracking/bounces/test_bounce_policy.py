"""The effects of bounces by cause: from the signed webhook to the rows, for the same events in any order and number."""

import json
import random
import time
from datetime import UTC, datetime
from functools import lru_cache

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.urls import reverse
from django.utils.html import escape

from campaigns import launch
from campaigns.models import Campaign, Delivery, DeliveryLog, Event, ProviderPayload, Rejection
from campaigns.reporting import reports
from campaigns.sending import claiming_sql, settling
from campaigns.sending import gate as sending_gate
from campaigns.tracking import event_inbox
from campaigns.tracking.bounces import domain_rejections
from campaigns.tracking.bounces.bounce_classifier import BounceCause
from campaigns.tracking.bounces.bounce_texts import REMEDIES
from cli import bootstrap
from publication import audit, profile
from publication.database.statement_sql import query
from subscribers import tokens
from subscribers.consent import subscriptions, suppressions
from subscribers.models import Subscriber, Subscription, Suppression
from tests.campaigns.attempt_steps import ACCEPTED
from tests.cli.conftest import invoke
from tests.support import people
from tests.support.variations import first
from tests.web.conftest import signer as signer

pytestmark = pytest.mark.django_db(transaction=True)

# Later than anything that the tests create: an unsubscribe counts only after the person joined.
START = int(time.time()) + 10_000  # later than anything that a run stores
DAY = 86400
INVALID = {"event": "bounce", "type": "bounce", "status": "5.1.1", "reason": "550 5.1.1 The email account does not exist."}
FULL = {"event": "bounce", "type": "blocked", "status": "5.2.2", "reason": "552 5.2.2 The mailbox is full."}
FULL_HARD = FULL | {"type": "bounce"}
DMARC = {"event": "bounce", "type": "bounce", "status": "5.7.515", "bounce_classification": "Invalid Address",
         "reason": "550 5.7.515 Access denied, sending domain cast.example doesn't meet the required authentication level."}  # fmt: skip
STRANGE = {"event": "bounce", "type": "bounce", "reason": "550 grault garply waldo"}
LISTED = {"event": "dropped", "reason": "Bounced Address"}


@pytest.fixture(autouse=True)
def _key(settings):
    address_of.cache_clear()  # ids start again with each test
    settings.SOFT_BOUNCE_LIMIT = 3


def sent(count: int = 1, size: int = 4, domain: str = "people.example") -> tuple[Campaign, list[int], list[int]]:
    """A campaign that the provider accepted, with its people and its attempts."""
    campaign = people.start(people.make_campaign(count, size, domain=domain))
    return campaign, *accept(campaign)


def again() -> tuple[Campaign, list[int], list[int]]:
    """Another campaign to the same people."""
    version = people.make_version(f"<p>{Campaign.objects.count()}</p>")
    other = launch.create(audit.system(), version=version, lists=[people.make_list()], sender=people.make_sender())
    return people.start(other), *accept(other)


def accept(campaign: Campaign) -> tuple[list[int], list[int]]:
    lists = [mailing_list.pk for mailing_list in campaign.lists.all()]
    members: list[int] = []
    attempts: list[int] = []
    while claim := claiming_sql.claim("tester"):
        gate = sending_gate.gate(claim, lists, "tester")
        settling.settle(gate.attempt_id, ACCEPTED)
        members += gate.members
        attempts += [gate.attempt_id] * len(gate.members)
    Campaign.objects.filter(pk=campaign.pk).update(state="sending")
    return sorted(members), attempts


def hear(*events: object) -> None:
    """The events arrive after the last of them."""
    payload = event_inbox.receive(json.dumps(events).encode())
    ProviderPayload.objects.filter(pk=payload).update(received_at=datetime.fromtimestamp(START + 365 * DAY, UTC))
    event_inbox.split_payloads()
    event_inbox.apply_events()


def event_for(campaign: Campaign, person: int, what: dict[str, object] | str, at: int, **more: object) -> dict[str, object]:
    """An event of this campaign, `at` seconds after START."""
    fields = {"event": what} if isinstance(what, str) else dict(what)
    name = str(fields.pop("event"))
    delivery = tokens.TokenMaker("delivery").make(campaign.pk, person)
    event = {"email": address_of(person), "event": name, "mr_d": delivery, **fields}
    return event | {"timestamp": START + at, "sg_event_id": f"{campaign.pk}-{person}-{at}-{json.dumps(what)}"} | more


@lru_cache
def address_of(person: int) -> str:
    return str(Subscriber.objects.values_list("address", flat=True).get(pk=person))


def key_of(person: int) -> bytes:
    return bytes(Subscriber.objects.get(pk=person).address_key)


def suppressed(person: int) -> tuple[str, str] | None:
    return Suppression.objects.filter(address_key=key_of(person)).values_list("reason", "cause").first()


# ------------------------------------------------------------------------------------------------------------- effects
def bounce(reason: str, classification: str = "", **more: object) -> dict[str, object]:
    return {"event": "bounce", "type": "bounce", "reason": reason, "bounce_classification": classification, **more}


# A text of each cause, as its provider writes it (bounce_texts.json has more), and the effect on the reader.
ANSWERS = [
    ("invalid_address", "hard_bounce", bounce("550 5.1.1 The email account that you tried to reach does not exist.")),
    (
        "mailbox_full",
        "counted",
        bounce("452 4.2.2 The email account that you tried to reach is over quota.", "Mailbox Unavailable"),
    ),
    (
        "mailbox_inactive",
        "counted",
        bounce("550 5.2.1 The email account that you tried to reach is disabled.", "Invalid Address"),
    ),
    ("technical", "nothing", bounce("unable to get mx info: failed to get IPs from PTR record: lookup example.net", "Technical")),
    ("content", "alarm", bounce("554 5.7.1 Message rejected because of unacceptable spam content", "Invalid Address")),
    ("reputation", "alarm", DMARC),
    ("volume", "alarm", bounce("550 Mail content denied. Ip frequency limited [xyz]. http://service.mail.qq.com", "Content")),
    ("unclassified", "counted", STRANGE),
]


def test_each_cause_has_its_effect_through_the_signed_webhook(client, signer):
    campaign, members, _ = sent(len(ANSWERS), len(ANSWERS))
    assert {cause for cause, _, _ in ANSWERS} == {str(cause) for cause in BounceCause}
    batch = [event_for(campaign, person, answer, 1) for person, (_, _, answer) in zip(members, ANSWERS, strict=True)]
    assert signer.post(client, json.dumps(batch).encode()).status_code == 204
    event_inbox.split_payloads()
    event_inbox.apply_events()
    causes = dict(Event.objects.values_list("subscriber_id", "cause"))
    assert [causes[person] for person in members] == [cause for cause, _, _ in ANSWERS]
    alarms = {alarm.cause for alarm in domain_rejections.alarms(campaign.pk)}
    for person, (cause, effect, _) in zip(members, ANSWERS, strict=True):
        assert suppressed(person) == (("hard_bounce", cause) if effect == "hard_bounce" else None), cause
        assert Subscriber.objects.get(pk=person).soft_bounces == (effect == "counted"), cause
        assert (cause in alarms) == (effect == "alarm"), cause


def test_mailbox_is_suppressed_after_the_publications_number_of_campaigns_and_a_later_delivery_lifts_it():
    profile.change_profile(audit.system(), policies={"bounce_campaigns": "2", "bounce_days": "30"})
    first, (one, two), _ = sent(2)
    hear(event_for(first, one, FULL_HARD, 0), event_for(first, one, FULL, 5), event_for(first, two, FULL, 0))
    assert not Suppression.objects.exists()
    assert set(Subscriber.objects.values_list("soft_bounces", flat=True)) == {1}
    second, *_ = again()
    hear(event_for(second, one, FULL, 7 * DAY), event_for(second, two, FULL, 40 * DAY))
    assert suppressed(one) == ("soft_bounces", "mailbox_full")
    assert suppressed(two) is None, "the first campaign is more than 30 days earlier"
    hear(event_for(first, one, "delivered", 6 * DAY))
    assert suppressed(one) is None, "one delivery between is enough, even if its event is late"
    assert Subscriber.objects.get(pk=one).soft_bounces == 1
    third, *_ = again()
    hear(event_for(third, one, FULL, 14 * DAY))
    assert suppressed(one) == ("soft_bounces", "mailbox_full")
    hear(event_for(third, one, "delivered", 14 * DAY + 60))
    assert suppressed(one) is None
    assert Subscriber.objects.get(pk=one).soft_bounces == 0


def test_delivery_lifts_neither_what_staff_decided_nor_what_the_person_said():
    first, (one, two, three), _ = sent(3)
    suppressions.suppress(audit.system(), key_of(one), "manual", "asked by telephone")
    hear(event_for(first, two, "spamreport", 1), event_for(first, three, INVALID, 1))
    hear(*(event_for(first, person, FULL, 2) for person in (one, two, three)))
    hear(*(event_for(first, person, "delivered", 9) for person in (one, two, three)))
    assert [suppressed(person) for person in (one, two, three)] == [
        ("manual", ""), ("complaint", ""), ("hard_bounce", "invalid_address")
    ]  # fmt: skip


def test_what_staff_lifted_is_not_suppressed_again_by_older_events():
    first, (one, two), _ = sent(2)
    past = int(time.time()) - 3600
    hear(event_for(first, one, INVALID, 0, timestamp=past), event_for(first, two, FULL, 0, timestamp=past))
    suppressions.lift(audit.system(), key_of(one))
    query("UPDATE event SET applied_at = NULL")
    event_inbox.apply_events()
    assert suppressed(one) is None
    hear(event_for(first, one, "spamreport", 0, timestamp=past))
    assert suppressed(one) == ("complaint", ""), "a stronger reason that was not known at that time"


def test_sender_side_rejection_suppresses_nobody_and_raises_one_alarm_for_each_domain_and_remedy():
    campaign, members, _ = sent(6, 6, "outlook.com")
    hear(*(event_for(campaign, person, DMARC, 1) for person in members[:3]))
    hear(*(event_for(campaign, person, DMARC, 2) for person in members[3:5]))
    hear(event_for(campaign, members[5], "deferred", 3, response="451 4.7.26 unauthenticated", attempt="1"))
    assert not Suppression.objects.exists()
    alarm = domain_rejections.alarms(campaign.pk)[0]
    assert (alarm.domain, alarm.cause, alarm.rejected) == ("outlook.com", "reputation", 5)
    assert "5.7.515" in alarm.sample
    assert sum(raised.deferred for raised in domain_rejections.alarms(campaign.pk)) == 1
    logged = DeliveryLog.objects.filter(kind="rejections").values_list("detail__domain", "detail__cause", "detail__remedy")
    assert len(logged) == len(set(logged)) == Rejection.objects.count()
    query("UPDATE event SET applied_at = NULL")
    event_inbox.apply_events()
    assert domain_rejections.alarms(campaign.pk)[0] == alarm, "each event is counted once"


def part(size: int, domain: str) -> tuple[Campaign, list[int]]:
    """A campaign whose first slice of `size` people is accepted, with as many people waiting in each of two further slices."""
    campaign = people.start(people.make_campaign(3 * size, size, domain=domain))
    return campaign, next_slice(campaign)


def next_slice(campaign: Campaign) -> list[int]:
    gate = sending_gate.gate(claiming_sql.claim("tester"), [mailing_list.pk for mailing_list in campaign.lists.all()], "tester")
    settling.settle(gate.attempt_id, ACCEPTED)
    return sorted(gate.members)


def hear_and_judge(*events: object) -> None:
    hear(*events)
    domain_rejections.judge()


def test_domain_that_rejects_everything_holds_the_campaign_until_it_is_resumed_and_then_only_for_what_is_sent_later():
    campaign, members = part(200, "outlook.com")
    tail = [event_for(campaign, person, DMARC, 2) for person in members[190:]]
    hear_and_judge(*(event_for(campaign, person, DMARC, 1) for person in members[:190]))
    campaign.refresh_from_db()
    assert campaign.state == "sending", "fewer than 200 outcomes do not hold it"
    hear_and_judge(*tail)
    domain_rejections.judge()
    campaign.refresh_from_db()
    assert (campaign.state, campaign.held_reason) == ("sending", ""), "checked again only after a pause"
    Rejection.objects.update(judged_at=datetime(2026, 1, 1, tzinfo=UTC))
    domain_rejections.judge()
    campaign.refresh_from_db()
    assert (campaign.state, campaign.held_reason) == ("held", "rejections")
    assert "outlook.com: 200 of 200 rejected (100%)" in campaign.held_detail
    assert "5.7.515" in campaign.held_detail
    assert not Suppression.objects.exists()
    assert claiming_sql.claim("tester") is None
    alarm = domain_rejections.alarms(campaign.pk)[0]
    assert (alarm.rejected, alarm.outcomes, alarm.remedy) == (200, 200, "authentication_microsoft")

    launch.resume(audit.system(), campaign.pk)
    late = [event_for(campaign, person, DMARC, 3, sg_event_id=f"late-{person}") for person in members]
    hear_and_judge(*late)
    campaign.refresh_from_db()
    assert campaign.state == "sending", "mail sent before the resume does not count"
    members = next_slice(campaign)
    hear_and_judge(*(event_for(campaign, person, DMARC, 5) for person in members))
    campaign.refresh_from_db()
    assert (campaign.state, campaign.held_reason) == ("held", "rejections")


@pytest.mark.parametrize(("rejected", "state"), first([(11, "held"), (10, "sending")]))
def test_campaign_is_held_when_rejections_pass_five_per_cent_of_a_domain(rejected, state):
    campaign, members = part(200, "qq.com")
    quota = {"event": "bounce", "type": "blocked", "reason": "550 Ip frequency limited"}
    hear_and_judge(
        *(event_for(campaign, person, quota, 1) for person in members[:rejected]),
        *(event_for(campaign, person, "delivered", 1) for person in members[rejected:]),
    )
    campaign.refresh_from_db()
    assert campaign.state == state


def test_unclassified_bounce_and_drop_of_an_unknown_cause_suppress_nobody_by_themselves():
    first, (one, two), _ = sent(2)
    hear(event_for(first, one, STRANGE, 1), event_for(first, two, LISTED, 1))
    assert not Suppression.objects.exists()
    assert sorted(Event.objects.exclude(cause="").values_list("kind", "cause")) == [
        ("bounced_hard", "unclassified"), ("dropped", "unclassified")
    ]  # fmt: skip
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["bounced", "dropped"]


@pytest.mark.parametrize("late", first([False, True]))
def test_drop_of_a_listed_address_has_the_cause_of_the_bounce_that_listed_it(late):
    first, members, _ = sent(3)
    second, *_ = again()
    causes = [DMARC, FULL_HARD, INVALID]
    bounces = [event_for(first, person, cause, 1) for person, cause in zip(members, causes, strict=True)]
    blocks = [event_for(first, person, FULL, 5) for person in members]  # a block puts nobody on the list
    drops = [event_for(second, person, LISTED, 9) for person in members]
    for batch in (drops, blocks, bounces) if late else (bounces, blocks, drops):
        hear(*batch)
    hear(event_for(second, members[0], STRANGE, 20))  # later than the drop, so not what listed the address
    dropped_causes = dict(Event.objects.filter(kind="dropped").values_list("subscriber_id", "cause"))
    assert dropped_causes == dict(zip(members, ["reputation", "mailbox_full", "invalid_address"], strict=True))
    assert [suppressed(person) for person in members] == [None, None, ("hard_bounce", "invalid_address")]
    assert Subscriber.objects.get(pk=members[1]).soft_bounces == 1, "a drop does not count as another bounce"


# ------------------------------------------------------------------------------------------------------- unsubscribing
def test_person_who_unsubscribes_at_the_provider_leaves_the_campaigns_lists_and_is_counted_in_its_report():
    campaign, (one, two, three), _ = sent(3)
    other = people.make_list("other")
    Subscription.objects.create(subscriber_id=one, list=other, state="confirmed", source="test")
    hear(
        event_for(campaign, one, "unsubscribe", 5),
        event_for(campaign, two, "group_unsubscribe", 5),
        event_for(campaign, three, "open", 5),
    )
    left = Subscription.objects.get(subscriber_id=one, list__slug="news")
    assert (left.state, left.unsubscribed_how, left.unsubscribed_campaign) == ("unsubscribed", "provider", campaign.pk)
    assert left.unsubscribed_at.timestamp() == START + 5
    assert Subscription.objects.get(subscriber_id=one, list=other).state == "confirmed"
    assert reports.report(campaign.pk).unsubscribed == 2
    assert suppressed(one) == ("provider_unsubscribe", "")


def test_older_departure_does_not_undo_a_return():
    campaign, (one,), _ = sent(1)
    hear(event_for(campaign, one, "unsubscribe", 5))
    Subscription.objects.update(state="confirmed", confirmed_at=datetime.fromtimestamp(START + 60, UTC), unsubscribed_at=None)
    query("UPDATE event SET applied_at = NULL")
    event_inbox.apply_events()
    assert Subscription.objects.get().state == "confirmed"
    hear(event_for(campaign, one, "unsubscribe", 60))
    assert Subscription.objects.get().state == "unsubscribed", "in the same second the unsubscribe counts"


def test_departure_at_the_provider_does_not_replace_one_with_us():
    campaign, (one,), _ = sent(1)
    subscriptions.unsubscribe(audit.system(), one, how="one-click")
    hear(event_for(campaign, one, "unsubscribe", 5))
    assert Subscription.objects.get().unsubscribed_how == "one-click"


# ---------------------------------------------------------------------------------------------------- order and number
TABLES = {
    "delivery": "SELECT campaign_id, subscriber_id, state, reason, proof, delivered_at FROM delivery",
    "event": "SELECT key, kind, cause, address_key, campaign_id, subscriber_id FROM event",
    "suppression": "SELECT address_key, address, reason, detail, cause, evidence_at FROM suppression",
    "subscriber": "SELECT id, soft_bounces FROM subscriber",
    "subscription": "SELECT id, state, unsubscribed_how, unsubscribed_at, unsubscribed_campaign FROM subscription",
    "slice": "SELECT id, state, proof FROM slice",
}


def rows() -> dict[str, list[str]]:
    return {name: sorted(map(str, query(sql))) for name, sql in TABLES.items()}


def forget_events() -> None:
    with connection.cursor() as cursor:
        for table in ("event", "provider_payload", "suppression", "rejection"):
            cursor.execute(f"DELETE FROM {table}")
        cursor.execute("UPDATE delivery SET state = NULL, reason = NULL, proof = NULL, delivered_at = NULL")
        cursor.execute("UPDATE slice SET state = 'unknown', proof = NULL")
        cursor.execute("UPDATE subscriber SET soft_bounces = 0")
        cursor.execute("UPDATE subscription SET state = 'confirmed', unsubscribed_how = '', unsubscribed_at = NULL, "
                       "unsubscribed_campaign = NULL")  # fmt: skip


def everything(campaigns: list[Campaign], members: list[int], dice: random.Random) -> list[dict[str, object]]:
    """Events of every kind and cause over three campaigns, with times that leave their order open."""
    kinds = [FULL, FULL_HARD, DMARC, STRANGE, INVALID, LISTED, {"event": "dropped", "reason": "Invalid"},
             {"event": "dropped", "reason": "Unsubscribed Address"}, "delivered", "open", "spamreport", "unsubscribe",
             {"event": "deferred", "response": "451 4.7.0 rate limited", "attempt": "1"}]  # fmt: skip
    events = []
    for number, person in enumerate(members):
        # A stronger reason would hide a weaker one, so some people only get events about their mailbox, or about their address.
        choice = (kinds, [FULL, FULL_HARD, "delivered", "processed"], [INVALID, FULL, LISTED, "delivered"])[number % 3]
        for campaign in campaigns:
            events += [event_for(campaign, person, dice.choice(choice), dice.randrange(6)) for _ in range(3)]
    nameless = event_for(campaigns[0], members[0], INVALID, 3, sg_event_id="late")
    return [*events, {name: value for name, value in nameless.items() if not name.startswith("mr_")}]


@pytest.mark.soak
def test_events_in_twenty_random_orders_and_replayed_give_the_same_rows():
    first, members, _ = sent(16, 16)
    campaigns = [first, again()[0], again()[0]]
    dice = random.Random(5)
    events = everything(campaigns, members, dice)
    seen: list[dict[str, list[str]]] = []
    for _ in range(20):
        forget_events()
        batch = events + dice.sample(events, dice.randrange(len(events)))
        dice.shuffle(batch)
        for part in (batch[: len(batch) // 3], batch[len(batch) // 3 :]):
            hear(*part)
        seen.append(rows())
    for tables in seen[1:]:
        assert {name: tables[name] for name in TABLES if tables[name] != seen[0][name]} == {}
    query("UPDATE event SET applied_at = NULL")
    event_inbox.apply_events()
    assert rows() == seen[0]
    reasons = set(Suppression.objects.values_list("reason", flat=True))
    assert reasons >= {"soft_bounces", "hard_bounce", "complaint", "provider_unsubscribe"}, "or the test proves nothing"
    assert Subscriber.objects.filter(soft_bounces__in=[1, 2]).exists()
    assert Subscription.objects.filter(state="unsubscribed").exists()


# ------------------------------------------------------------------------------------------------------- what is shown
@pytest.fixture
def run(monkeypatch):
    monkeypatch.setattr(bootstrap, "join_servers", lambda environment: None)
    monkeypatch.setattr(bootstrap, "_quieten", lambda: None)
    return invoke


def test_alarm_and_its_fix_are_shown_by_campaign_show_report_doctor_and_console(client, run):
    campaign, members, _ = sent(2, 2, "outlook.com")
    hear(*(event_for(campaign, person, DMARC, 0, timestamp=int(time.time())) for person in members))
    fix = REMEDIES["authentication_microsoft"]
    for command in (["campaign", "show", str(campaign.pk)], ["campaign", "report", str(campaign.pk)], ["system", "doctor"]):
        shown = " ".join(run(*command).out.split())
        assert "outlook.com" in shown, command
        assert fix in shown, command
    document = json.loads(run("campaign", "report", str(campaign.pk), "--json").out)["rejections"]
    assert [(alarm["domain"], alarm["rejected"], alarm["remedy"]) for alarm in document] == [
        ("outlook.com", 2, "authentication_microsoft")
    ]  # fmt: skip
    client.force_login(User.objects.create_superuser("root", "root@cast.example", "pw"))
    page = client.get(reverse("campaign", args=[campaign.pk])).content.decode()
    assert "outlook.com" in page
    assert escape(fix) in page
