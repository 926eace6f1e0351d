"""The provider's later events: stored once, applied once, and the same rows in any order and number."""

import json
import random
import time
from datetime import timedelta

import pytest
from django.db.models import F

from campaigns.models import Attempt, Campaign, Delivery, DeliveryLog, Event, ProviderPayload, Slice
from campaigns.reporting import reports
from campaigns.sending import claiming_sql, settling, single_mails
from publication import audit, clock
from publication.retention import RETENTIONS
from subscribers import addresses, tokens
from subscribers.consent import erasing, subscriptions
from subscribers.models import Notice, Subscriber, Suppression
from tests.campaigns.attempt_steps import ACCEPTED, UNKNOWN, gate_next, hear
from tests.support import people
from tests.support.variations import first
from transport.outcomes import Cause, Outcome, OutcomeKind
from worker import upkeep

pytestmark = pytest.mark.django_db(transaction=True)

NOW = int(time.time())


def in_flight(count: int = 4, size: int = 4) -> tuple[Campaign, list[int], int]:
    """A campaign whose first slice is under way: (campaign, its members, the attempt)."""
    campaign = people.start(people.make_campaign(count, size))
    return campaign, *send_next(campaign)


def send_next(campaign: Campaign) -> tuple[list[int], int]:
    sent = gate_next(campaign)
    return sent.people, sent.attempt


def event(campaign: Campaign, person: int, attempt: int | None, name: str, **more: object) -> dict[str, object]:
    ids = {"mr_d": tokens.TokenMaker("delivery").make(campaign.pk, person)}
    if attempt is not None:
        ids["mr_a"] = tokens.TokenMaker("attempt").make(campaign.pk, attempt)
    address = Subscriber.objects.get(pk=person).address
    return {"email": address, "timestamp": NOW, "event": name, "sg_event_id": f"{name}-{person}-{attempt}", **ids, **more}


HARD = {"type": "bounce", "status": "5.1.1", "reason": "550 no such user"}


def own_states(campaign: Campaign) -> list[tuple[int, str | None, str | None]]:
    return sorted(Delivery.objects.filter(campaign=campaign).values_list("subscriber_id", "state", "reason"))


def test_each_event_updates_its_delivery_and_the_suppressions():
    campaign, (one, two, three, four), attempt = in_flight()
    settling.settle(attempt, ACCEPTED)
    hear(
        event(campaign, one, attempt, "delivered"),
        event(campaign, two, attempt, "bounce", **HARD),
        event(campaign, three, attempt, "spamreport"),
        event(campaign, four, attempt, "dropped", reason="Unsubscribed Address"),
    )
    report = reports.report(campaign.pk)
    assert (report.delivered, report.bounced, report.hard, report.complained, report.dropped) == (2, 1, 1, 1, 1)
    assert report.balances
    reasons = {bytes(key): reason for key, reason in Suppression.objects.values_list("address_key", "reason")}
    keys = {person.pk: bytes(person.address_key) for person in Subscriber.objects.all()}
    assert reasons == {keys[two]: "hard_bounce", keys[three]: "complaint", keys[four]: "provider_unsubscribe"}


def test_an_event_from_the_future_counts_as_of_its_receipt_so_that_later_consent_outlasts_it():
    campaign, (one, *_), attempt = in_flight()
    hear(event(campaign, one, attempt, "unsubscribe", timestamp=4_000_000_000))
    assert Event.objects.get().at == ProviderPayload.objects.get().received_at
    assert Event.objects.get().at <= clock.now()


def test_stored_bounce_keeps_the_data_of_its_cause_but_no_address():
    campaign, (one, *_), attempt = in_flight()
    address = Subscriber.objects.get(pk=one).address
    text = f"550 5.7.515 <{address}>: access denied to {address}, see https://example.net/help"
    hear(event(campaign, one, attempt, "bounce", type="bounce", reason=text, bounce_classification="Invalid Address"))
    detail = Event.objects.get().detail
    domain = address.rpartition("@")[2]
    assert (detail["type"], detail["classification"], detail["domain"]) == ("bounce", "Invalid Address", domain)
    assert detail["reason"] == f"550 5.7.515 <…@{domain}>: access denied to …@{domain}, see https://example.net/help"
    assert address not in json.dumps(detail)


