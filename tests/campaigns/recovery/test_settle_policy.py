"""The policy `settle=resend`: an attempt is resent only if an event of it would have arrived; all conditions are needed."""

from datetime import timedelta

import pytest
from django.db import connection

from campaigns.models import Attempt, Campaign, DeliveryLog, ProviderPayload, Slice
from campaigns.recovery import settle_policy
from campaigns.reporting import reports
from campaigns.sending import schedule, settling
from campaigns.tracking import event_inbox
from campaigns.tracking.webhook_health import webhook_health
from publication import audit, clock
from publication.models import Audit, Publication
from publication.profile import ProfileError, change_profile, quarantine
from tests.campaigns.attempt_steps import ACCEPTED, UNKNOWN, Sent, event, gate_next, hear, receive, send_next
from tests.support import people

pytestmark = pytest.mark.django_db(transaction=True)
AFTER = 30.0  # seconds: settle_after=0.5


@pytest.fixture(autouse=True)
def _settings(settings):
    settings.SENDGRID_WEBHOOK_KEYS = ["a key"]
    yield
    clock.move(None)


def later(seconds: float = AFTER + 5) -> None:
    clock.move(lambda: clock._system_time() + timedelta(seconds=seconds))


@pytest.fixture
def uncertain() -> tuple[Campaign, Sent, Sent]:
    """Policy on, wait over, webhook healthy, control present: (campaign, the unknown attempt, the accepted one with an event)."""
    change_profile(audit.system(), policies={"settle": "resend", "settle_after": "0.5"})
    campaign = people.start(people.make_campaign(8, attempt_size=4))
    doubtful = send_next(campaign, UNKNOWN)
    control = send_next(campaign, ACCEPTED)
    hear(event(campaign, control.people[0], control.attempt))
    schedule.finish_done()
    later()
    return campaign, doubtful, control


def test_attempt_is_resent_and_recorded_if_all_conditions_hold(uncertain):
    campaign, doubtful, _ = uncertain
    assert settle_policy.plan_unproved() == 1
    freed = Slice.objects.get(current_attempt_id=doubtful.attempt)
    assert (freed.state, freed.proof) == ("planned", "policy settle")
    line = DeliveryLog.objects.get(kind="settled_by_policy")
    assert (line.attempt_id, line.actor.kind, line.detail["people"], line.detail["controls"]) == (
        doubtful.attempt,
        "system",
        4,
        1,
    )
    assert Audit.objects.get(verb="settle_by_policy").detail["people"] == 4
    assert schedule.tend_ended() == [campaign.pk]
    assert send_next(campaign, ACCEPTED).people == doubtful.people
    assert settle_policy.plan_unproved() == 0
    assert reports.report(campaign.pk).accepted == 8


def test_policy_also_resends_held_slices(uncertain):
    Publication.objects.update(policies={"settle": "resend", "settle_after": 0.5, "settle_hours": 0})
    settling.reap()
    assert reports.report(uncertain[0].pk).held == 4
    assert settle_policy.plan_unproved() == 1


def test_policy_abandons_uncertain_slices_of_a_cancelled_campaign(uncertain):
    campaign, doubtful, _ = uncertain
    Campaign.objects.update(state="cancelled")
    assert settle_policy.plan_unproved() == 1
    assert reports.report(campaign.pk).abandoned == 4
    assert DeliveryLog.objects.get(kind="settled_by_policy").detail["to"] == "abandoned"
    assert schedule.tend_ended() == []
    assert gate_next(campaign) is None
    hear(event(campaign, doubtful.people[0], doubtful.attempt))
    assert reports.report(campaign.pk).accepted == 8


def no_policy(campaign, doubtful, control, settings):
    change_profile(audit.system(), policies={"settle": "never"})


def too_early(campaign, doubtful, control, settings):
    later(AFTER - 5)


def no_key(campaign, doubtful, control, settings):
    settings.SENDGRID_WEBHOOK_KEYS = []


def unsplit(campaign, doubtful, control, settings):
    receive(event(campaign, doubtful.people[0], doubtful.attempt))


def unapplied(campaign, doubtful, control, settings):
    receive(event(campaign, doubtful.people[0], doubtful.attempt))
    event_inbox.split_payloads()


def receiver_down(campaign, doubtful, control, settings):
    """The control has no events either."""
    Attempt.objects.update(evidence_at=None)


def most_are_not_heard_of(campaign, doubtful, control, settings):
    Attempt.objects.bulk_create(
        Attempt(slice_id=Slice.objects.get(current_attempt_id=control.attempt).pk, campaign_id=campaign.pk, worker="x", size=1,
                gate_at=clock._system_time() - timedelta(hours=1), ended_at=clock._system_time(), outcome="accepted",
                http_status=202)
        for _ in range(3)
    )  # fmt: skip


def a_neighbour_is_not_heard_of(campaign, doubtful, control, settings):
    """96 of 100 have events, but one in the same minute has none: the webhook missed events at that time."""
    attempt = Attempt.objects.get(pk=control.attempt)
    for number in range(100):
        attempt.pk = None
        attempt.evidence_at = clock._system_time()
        attempt.gate_at = clock._system_time() - timedelta(hours=1)
        if number == 0:
            attempt.gate_at, attempt.evidence_at = clock._system_time() - timedelta(seconds=20), None
        attempt.save(force_insert=True)


