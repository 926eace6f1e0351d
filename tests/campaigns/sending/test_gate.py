"""The gate and the state changes of a slice, one step at a time, on a real database."""

import itertools
from datetime import timedelta

import pytest
from django.db import connection

from campaigns import launch
from campaigns.models import Attempt, Campaign, Delivery, Slice
from campaigns.recovery import uncertain_slices
from campaigns.reporting import reports
from campaigns.sending import claiming_sql, filling, gate_sql, schedule, settling
from campaigns.sending import gate as sending_gate
from campaigns.tracking import events_sql
from publication import audit, clock
from publication.installation import publication
from publication.models import Publication
from subscribers.consent import subscriptions, suppressions
from subscribers.models import Subscriber
from tests.campaigns.attempt_steps import ACCEPTED, UNKNOWN, event, gate_next, hear
from tests.support import people
from transport.outcomes import Cause, Outcome, OutcomeKind

pytestmark = pytest.mark.django_db(transaction=True)


def take(campaign: Campaign) -> tuple[claiming_sql.Claim, sending_gate.GatePass | None]:
    lists = [mailing_list.pk for mailing_list in campaign.lists.all()]
    claim = claiming_sql.claim("tester")
    assert claim is not None
    return claim, sending_gate.gate(claim, lists, "tester")


def expire_leases() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE slice SET lease_until = clock_timestamp() - interval '1 second' WHERE lease_until IS NOT NULL")


def balanced(campaign: Campaign) -> reports.Report:
    report = reports.report(campaign.pk)
    assert report.balances, report
    return report


def test_fill_cuts_slices_in_id_order_and_stores_the_number_of_recipients():
    campaign = people.start(people.make_campaign(10, attempt_size=4))
    assert campaign.state == "sending"
    assert campaign.recipients == 10
    slices = list(Slice.objects.order_by("number"))
    assert [slice_.count for slice_ in slices] == [4, 4, 2]
    assert all(a.last_subscriber_id < b.first_subscriber_id for a, b in itertools.pairwise(slices))
    assert balanced(campaign).planned == 10


def test_a_killed_fill_starts_again_and_a_second_fill_finds_nothing_to_do():
    campaign = people.start(people.make_campaign(5))
    assert filling.fill(campaign.pk) is None
    assert Delivery.objects.count() == 5


def test_one_slice_from_claim_to_accepted():
    campaign = people.start(people.make_campaign(3))
    claim, gate = take(campaign)
    assert gate is not None
    assert gate.members == set(Delivery.objects.filter(slice=claim.number).values_list("subscriber_id", flat=True))
    assert balanced(campaign).in_flight == 3
    assert settling.settle(gate.attempt_id, ACCEPTED)
    assert balanced(campaign).accepted == 3
    assert schedule.finish_done() == [campaign.pk]
    assert Campaign.objects.get().state == "sent"
    assert not settling.settle(gate.attempt_id, ACCEPTED)
    assert claim.count == 3


def test_person_who_unsubscribes_between_claim_and_gate_is_not_mailed():
    campaign = people.start(people.make_campaign(4))
    lists = [mailing_list.pk for mailing_list in campaign.lists.all()]
    claim = claiming_sql.claim("tester")
    one, two, three, four = Delivery.objects.order_by("subscriber_id").values_list("subscriber_id", flat=True)
    subscriptions.unsubscribe(audit.system(), one, how="page")
    suppressions.suppress(audit.system(), Subscriber.objects.get(pk=two).address, "hard_bounce")
    gate = sending_gate.gate(claim, lists, "tester")
    assert gate.members == {three, four}
    assert dict(Delivery.objects.filter(state="skipped").values_list("subscriber_id", "reason")) == {
        one: "unsubscribed",
        two: "suppressed",
    }
    settling.settle(gate.attempt_id, ACCEPTED)
    report = balanced(campaign)
    assert (report.accepted, report.skipped) == (2, 2)


