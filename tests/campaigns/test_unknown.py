"""What is uncertain is listed by name, and an operator settles it with eyes open: all of it or none, on record."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns import inbox, launch, reports, schedule, settling, unknown
from campaigns.models import Attempt, Campaign, Delivery, DeliveryLog, Slice
from publication import audit, clock
from publication.models import Audit
from publication.profile import change_profile
from tests import people
from tests.campaigns.sending import ACCEPTED, UNKNOWN, event, gate_next, hear, receive, send_next

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _key(settings):
    settings.SENDGRID_API_KEY = "SG.test"


@pytest.fixture
def campaign() -> Campaign:
    """Sent: 4 unknown, 4 accepted."""
    made = people.start(people.make_campaign(8, attempt_size=4))
    send_next(made, UNKNOWN)
    send_next(made, ACCEPTED)
    schedule.finish_done()
    return made


def only() -> unknown.Uncertain:
    [one] = unknown.uncertain()
    return one


def test_the_list_tells_who_since_when_what_was_heard_and_what_it_waits_for(campaign):
    one = only()
    attempt = Attempt.objects.get(outcome="unknown")
    assert (one.campaign, one.attempt, one.people, one.state) == (campaign.pk, attempt.pk, 4, "unknown")
    assert (one.since, one.gate_at, one.worker) == (attempt.ended_at, attempt.gate_at, "tester")
    assert (one.http_status, one.detail, one.events, one.waiting) == (None, "no answer within 30 s", 0, 0)
    assert (one.waits_for, one.until) == ("events", attempt.gate_at + timedelta(hours=26))
    assert unknown.uncertain(campaign.pk + 1) == []
    change_profile(audit.system(), policies={"settle": "resend", "settle_after": "90"})
    assert (only().waits_for, only().until) == ("policy", attempt.gate_at + timedelta(minutes=90))


def test_events_not_applied_yet_are_told(campaign):
    one = only()
    person = Delivery.objects.order_by("subscriber_id").first().subscriber_id
    receive(event(campaign, person, one.attempt))
    inbox.split_payloads()
    assert (only().events, only().waiting) == (0, 1)


def test_who_has_a_fate_of_their_own_is_not_counted(campaign):
    person = Delivery.objects.order_by("subscriber_id").first().subscriber_id
    Delivery.objects.filter(subscriber_id=person).update(state="accepted", proof="event")
    assert only().people == reports.report(campaign.pk).uncertain == 3
    assert person not in dict(unknown.whole(only().slice).people)


def test_everything_on_record_about_one(campaign):
    whole = unknown.whole(unknown.slice_of_attempt(only().attempt))
    assert [each.pk for each in whole.attempts] == [only().attempt]
    assert [line.kind for line in whole.log] == ["unknown"]
    assert len(whole.people) == 4
    assert whole.people[0][1].endswith("@people.example")
    with pytest.raises(unknown.UncertainFault, match="is accepted"):
        unknown.whole(Slice.objects.get(state="accepted").pk)
    with pytest.raises(unknown.UncertainFault, match="no attempt 999999"):
        unknown.slice_of_attempt(999999)


def test_sent_again_by_name_and_with_a_reason(campaign):
    one = only()
    decided = unknown.decide(audit.command_line(), [one.slice], "resend", " asked  the provider ")
    assert (decided.slices, decided.campaigns, decided.people) == ([one.slice], [campaign.pk], 4)
    moved = Slice.objects.get(pk=one.slice)
    assert (moved.state, moved.proof, moved.reason) == ("planned", "operator", "asked the provider")
    line = DeliveryLog.objects.get(kind="decided")
    assert (line.attempt_id, line.actor.kind, line.detail["to"], line.detail["people"]) == (one.attempt, "cli", "resend", 4)
    assert Audit.objects.get(verb="unknown_resend").detail["reason"] == "asked the provider"
    assert schedule.tend_ended() == [campaign.pk]
    assert len(send_next(campaign, ACCEPTED).people) == 4
    assert schedule.finish_done() == [campaign.pk]
    assert reports.report(campaign.pk).accepted == 8


def test_given_up_and_cleared_by_an_event_all_the_same(campaign):
    one = only()
    unknown.decide(audit.system(), [one.slice], "abandon", "not worth it")
    assert reports.report(campaign.pk).abandoned == 4
    assert schedule.tend_ended() == []
    person = unknown.sql.members(one.slice)[0][0]
    hear(event(campaign, person, one.attempt))
    assert reports.report(campaign.pk).accepted == 8


def test_one_without_an_attempt_waits_for_an_operator_alone(campaign):
    Slice.objects.filter(state="unknown").update(current_attempt_id=None, proof="restore", reason="after a restore")
    assert (only().attempt, only().since, only().waits_for, only().detail) == (None, None, "operator", "after a restore")
    unknown.decide(audit.system(), [only().slice], "abandon", "it was sent before the restore")
    assert reports.report(campaign.pk).abandoned == 4


def test_all_or_none_where_one_is_not_uncertain(campaign):
    accepted = Slice.objects.get(state="accepted").pk
    with pytest.raises(unknown.UncertainFault, match=f"slice {accepted} is accepted, slice 999 is not there"):
        unknown.decide(audit.system(), [only().slice, accepted, 999], "resend", "because")
    assert only().state == "unknown"
    with pytest.raises(unknown.UncertainFault, match="without a reason"):
        unknown.decide(audit.system(), [only().slice], "resend", "  ")


@pytest.mark.parametrize("split", [False, True], ids=["payload", "event"])
def test_while_evidence_waits_to_be_applied_nothing_is_decided_but_by_force(campaign, split):
    one = only()
    person = unknown.sql.members(one.slice)[0][0]
    receive(event(campaign, person, one.attempt))
    if split:
        inbox.split_payloads()
    for decision in ("resend", "abandon"):
        with pytest.raises(unknown.UncertainFault, match="not applied yet"):
            unknown.decide(audit.system(), [one.slice], decision, "because")
    unknown.decide(audit.system(), [one.slice], "resend", "because", force=True)
    assert DeliveryLog.objects.get(kind="decided").detail["events_waiting"] == 1
    inbox.split_payloads()
    inbox.apply_events()
    assert reports.report(campaign.pk).accepted == 8, "the event stops the second sending"


def test_what_a_cancelled_campaign_left_is_only_given_up(campaign):
    Campaign.objects.update(state="cancelled")
    assert only().waits_for == "operator"
    with pytest.raises(unknown.UncertainFault, match="is cancelled"):
        unknown.decide(audit.system(), [only().slice], "resend", "because")
    unknown.decide(audit.system(), [only().slice], "abandon", "because")


def test_what_the_provider_may_still_release_is_not_sent_again(campaign):
    Attempt.objects.filter(outcome="unknown").update(send_at=clock.now() + timedelta(hours=1))
    with pytest.raises(unknown.UncertainFault, match="may still release"):
        unknown.decide(audit.system(), [only().slice], "resend", "because")
    unknown.decide(audit.system(), [only().slice], "resend", "because", force=True)


def test_the_late_202_comes_before_the_second_sending(campaign):
    one = only()
    unknown.decide(audit.system(), [one.slice], "resend", "because")
    settling.settle(one.attempt, ACCEPTED)
    schedule.tend_ended()
    assert gate_next(campaign) is None
    assert reports.report(campaign.pk).accepted == 8


def test_a_cancel_takes_what_was_to_be_sent_again(campaign):
    made = campaign
    unknown.decide(audit.system(), [only().slice], "resend", "because")
    schedule.tend_ended()
    launch.cancel(audit.system(), made.pk)
    assert reports.report(made.pk).skipped == 4
