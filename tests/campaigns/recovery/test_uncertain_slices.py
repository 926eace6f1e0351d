"""Uncertain recipients are listed; an operator's decision covers all of them or none, and is recorded."""

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction

from campaigns import launch
from campaigns.models import Attempt, Campaign, Delivery, DeliveryLog, Slice
from campaigns.recovery import uncertain_slices
from campaigns.reporting import reports
from campaigns.sending import claiming_sql, schedule, settling
from campaigns.states import hold_campaign
from campaigns.tracking import event_inbox
from publication import audit, clock
from publication.models import Audit
from publication.profile import change_profile
from subscribers.consent import subscriptions
from tests.campaigns.attempt_steps import ACCEPTED, BUSY, UNKNOWN, event, gate_next, hear, receive, refused, send_next
from tests.support import people
from tests.support.variations import first
from tests.support.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def campaign() -> Campaign:
    """A campaign with 4 unknown and 4 accepted recipients."""
    made = people.start(people.make_campaign(8, attempt_size=4))
    send_next(made, UNKNOWN)
    send_next(made, ACCEPTED)
    schedule.finish_done()
    return made


def only() -> uncertain_slices.Uncertain:
    [uncertain] = uncertain_slices.uncertain()
    return uncertain


def test_list_shows_people_time_events_and_what_each_slice_waits_for(campaign):
    uncertain = only()
    attempt = Attempt.objects.get(outcome="unknown")
    assert (uncertain.campaign, uncertain.attempt, uncertain.people, uncertain.state) == (campaign.pk, attempt.pk, 4, "unknown")
    assert (uncertain.since, uncertain.gate_at, uncertain.worker) == (attempt.ended_at, attempt.gate_at, "tester")
    assert (uncertain.http_status, uncertain.detail, uncertain.events, uncertain.waiting) == (None, "no answer within 30 s", 0, 0)
    assert (uncertain.waits_for, uncertain.until) == ("events", attempt.gate_at + timedelta(hours=26))
    assert uncertain_slices.uncertain(campaign.pk + 1) == []
    change_profile(audit.system(), policies={"settle": "resend", "settle_after": "90"})
    assert (only().waits_for, only().until) == ("policy", attempt.gate_at + timedelta(minutes=90))


def test_list_counts_events_that_are_not_applied_yet(campaign):
    uncertain = only()
    person = Delivery.objects.order_by("subscriber_id").first().subscriber_id
    receive(event(campaign, person, uncertain.attempt))
    event_inbox.split_payloads()
    assert (only().events, only().waiting) == (0, 1)


def test_members_with_their_own_state_are_not_counted(campaign):
    person = Delivery.objects.order_by("subscriber_id").first().subscriber_id
    Delivery.objects.filter(subscriber_id=person).update(state="accepted", proof="event")
    assert only().people == reports.report(campaign.pk).uncertain == 3
    assert person not in dict(uncertain_slices.whole(only().slice).people)


def test_details_of_one_uncertain_slice(campaign):
    whole = uncertain_slices.whole(uncertain_slices.slice_of_attempt(only().attempt))
    assert [attempt.pk for attempt in whole.attempts] == [only().attempt]
    assert [line.kind for line in whole.log] == ["unknown"]
    assert len(whole.people) == 4
    assert whole.people[0][1].endswith("@people.example")
    with pytest.raises(uncertain_slices.UncertainError, match=r"gone .*\(accepted\)"):
        uncertain_slices.whole(Slice.objects.get(state="accepted").pk)
    with pytest.raises(uncertain_slices.UncertainError, match="attempt=999999"):
        uncertain_slices.slice_of_attempt(999999)


def test_resend_records_who_decided_and_why(campaign):
    uncertain = only()
    decided = uncertain_slices.decide(audit.command_line(), [uncertain.slice], "resend", " asked  the provider ")
    assert (decided.slices, decided.campaigns, decided.people) == ([uncertain.slice], [campaign.pk], 4)
    moved = Slice.objects.get(pk=uncertain.slice)
    assert (moved.state, moved.proof, moved.reason) == ("planned", "operator", "asked the provider")
    line = DeliveryLog.objects.get(kind="decided")
    assert (line.attempt_id, line.actor.kind, line.detail["to"], line.detail["people"]) == (uncertain.attempt, "cli", "resend", 4)
    assert Audit.objects.get(verb="unknown_resend").detail["reason"] == "asked the provider"
    assert schedule.tend_ended() == [campaign.pk]
    assert len(send_next(campaign, ACCEPTED).people) == 4
    assert schedule.finish_done() == [campaign.pk]
    assert reports.report(campaign.pk).accepted == 8