def test_slice_whose_members_all_unsubscribed_ends_without_an_attempt():
    campaign = people.start(people.make_campaign(2))
    for delivery in Delivery.objects.all():
        subscriptions.unsubscribe(audit.system(), delivery.subscriber_id, how="page")
    _, gate = take(campaign)
    assert gate is None
    assert not Attempt.objects.exists()
    assert schedule.finish_done() == [campaign.pk]
    assert balanced(campaign).skipped == 2


@pytest.mark.parametrize("stop", ["pause", "cancel", "lease", "quarantine", "digest"])
def test_gate_refuses_slices_that_may_not_be_sent_any_more(stop):
    campaign = people.start(people.make_campaign(3))
    lists = [mailing_list.pk for mailing_list in campaign.lists.all()]
    claim = claiming_sql.claim("tester")
    match stop:
        case "pause":
            launch.pause(audit.system(), campaign.pk)
        case "cancel":
            launch.cancel(audit.system(), campaign.pk)
        case "lease":
            expire_leases()
        case "quarantine":
            publication()
            Publication.objects.update(quarantined_at="2026-01-01T00:00Z")
        case "digest":
            Campaign.objects.update(digest="another")
    assert sending_gate.gate(claim, lists, "tester") is None
    assert not Attempt.objects.exists()
    assert not Slice.objects.filter(state="claimed").exists(), "a resume need not wait for a lease"
    balanced(campaign)


def test_expired_claim_is_planned_again_and_its_worker_is_fenced_off():
    campaign = people.start(people.make_campaign(3))
    lists = [mailing_list.pk for mailing_list in campaign.lists.all()]
    first = claiming_sql.claim("tester")
    expire_leases()
    settling.reap()
    second = claiming_sql.claim("another")
    assert second.slice_id == first.slice_id
    assert sending_gate.gate(first, lists, "tester") is None
    assert claiming_sql.release(first) == 0
    assert sending_gate.gate(second, lists, "another") is not None


def test_attempt_of_a_dead_worker_becomes_unknown_and_is_not_resent_by_time():
    campaign = people.start(people.make_campaign(3))
    _, gate = take(campaign)
    expire_leases()
    settling.reap()
    expire_leases()
    settling.reap()
    assert Slice.objects.get().state == "unknown"
    assert Attempt.objects.get().outcome == "unknown"
    assert claiming_sql.claim("tester") is None
    assert schedule.finish_done() == [campaign.pk]
    report = balanced(campaign)
    assert (report.unknown, report.uncertain, report.state) == (3, 3, "sent")
    assert {line["reason"] for line in reports.not_accepted(campaign.pk)} == {"the worker did not report"}
    assert settling.settle(gate.attempt_id, ACCEPTED), "a late 202 to the same attempt"
    assert balanced(campaign).accepted == 3


def test_attempt_proved_by_an_event_ends_as_accepted_when_its_worker_is_gone():
    campaign = people.start(people.make_campaign(3))
    sent = gate_next(campaign)
    hear(event(campaign, sent.people[0], sent.attempt))
    settling.reap()
    assert Attempt.objects.get().outcome is None, "its worker may still report"
    Attempt.objects.update(gate_at=clock.now() - timedelta(seconds=gate_sql.GATE_SECONDS + 1))
    settling.reap()
    attempt = Attempt.objects.get()
    assert (attempt.outcome, attempt.detail) == ("accepted", "the worker did not report (proved by event)")
    assert attempt.ended_at is not None
    assert balanced(campaign).accepted == 3


def test_attempt_ends_when_its_worker_is_gone_even_if_an_older_attempt_was_proved():
    campaign = people.start(people.make_campaign(3))
    first = gate_next(campaign)
    settling.settle(first.attempt, UNKNOWN)
    uncertain_slices.decide(audit.system(), [Slice.objects.get().pk], "resend", "asked")
    second = gate_next(campaign)
    hear(event(campaign, first.people[0], first.attempt))
    Attempt.objects.update(gate_at=clock.now() - timedelta(seconds=gate_sql.GATE_SECONDS + 1))
    settling.reap()
    attempt = Attempt.objects.get(pk=second.attempt)
    assert (attempt.outcome, attempt.detail) == ("unknown", "the worker did not report")
    assert balanced(campaign).accepted == 3