@pytest.mark.parametrize("state", ["in_flight", "unknown", "held", "failed", "abandoned"])
def test_an_event_proves_the_whole_attempt_it_names(state):
    campaign, members, attempt = in_flight()
    if state != "in_flight":
        settling.settle(attempt, UNKNOWN)
        Slice.objects.update(state=state)
    hear(event(campaign, members[0], attempt, "processed"))
    assert Slice.objects.get().state == "accepted"
    assert Slice.objects.get().proof == "event"
    assert reports.report(campaign.pk).accepted == 4
    settling.settle(attempt, Outcome(OutcomeKind.BUSY, 429))
    assert Slice.objects.get().state == "accepted", "accepted stays accepted"


def test_event_of_an_earlier_attempt_prevents_a_resend():
    campaign, members, first = in_flight()
    settling.settle(first, Outcome(OutcomeKind.NEVER_CONNECTED))
    Slice.objects.update(not_before=None)
    assert Slice.objects.get().state == "planned"
    hear(event(campaign, members[1], first, "delivered"))
    assert claiming_sql.claim("tester") is None
    assert reports.report(campaign.pk).accepted == 4


def test_event_of_an_earlier_attempt_during_a_resend_is_listed_once_as_possible_duplicate():
    campaign, members, first = in_flight()
    settling.settle(first, Outcome(OutcomeKind.BUSY, 429))
    Slice.objects.update(not_before=None)
    _, second = send_next(campaign)
    for _ in range(2):
        hear(event(campaign, members[0], first, "processed", sg_event_id=random.random().hex()))
    log = DeliveryLog.objects.get(kind="possible_duplicate")
    assert (log.attempt_id, log.detail) == (first, {"current_attempt": second})
    assert Slice.objects.get().state == "accepted", "no third mail, whatever becomes of the second"
    assert reports.report(campaign.pk).possible_duplicates == 1


def test_event_of_a_split_attempt_proves_both_halves():
    campaign, members, attempt = in_flight()
    settling.settle(attempt, Outcome(OutcomeKind.REFUSED, 413, cause=Cause.TOO_LARGE))
    assert sorted(Slice.objects.values_list("state", flat=True)) == ["planned", "planned", "split"]
    hear(event(campaign, members[3], attempt, "delivered"))
    assert sorted(Slice.objects.values_list("state", flat=True)) == ["accepted", "accepted", "split"]
    assert claiming_sql.claim("tester") is None


@pytest.mark.parametrize(
    ("days_ago", "names_attempt", "bounced"), first([(0, False, "second"), (1, False, "first"), (0, True, "first"), (3, False, None)], 2)
)  # fmt: skip
def test_a_late_bounce_without_ids_is_matched_by_address_and_time(days_ago, names_attempt, bounced):
    first, members, attempt = in_flight()
    settling.settle(attempt, ACCEPTED)
    Campaign.objects.filter(pk=first.pk).update(started_at=F("started_at") - timedelta(days=2))
    second = people.start(people.make_campaign(0))
    reader = Subscriber.objects.get(pk=members[2])
    ids = {"mr_a": tokens.TokenMaker("attempt").make(first.pk, attempt)} if names_attempt else {}
    at = int((clock.now() - timedelta(days=days_ago)).timestamp())
    hear({"email": reader.address.upper(), "timestamp": at, "event": "bounce", "sg_event_id": "late", **ids, **HARD})
    states = {campaign: Delivery.objects.get(campaign=campaign, subscriber_id=reader.pk).state for campaign in (first, second)}
    assert states == {first: "bounced" if bounced == "first" else None, second: "bounced" if bounced == "second" else None}
    assert bytes(Suppression.objects.get().address_key) == addresses.validate(reader.address).key


# Test mails go to staff, who may be subscribers as well: a draft that a colleague reports or a filter rejects says nothing about
# the mail that they subscribed to. Erased people have no address any more.
@pytest.mark.parametrize("mail", first(["notice", "notice of an erased person", "staff_mail", "test_send"], 2))
@pytest.mark.parametrize(
    ("name", "more", "reason"),
    [("spamreport", {}, "complaint"), ("bounce", HARD, "hard_bounce"), ("group_unsubscribe", {}, "provider_unsubscribe")],
    ids=["complaint", "bounce", "unsubscribe"],
)
def test_a_notice_suppresses_its_address_as_a_campaign_does_and_other_single_mails_suppress_nobody(mail, name, more, reason):
    campaign, members, _ = in_flight()
    reader = Subscriber.objects.get(pk=members[0])
    address, number = reader.address, 7
    if mail.startswith("notice"):
        number = Notice.objects.create(purpose="confirm", token="1", address=address, subscriber=reader, state="in_flight").pk
    if "erased" in mail:
        erasing.erase(audit.command_line(), reader)
    before = [*Suppression.objects.values_list("reason", flat=True)]
    token = tokens.TokenMaker("single").make(single_mails.SCOPES[mail.split()[0]], number)
    now = int(clock.now().timestamp())
    hear({"email": address, "timestamp": now, "event": name, "sg_event_id": "n", "mr_d": token, **more})
    assert [*Suppression.objects.values_list("reason", flat=True)] == ([reason] if mail == "notice" else before)
    assert own_states(campaign) == [(member, None, None) for member in members], "no campaign counts it"
    kept = Event.objects.get()
    assert (kept.campaign_id, kept.address_key is not None) == (None, mail == "notice" and name == "bounce")
    if mail == "notice":
        assert Notice.objects.get().state == "accepted"