def test_event_still_accepts_an_abandoned_slice(campaign):
    uncertain = only()
    uncertain_slices.decide(audit.system(), [uncertain.slice], "abandon", "not worth it")
    assert reports.report(campaign.pk).abandoned == 4
    assert schedule.tend_ended() == []
    person = uncertain_slices.sql.members(uncertain.slice)[0][0]
    hear(event(campaign, person, uncertain.attempt))
    assert reports.report(campaign.pk).accepted == 8


def test_slice_without_an_attempt_waits_for_an_operator(campaign):
    Slice.objects.filter(state="unknown").update(current_attempt_id=None, proof="restore", reason="after a restore")
    assert (only().attempt, only().since, only().waits_for, only().detail) == (None, None, "operator", "after a restore")
    uncertain_slices.decide(audit.system(), [only().slice], "abandon", "it was sent before the restore")
    assert reports.report(campaign.pk).abandoned == 4


def test_decision_changes_nothing_if_one_slice_is_not_uncertain(campaign):
    accepted = Slice.objects.get(state="accepted").pk
    with pytest.raises(uncertain_slices.UncertainError, match=rf"{accepted} \(accepted\), 999999999 \(not there\)"):
        uncertain_slices.decide(audit.system(), [only().slice, accepted, 999_999_999], "resend", "because")
    assert only().state == "unknown"
    with pytest.raises(uncertain_slices.UncertainError, match="reason"):
        uncertain_slices.decide(audit.system(), [only().slice], "resend", "  ")


@pytest.mark.parametrize("split", [False, True], ids=["payload", "event"])
def test_decision_is_refused_while_events_wait_unless_forced(campaign, split):
    uncertain = only()
    person = uncertain_slices.sql.members(uncertain.slice)[0][0]
    receive(event(campaign, person, uncertain.attempt))
    if split:
        event_inbox.split_payloads()
    for decision in ("resend", "abandon"):
        with pytest.raises(uncertain_slices.UncertainError, match=r"events|busy"):
            uncertain_slices.decide(audit.system(), [uncertain.slice], decision, "because")
    uncertain_slices.decide(audit.system(), [uncertain.slice], "resend", "because", force=True)
    assert DeliveryLog.objects.get(kind="decided").detail["events_waiting"] == 1
    event_inbox.split_payloads()
    event_inbox.apply_events()
    assert reports.report(campaign.pk).accepted == 8, "the event prevents the resend"


def test_uncertain_slices_of_a_cancelled_campaign_can_only_be_abandoned(campaign):
    Campaign.objects.update(state="cancelled")
    assert only().waits_for == "operator"
    with pytest.raises(uncertain_slices.UncertainError, match="cancelled"):
        uncertain_slices.decide(audit.system(), [only().slice], "resend", "because")
    uncertain_slices.decide(audit.system(), [only().slice], "abandon", "because")


def test_slice_that_the_provider_may_still_release_is_not_resent(campaign):
    Attempt.objects.filter(outcome="unknown").update(send_at=clock.now() + timedelta(hours=1))
    with pytest.raises(uncertain_slices.UncertainError, match="release"):
        uncertain_slices.decide(audit.system(), [only().slice], "resend", "because")
    uncertain_slices.decide(audit.system(), [only().slice], "resend", "because", force=True)


def test_late_202_prevents_the_resend(campaign):
    uncertain = only()
    uncertain_slices.decide(audit.system(), [uncertain.slice], "resend", "because")
    settling.settle(uncertain.attempt, ACCEPTED)
    schedule.tend_ended()
    assert gate_next(campaign) is None
    assert reports.report(campaign.pk).accepted == 8


@pytest.mark.parametrize("refused_meanwhile", [False, True], ids=["at once", "after a 429"])
def test_cancel_leaves_recipients_of_a_pending_resend_uncertain(campaign, refused_meanwhile):
    uncertain_slices.decide(audit.system(), [only().slice], "resend", "because")
    schedule.tend_ended()
    if refused_meanwhile:
        send_next(campaign, BUSY)
    launch.cancel(audit.system(), campaign.pk)
    report = reports.report(campaign.pk)
    assert (report.unknown, report.skipped, report.accepted) == (4, 0, 4)
    assert only().detail.endswith("cancelled before it was sent again")


def test_cancel_skips_recipients_whose_mail_was_discarded_or_never_sent(campaign):
    Attempt.objects.filter(outcome="unknown").update(fenced_at=clock.now())
    Slice.objects.filter(state="unknown").update(state="planned", proof="fence")
    schedule.tend_ended()
    launch.cancel(audit.system(), campaign.pk)
    assert (reports.report(campaign.pk).unknown, reports.report(campaign.pk).skipped) == (0, 4)


def test_split_slices_stay_uncertain_after_a_cancel(campaign):
    uncertain_slices.decide(audit.system(), [only().slice], "resend", "because")
    schedule.tend_ended()
    send_next(campaign, refused("bad"))
    assert Slice.objects.filter(state="planned").count() == 2
    launch.cancel(audit.system(), campaign.pk)
    assert reports.report(campaign.pk).unknown == 4