def test_late_answer_of_a_superseded_attempt_changes_nothing():
    campaign = people.start(people.make_campaign(3))
    _, first = take(campaign)
    settling.settle(first.attempt_id, Outcome(OutcomeKind.BUSY, 429))
    Slice.objects.update(not_before=None)
    _, second = take(campaign)
    assert second.attempt_id > first.attempt_id
    assert not settling.settle(first.attempt_id, ACCEPTED)
    assert Slice.objects.get().state == "in_flight"
    settling.settle(second.attempt_id, ACCEPTED)
    settling.settle(first.attempt_id, Outcome(OutcomeKind.BUSY, 429))
    assert Slice.objects.get().state == "accepted", "accepted stays accepted"


def test_busy_and_unconnected_slices_are_planned_again_later():
    campaign = people.start(people.make_campaign(6, attempt_size=3))
    for outcome in (Outcome(OutcomeKind.BUSY, 429, retry_after=7.0), Outcome(OutcomeKind.NEVER_CONNECTED, detail="refused")):
        _, gate = take(campaign)
        settling.settle(gate.attempt_id, outcome)
    assert set(Slice.objects.values_list("state", flat=True)) == {"planned"}
    assert set(Slice.objects.values_list("proof", flat=True)) == {"reject", "never connected"}
    assert all(Slice.objects.values_list("not_before", flat=True))
    assert claiming_sql.claim("tester") is None
    assert claiming_sql.count_due() == 0


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (
            Outcome(OutcomeKind.REFUSED, 401, cause=Cause.CREDENTIALS),
            "credentials",
        ),
        (Outcome(OutcomeKind.REFUSED, 403, cause=Cause.CREDENTIALS), "credentials"),
        (Outcome(OutcomeKind.REFUSED, 401, cause=Cause.QUOTA), "quota"),
        (Outcome(OutcomeKind.REFUSED, 415), "provider"),
        (Outcome(OutcomeKind.REFUSED, 400, cause=Cause.MESSAGE), "message"),
    ],
)
def test_rejection_not_about_a_recipient_holds_the_campaign_and_frees_the_slice(outcome, reason):
    campaign = people.start(people.make_campaign(3))
    _, gate = take(campaign)
    settling.settle(gate.attempt_id, outcome)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.held_reason) == ("held", reason)
    assert Slice.objects.get().state == "planned"
    assert claiming_sql.claim("tester") is None
    launch.resume(audit.system(), campaign.pk)
    assert claiming_sql.claim("tester") is not None


def test_recipient_whose_address_changed_is_skipped_with_that_reason():
    campaign = people.start(people.make_campaign(2))
    delivery = Delivery.objects.order_by("subscriber_id").first()
    Delivery.objects.filter(subscriber_id=delivery.subscriber_id, campaign=campaign).update(address_key=b"x" * 16)
    _, gate = take(campaign)
    assert delivery.subscriber_id not in gate.members
    assert reports.report(campaign.pk).skipped_reasons == {"address changed": 1}


def test_delivery_with_its_own_state_is_not_mailed_again():
    campaign = people.start(people.make_campaign(3))
    lists = [mailing_list.pk for mailing_list in campaign.lists.all()]
    claim = claiming_sql.claim("tester")
    known = Delivery.objects.order_by("subscriber_id").first().subscriber_id
    events_sql.raise_facts([{"campaign_id": campaign.pk, "subscriber_id": known, "state": "delivered", "reason": ""}])
    gate = sending_gate.gate(claim, lists, "tester")
    assert known not in gate.members
    assert balanced(campaign).delivered == 1