def test_bounce_of_an_unknown_recipient_suppresses_the_address():
    campaign, _, attempt = in_flight()
    hear({"email": "stranger@elsewhere.example", "timestamp": NOW, "event": "bounce", "sg_event_id": "s", **HARD})
    assert own_states(campaign) == [(person, None, None) for person, _, _ in own_states(campaign)]
    assert Suppression.objects.count() == 1
    assert Attempt.objects.get(pk=attempt).outcome is None


def test_event_for_a_skipped_recipient_is_logged_as_an_alarm():
    campaign = people.start(people.make_campaign(3, 3))
    gone = Delivery.objects.order_by("subscriber_id").first().subscriber_id
    subscriptions.unsubscribe(audit.system(), gone, how="page")
    _, attempt = send_next(campaign)
    hear(event(campaign, gone, attempt, "delivered"))
    assert DeliveryLog.objects.get(kind="event_for_skipped").subscriber_id == gone
    assert Delivery.objects.get(subscriber_id=gone).state == "skipped"


def test_malformed_elements_and_forged_ids_do_not_affect_other_events():
    campaign, members, attempt = in_flight()
    settling.settle(attempt, ACCEPTED)
    forged = event(campaign, members[0], attempt, "bounce", **HARD)
    forged["mr_d"] = "A" * 36
    forged["email"] = "not an address"
    hear(
        17, None, {"event": 3}, "text", {"event": "delivered"}, {"event": "brand_new", "timestamp": NOW, "email": "x@y.example"},
        forged, {"event": "account_status_change", "timestamp": NOW, "type": "reactivate", "sg_event_id": "a"},
        event(campaign, members[1], attempt, "delivered", future_field={"deep": [1]}),
    )  # fmt: skip
    report = reports.report(campaign.pk)
    assert (report.delivered, report.bounced, report.awaiting) == (1, 0, 3)
    payload = ProviderPayload.objects.get()
    assert {fault["index"] for fault in payload.faults} >= {0, 1, 3}
    assert payload.body is None
    assert not Event.objects.filter(applied_at=None).exists()


def test_account_suspension_holds_campaigns_that_are_sending():
    campaign, _, _ = in_flight(8, 4)
    hear({"event": "account_status_change", "timestamp": NOW, "type": "compliance_suspend", "sg_event_id": "a"})
    campaign.refresh_from_db()
    assert (campaign.state, campaign.held_reason) == ("held", "provider")
    assert "compliance_suspend" in campaign.held_detail


def test_payloads_and_routine_events_are_removed_after_their_retention_period_but_bounces_stay(monkeypatch):
    campaign, (one, two, *_), attempt = in_flight()
    settling.settle(attempt, ACCEPTED)
    hear(event(campaign, one, attempt, "delivered"), event(campaign, two, attempt, "bounce", **HARD))
    for model, field, age in [
        (ProviderPayload, "split_at", RETENTIONS["WEBHOOK_PAYLOADS"].period),
        (Event, "applied_at", RETENTIONS["EVENTS"].period),
    ]:
        model.objects.update(**{field: clock.now() - age + timedelta(hours=1)})
    assert [RETENTIONS[name].end() for name in ("WEBHOOK_PAYLOADS", "EVENTS")] == [0, 0]
    for model, field in [(ProviderPayload, "split_at"), (Event, "applied_at")]:
        model.objects.update(**{field: F(field) - timedelta(hours=2)})

    def fail(before):
        raise PermissionError

    # What cannot be removed keeps nothing else.
    monkeypatch.setitem(RETENTIONS, "ORIGINALS", RETENTIONS["ORIGINALS"]._replace(remove=fail))
    with pytest.raises(ExceptionGroup) as caught:
        upkeep.tidy()
    assert [type(fault) for fault in caught.value.exceptions] == [PermissionError]
    assert not ProviderPayload.objects.exists()
    assert Event.objects.get().kind == "bounced_hard"
    assert dict(Delivery.objects.values_list("subscriber_id", "state"))[one] == "delivered"
