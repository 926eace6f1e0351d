"""Orders of steps that could lose or duplicate recipients: late answers, older attempts, races between two connections."""

import threading

import pytest
from django.db import connection, transaction

from campaigns import launch
from campaigns.models import Campaign, Delivery, DeliveryLog, Slice
from campaigns.recovery import uncertain_slices
from campaigns.reporting import reports
from campaigns.sending import claiming_sql, filling, schedule, schedule_sql, settling
from campaigns.sending import gate as sending_gate
from campaigns.tracking import events as applying
from campaigns.tracking import events_sql
from publication import audit, clock
from publication.installation import publication
from publication.models import Publication
from tests.campaigns.sending.test_gate import ACCEPTED, UNKNOWN, balanced, expire_leases, take
from tests.support import people
from transport.outcomes import Cause, Outcome, OutcomeKind

pytestmark = pytest.mark.django_db(transaction=True)

BUSY = Outcome(OutcomeKind.BUSY, 429)
BAD = Outcome(OutcomeKind.REFUSED, 400, cause=Cause.RECIPIENT, recipient_index=0, detail="400")


def event(attempt_id: int) -> applying.StoredEvent:
    return applying.StoredEvent(0, "processed", None, None, attempt_id, None, "", {}, clock.now())


def apply_event(attempt_id: int) -> None:
    with transaction.atomic():
        applying.apply([event(attempt_id)])


def send_again(attempt_id: int, reason: str = "asked") -> None:
    """unknown -> held -> planned, as after the settle time and an operator's decision."""
    publication()
    Publication.objects.update(policies={"settle_hours": 0})
    settling.reap()
    Publication.objects.update(policies={})
    uncertain_slices.decide(audit.system(), [uncertain_slices.slice_of_attempt(attempt_id)], "resend", reason)


# ------------------------------------------------------------------------------- answers after the campaign has ended
@pytest.mark.parametrize("answer", [BUSY, BAD])
def test_recipients_freed_by_a_late_rejection_after_the_end_are_mailed(answer):
    campaign = people.start(people.make_campaign(3))
    _, gate = take(campaign)
    expire_leases()
    settling.reap()
    assert schedule.finish_done() == [campaign.pk]
    assert settling.settle(gate.attempt_id, answer)
    schedule.tend_ended()
    Slice.objects.update(not_before=None)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.finished_at) == ("sending", None)
    while schedule_sql.count_open(campaign.pk):
        _, again = take(campaign)
        settling.settle(again.attempt_id, ACCEPTED)
    assert schedule.finish_done() == [campaign.pk]
    assert balanced(campaign).accepted == 3


@pytest.mark.parametrize("answer", [BUSY, BAD])
def test_recipients_freed_after_a_cancel_are_skipped(answer):
    campaign = people.start(people.make_campaign(3))
    _, gate = take(campaign)
    launch.cancel(audit.system(), campaign.pk)
    settling.settle(gate.attempt_id, answer)
    schedule.tend_ended()
    report = balanced(campaign)
    assert (report.state, report.skipped, report.planned) == ("cancelled", 3, 0)
    assert report.skipped_reasons == {"campaign cancelled": 3}


# --------------------------------------------------------------------------------------------------- older attempts
def test_event_of_an_older_attempt_during_the_gate_is_listed_as_possible_duplicate():
    campaign = people.start(people.make_campaign(3))
    _, first = take(campaign)
    settling.settle(first.attempt_id, BUSY)
    Slice.objects.update(not_before=None)
    failures: list[BaseException] = []

    def apply_in_thread() -> None:
        try:
            apply_event(first.attempt_id)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=apply_in_thread)
    with transaction.atomic():
        _, second = take(campaign)
        thread.start()
        thread.join(0.7)  # it waits for the gate's row lock
    thread.join(60)
    assert not failures
    assert Slice.objects.get().state == "accepted"
    assert reports.report(campaign.pk).possible_duplicates == 1
    assert DeliveryLog.objects.get(kind="possible_duplicate").detail == {"current_attempt": second.attempt_id}