def no_control_in_that_minute(campaign, doubtful, control, settings):
    Attempt.objects.filter(pk=control.attempt).update(gate_at=clock._system_time() - timedelta(seconds=62))


def only_a_429_in_that_minute(campaign, doubtful, control, settings):
    """Another attempt alone is not a control; it must have events."""
    no_control_in_that_minute(campaign, doubtful, control, settings)
    attempt = Attempt.objects.get(pk=doubtful.attempt)
    attempt.pk, attempt.outcome, attempt.http_status = None, "busy", 429
    attempt.save(force_insert=True)


def nothing_heard_since_the_gate(campaign, doubtful, control, settings):
    ProviderPayload.objects.update(received_at=clock._system_time() - timedelta(minutes=1))


def events_come_late(campaign, doubtful, control, settings):
    """The provider repeats undelivered events: the wait is shorter than the delay."""
    hear(event(campaign, control.people[0], control.attempt, "delivered", seconds_ago=AFTER))


def quarantined(campaign, doubtful, control, settings):
    quarantine(audit.system(), "a test")


def quarantined_without_a_record(campaign, doubtful, control, settings):
    Publication.objects.update(quarantined_at=clock.now())


def before_a_quarantine(campaign, doubtful, control, settings):
    quarantine(audit.system(), "a test")
    Publication.objects.update(quarantined_at=None)


def restored(campaign, doubtful, control, settings):
    Slice.objects.filter(current_attempt_id=doubtful.attempt).update(proof="restore")


@pytest.mark.parametrize(
    "missing",
    [no_policy, too_early, no_key, unsplit, unapplied, receiver_down, most_are_not_heard_of, a_neighbour_is_not_heard_of,
     no_control_in_that_minute, only_a_429_in_that_minute, nothing_heard_since_the_gate, events_come_late, quarantined,
     quarantined_without_a_record, before_a_quarantine, restored],
    ids=lambda function: function.__name__,
)  # fmt: skip
def test_nothing_is_resent_if_one_condition_is_missing(uncertain, settings, missing):
    missing(*uncertain, settings)
    assert settle_policy.plan_unproved() == 0
    assert Slice.objects.get(current_attempt_id=uncertain[1].attempt).state == "unknown"


def test_nothing_is_settled_while_another_process_applies_events(uncertain):
    from campaigns.tracking.event_inbox_sql import APPLY_LOCK

    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [APPLY_LOCK])
        assert settle_policy.plan_unproved() == 0
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [APPLY_LOCK])
    finally:
        other.close()
    assert settle_policy.plan_unproved() == 1


def test_late_event_prevents_the_resend(uncertain):
    campaign, doubtful, _ = uncertain
    settle_policy.plan_unproved()
    hear(event(campaign, doubtful.people[0], doubtful.attempt))
    schedule.tend_ended()
    assert gate_next(campaign) is None
    assert reports.report(campaign.pk).accepted == 8
    assert not DeliveryLog.objects.filter(kind="possible_duplicate").exists()


def test_event_during_the_resend_is_listed_as_possible_duplicate(uncertain):
    campaign, doubtful, _ = uncertain
    settle_policy.plan_unproved()
    schedule.tend_ended()
    again = gate_next(campaign)
    hear(event(campaign, doubtful.people[0], doubtful.attempt))
    settling.settle(again.attempt, ACCEPTED)
    line = DeliveryLog.objects.get(kind="possible_duplicate")
    assert (line.attempt_id, line.detail["current_attempt"]) == (doubtful.attempt, again.attempt)


def test_webhook_health_and_its_text(settings):
    settings.SENDGRID_WEBHOOK_KEYS = []
    assert webhook_health().level == "red"
    settings.SENDGRID_WEBHOOK_KEYS = ["a key"]
    assert webhook_health().level == "idle"
    campaign = people.start(people.make_campaign(4, attempt_size=4))
    sent = send_next(campaign, ACCEPTED)
    assert webhook_health().level == "idle", "accepted just now: its events may still come"
    later(660)
    assert webhook_health().explanation == "recently accepted attempts, older than 10 min, that have events: 0 of 1"
    hear(event(campaign, sent.people[0], sent.attempt))
    assert webhook_health().level == "green"
    receive(event(campaign, sent.people[1], sent.attempt))
    assert webhook_health().level == "green", "it has just arrived"
    ProviderPayload.objects.update(received_at=clock._system_time() - timedelta(minutes=2))
    assert "waited longer than 60 s" in webhook_health().explanation


def test_policy_values_are_validated():
    row = change_profile(audit.system(), policies={"settle": "resend", "settle_after": "0.5"})
    assert row.policies == {"settle": "resend", "settle_after": 0.5}
    for wrong in ({"settle": "always"}, {"settle_after": "0"}, {"settel": "never"}):
        with pytest.raises(ProfileError):
            change_profile(audit.system(), policies=wrong)