def freed_after_a_restore(campaign: Campaign) -> None:
    """The attempt is lost in a restore; an operator decides to resend to its people."""
    Slice.objects.filter(state="unknown").update(current_attempt_id=None, attempt_count=0, proof="restore")
    Attempt.objects.filter(outcome="unknown").delete()
    uncertain_slices.decide(audit.system(), [only().slice], "resend", "because")
    schedule.tend_ended()


def at_once(campaign: Campaign) -> None:
    pass


def given_back(campaign: Campaign) -> None:
    assert claiming_sql.release(claiming_sql.claim("tester")) == 1


def after_a_429(campaign: Campaign) -> None:
    send_next(campaign, BUSY)


@pytest.mark.parametrize("meanwhile", first([at_once, given_back, after_a_429]), ids=lambda function: function.__name__)
def test_cancel_after_a_restore_leaves_recipients_of_a_pending_resend_uncertain(campaign, meanwhile):
    freed_after_a_restore(campaign)
    meanwhile(campaign)
    launch.cancel(audit.system(), campaign.pk)
    report = reports.report(campaign.pk)
    assert (report.unknown, report.skipped) == (4, 0)


def test_after_a_restore_unsubscribing_before_a_resend_counts_as_abandoned(campaign):
    freed_after_a_restore(campaign)
    slice_ = Slice.objects.get(state="planned")
    person = Delivery.objects.filter(campaign=campaign, slice=slice_.number).order_by("subscriber_id").first().subscriber_id
    subscriptions.unsubscribe(audit.system(), person, how="one-click")
    send_next(campaign, ACCEPTED)
    report = reports.report(campaign.pk)
    assert (report.abandoned, report.skipped, report.accepted) == (1, 0, 7)


def test_slice_excluded_from_the_policy_does_not_wait_for_it(campaign):
    change_profile(audit.system(), policies={"settle": "resend", "settle_after": "90"})
    assert only().waits_for == "policy"
    uncertain_slices.decide(audit.system(), [only().slice], "resend", "because")
    schedule.tend_ended()
    send_next(campaign, BUSY)
    launch.cancel(audit.system(), campaign.pk)
    assert only().waits_for == "operator"


# ------------------------------------------------------------------------------------------------------------ deadlocks
@pytest.mark.parametrize("victim", ["staff", "worker"])
def test_cancel_succeeds_after_a_deadlock_with_a_worker(victim):
    """The worker locks a slice and waits for the campaign; the cancel locks the campaign and waits for the slice."""
    campaign = people.start(people.make_campaign(8, attempt_size=4))
    claim = claiming_sql.claim("tester")
    holding, failed = threading.Event(), []

    def is_waited_for() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid)))")
            return bool(cursor.fetchone()[0])

    def give_back() -> None:
        try:
            with transaction.atomic():
                if victim == "staff":
                    with connection.cursor() as cursor:
                        cursor.execute("SET LOCAL deadlock_timeout = '20s'")
                claiming_sql.release(claim)
                holding.set()
                wait_until(is_waited_for, what="the cancel waits for the slice")
                hold_campaign(audit.system(), campaign.pk, "provider", "a test")
        except OperationalError as error:
            failed.append(error)
        finally:
            connection.close()

    worker = threading.Thread(target=give_back)
    worker.start()
    assert holding.wait(10)
    if victim == "worker":
        with connection.cursor() as cursor:
            cursor.execute("SET deadlock_timeout = '20s'")
    try:
        launch.cancel(audit.system(), campaign.pk)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET deadlock_timeout")
    worker.join(10)
    assert bool(failed) == (victim == "worker")
    report = reports.report(campaign.pk)
    assert (report.state, report.skipped) == ("cancelled", 8)


# --------------------------------------------------------------------------------------------------------------- budget
@pytest.mark.parametrize("how", first(["answered by nobody", "reaped"]))
def test_uncertain_recipients_between_two_resumes_are_limited_by_the_budget(how):
    slots, size = 4, 5
    campaign = people.start(people.make_campaign(200, attempt_size=size))
    before = 0
    for _release in range(3):
        wire = []
        while True:
            while len(wire) < slots and (sent := gate_next(campaign)):
                wire.append(sent)
            if not wire:
                break
            if how == "reaped":
                Slice.objects.filter(state="in_flight").update(lease_until=clock.now() - timedelta(seconds=1))
                settling.reap()
                wire.clear()
            else:
                settling.settle(wire.pop(0).attempt, UNKNOWN)
        report = reports.report(campaign.pk)
        assert (report.state, report.held_reason) == ("held", "budget")
        assert 0 < report.unknown - before <= 2 * size + slots * size
        before = report.unknown
        launch.resume(audit.system(), campaign.pk)