@pytest.mark.parametrize("answer", [BUSY, BAD, UNKNOWN])
def test_recipient_proved_by_an_older_attempt_gets_no_third_mail(answer):
    campaign = people.start(people.make_campaign(3))
    _, first = take(campaign)
    settling.settle(first.attempt_id, UNKNOWN)
    send_again(first.attempt_id)
    _, second = take(campaign)
    apply_event(first.attempt_id)
    settling.settle(second.attempt_id, answer)
    Slice.objects.update(not_before=None)
    assert claiming_sql.claim("tester") is None
    assert balanced(campaign).accepted == 3


# ------------------------------------------------------------------------------------------------------- cut in two
def test_request_too_large_for_one_recipient_fails_without_further_splits():
    campaign = people.start(people.make_campaign(3))
    lists = [mailing_list.pk for mailing_list in campaign.lists.all()]
    for _ in range(10):
        claim = claiming_sql.claim("tester")
        if claim is None:
            break
        gate = sending_gate.gate(claim, lists, "tester")
        settling.settle(
            gate.attempt_id,
            Outcome(OutcomeKind.REFUSED, cause=Cause.TOO_LARGE, detail="body: 30000000 bytes of at most 29000000"),
        )
        balanced(campaign)
    else:
        pytest.fail("it never ends")
    report = balanced(campaign)
    assert report.failed
    assert report.failed == 3 or report.state == "held"


def test_splitting_a_slice_whose_members_have_their_own_states_loses_nobody():
    campaign = people.start(people.make_campaign(3))
    _, gate = take(campaign)
    events_sql.raise_facts(
        [
            {"campaign_id": campaign.pk, "subscriber_id": subscriber_id, "state": "delivered", "reason": ""}
            for subscriber_id in Delivery.objects.values_list("subscriber_id", flat=True)
        ]
    )
    settling.settle(gate.attempt_id, BAD)
    assert balanced(campaign).delivered == 3


# ----------------------------------------------------------------------------------------------------------- budget
def test_budget_counts_new_uncertain_recipients_even_if_older_ones_were_cleared():
    campaign = people.start(people.make_campaign(16, attempt_size=2))
    old = []
    for _ in range(3):
        _, gate = take(campaign)
        settling.settle(gate.attempt_id, UNKNOWN)
        old.append(gate.attempt_id)
    assert Campaign.objects.get().held_reason == "budget"
    launch.resume(audit.system(), campaign.pk)
    for attempt_id in old:
        apply_event(attempt_id)
    for expected in ("sending", "sending", "held"):
        _, gate = take(campaign)
        settling.settle(gate.attempt_id, UNKNOWN)
        campaign.refresh_from_db()
        assert campaign.state == expected


# ------------------------------------------------------------------------------------------------------------- fill
def test_invalid_audience_holds_only_its_own_campaign():
    campaign = people.make_campaign(3)
    launch.schedule(audit.system(), campaign.pk)
    Campaign.objects.update(segment_text="this is ( no segment")
    schedule.start_due()
    assert filling.fill(campaign.pk) is None
    campaign.refresh_from_db()
    assert (campaign.state, campaign.held_reason) == ("held", "audience")


# -------------------------------------------------------------------------------------------- a database gone back
@pytest.mark.parametrize("reused", [False, True])
def test_event_of_a_lost_attempt_causes_quarantine_and_proves_nobody(reused):
    campaign = people.start(people.make_campaign(8))
    first, second = Slice.objects.order_by("number")
    _, gate = take(campaign)
    named = gate.attempt_id if reused else gate.attempt_id + 1000
    stored = applying.StoredEvent(0, "processed", campaign.pk, second.first_subscriber_id, named, None, "", {}, clock.now())
    with transaction.atomic():
        applying.apply([stored])
    first.refresh_from_db()
    assert first.state == "in_flight"
    campaign.refresh_from_db()
    assert (campaign.state, campaign.held_reason) == ("held", "quarantine")
    assert publication().quarantined_at is not None
    assert claiming_sql.claim("tester") is None
