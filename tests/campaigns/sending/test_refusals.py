"""Rejections: the rejected recipient is found, a message that nobody may get holds the campaign, a 429 is nobody's fault."""

import itertools
import re
from datetime import timedelta

import pytest

from campaigns import launch
from campaigns.models import Attempt, Campaign, Delivery, Slice
from campaigns.reporting import reports
from campaigns.sending import claiming_sql, schedule, settling
from cli.main import main
from cli.texts.domain_texts import HELD
from publication import audit, clock
from tests.campaigns.attempt_steps import ACCEPTED, BUSY, NEVER, UNKNOWN, due_at_once, gate_next, refused, send_next
from tests.support import people
from tests.support.variations import first

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _settings():
    yield
    clock.move(None)


def members() -> list[int]:
    return sorted(Delivery.objects.values_list("subscriber_id", flat=True))


def answer_all(campaign: Campaign, answer) -> int:
    """Send until nothing is due; the number of requests. Meanwhile live slices never overlap, and the totals add up."""
    requests = 0
    while sent := gate_next(campaign):
        requests += 1
        assert requests < 200
        settling.settle(sent.attempt, answer(sent.people))
        live = sorted(Slice.objects.exclude(state="split").values_list("first_subscriber_id", "last_subscriber_id"))
        assert all(a[1] < b[0] for a, b in itertools.pairwise(live))
        assert reports.report(campaign.pk).balances
    return requests


@pytest.mark.parametrize("position", first([17, 0, 39]))
def test_recipient_named_by_the_answer_is_isolated_in_a_constant_number_of_requests(position):
    campaign = people.start(people.make_campaign(40, attempt_size=40))
    guilty = members()[position]

    def answer(body):
        if guilty not in body:
            return ACCEPTED
        return refused("bad address", f"personalizations.{body.index(guilty)}.to")

    assert answer_all(campaign, answer) <= 4
    report = reports.report(campaign.pk)
    assert (report.accepted, report.failed) == (39, 1)
    (line,) = reports.not_accepted(campaign.pk)
    assert (line["subscriber"], line["state"]) == (guilty, "failed")
    assert line["reason"] == "HTTP 400: 400 personalizations.0.to: bad address"


def test_answer_that_names_the_wrong_recipient_fails_nobody_wrongly():
    campaign = people.start(people.make_campaign(20, attempt_size=20))
    guilty = members()[7]
    answer_all(campaign, lambda body: refused("bad", "personalizations[1].to") if guilty in body else ACCEPTED)
    report = reports.report(campaign.pk)
    assert (report.accepted, report.failed) == (19, 1)
    assert reports.not_accepted(campaign.pk)[0]["subscriber"] == guilty


def test_members_with_their_own_state_do_not_shift_the_named_position():
    campaign = people.start(people.make_campaign(10, attempt_size=10))
    ids = members()
    Delivery.objects.filter(subscriber_id__in=[ids[0], ids[5]]).update(state="skipped", reason="unsubscribed")
    guilty = ids[6]
    requests = answer_all(
        campaign,
        lambda body: refused("bad", f"personalizations.{body.index(guilty)}.to") if guilty in body else ACCEPTED,
    )
    report = reports.report(campaign.pk)
    assert (report.accepted, report.failed, report.skipped) == (7, 1, 2)
    assert requests <= 4


def test_halving_finds_the_rejected_recipients_if_none_is_named():
    campaign = people.start(people.make_campaign(16, attempt_size=16))
    guilty = set(members()[3:5])
    requests = answer_all(campaign, lambda body: refused("bad") if guilty & set(body) else ACCEPTED)
    report = reports.report(campaign.pk)
    assert (report.accepted, report.failed, report.state) == (14, 2, "sending")
    assert requests <= 16


@pytest.mark.parametrize(
    ("recipients", "size", "most_failed"), first([(60, 10, 5), (4, 2, 3), (2, 2, 1), (400, 200, 5), (6, 6, 5)])
)
def test_a_400_for_everyone_holds_the_campaign_and_leaves_the_rest_planned(recipients, size, most_failed):
    campaign = people.start(people.make_campaign(recipients, attempt_size=size))
    requests = answer_all(campaign, lambda body: refused("The subject is required"))
    campaign.refresh_from_db()
    assert (campaign.state, campaign.held_reason) == ("held", "message")
    assert "400 The subject is required" in campaign.held_detail
    report = reports.report(campaign.pk)
    assert report.failed == most_failed
    assert report.planned == recipients - most_failed
    assert requests < 20
    launch.resume(audit.system(), campaign.pk)
    answer_all(campaign, lambda body: ACCEPTED)
    assert reports.report(campaign.pk).accepted == recipients - most_failed


def test_rejected_campaign_to_one_person_ends():
    campaign = people.start(people.make_campaign(1))
    answer_all(campaign, lambda body: refused("bad"))
    assert schedule.finish_done() == [campaign.pk]
    assert reports.report(campaign.pk).failed == 1


def test_requests_under_way_when_the_campaign_is_held_wait_with_the_rest():
    campaign = people.start(people.make_campaign(12, attempt_size=1))
    wire = [gate_next(campaign) for _ in range(8)]
    for sent in wire:
        settling.settle(sent.attempt, refused("everyone"))
    report = reports.report(campaign.pk)
    assert (report.failed, report.planned, report.state) == (5, 7, "held")


def test_rejections_with_accepted_mail_between_do_not_hold_the_campaign():
    campaign = people.start(people.make_campaign(20, attempt_size=1))
    turn = itertools.count()
    answer_all(campaign, lambda body: ACCEPTED if next(turn) % 4 == 3 else refused("bad"))
    report = reports.report(campaign.pk)
    assert (report.state, report.accepted, report.failed) == ("sending", 5, 15)


def test_neighbouring_bad_addresses_named_by_the_answer_do_not_hold_the_campaign():
    campaign = people.start(people.make_campaign(30, attempt_size=30))
    guilty = set(members()[:10])

    def answer(body):
        named = [position for position, person in enumerate(body) if person in guilty]
        return refused("Does not contain a valid address.", f"personalizations.{named[0]}.to.0.email") if named else ACCEPTED

    answer_all(campaign, answer)
    report = reports.report(campaign.pk)
    assert (report.state, report.accepted, report.failed) == ("sending", 20, 10)


# ------------------------------------------------------------------------------------------------------- nobody's fault
@pytest.mark.parametrize("outcome", [BUSY, NEVER], ids=["429", "never connected"])
def test_429_and_failed_connections_use_up_no_attempts(outcome):
    campaign = people.start(people.make_campaign(3))
    for _ in range(60):
        if send_next(campaign, outcome) is None:
            launch.resume(audit.system(), campaign.pk)  # ten failed connections hold the campaign
        due_at_once()
        settling.reap()
    assert Slice.objects.get().state == "planned"
    assert Slice.objects.get().attempt_count > settling.ATTEMPT_LIMIT
    if Campaign.objects.get().state == "held":
        launch.resume(audit.system(), campaign.pk)
    send_next(campaign, ACCEPTED)
    assert reports.report(campaign.pk).accepted == 3


def test_half_an_hour_of_only_429_holds_the_campaign_and_resuming_restarts_the_count():
    campaign = people.start(people.make_campaign(6, attempt_size=3))
    for _ in range(3):
        send_next(campaign, BUSY)
        due_at_once()
    assert Campaign.objects.get().state == "sending"
    clock.move(lambda: clock._system_time() + timedelta(minutes=31))
    send_next(campaign, BUSY)
    held = Campaign.objects.get()
    assert (held.state, held.held_reason) == ("held", "provider")
    assert "nothing but 429" in held.held_detail
    clock.move(None)
    launch.resume(audit.system(), campaign.pk)
    due_at_once()
    send_next(campaign, BUSY)
    assert Campaign.objects.get().state == "sending"


def test_429_does_not_hold_the_campaign_if_something_was_accepted():
    campaign = people.start(people.make_campaign(6, attempt_size=3))
    first = send_next(campaign, BUSY)
    send_next(campaign, ACCEPTED)
    due_at_once()
    clock.move(lambda: clock._system_time() + timedelta(minutes=31))
    assert send_next(campaign, BUSY).people == first.people
    assert Campaign.objects.get().state == "sending"


def test_failed_connections_count_from_the_last_resume():
    campaign = people.start(people.make_campaign(3))
    for _ in range(10):
        send_next(campaign, NEVER)
        due_at_once()
    assert Campaign.objects.get().held_reason == "provider"
    launch.resume(audit.system(), campaign.pk)
    send_next(campaign, NEVER)
    assert Campaign.objects.get().state == "sending"


def test_rejections_about_recipients_use_up_attempts():
    campaign = people.start(people.make_campaign(3))
    sent = send_next(campaign, BUSY)
    attempt = Attempt.objects.get(pk=sent.attempt)
    for _ in range(settling.ATTEMPT_LIMIT):
        attempt.pk, attempt.outcome = None, "refused"
        attempt.save(force_insert=True)
    Slice.objects.update(attempt_count=settling.ATTEMPT_LIMIT + 1)
    settling.reap()
    report = reports.report(campaign.pk)
    assert (report.failed, reports.not_accepted(campaign.pk)[0]["reason"]) == (3, "attempts used up")


# --------------------------------------------------------------------------------------------------------- late answers
@pytest.mark.parametrize("late", ["on the wire again", "cut since"])
def test_late_202_of_a_resent_attempt_proves_it_and_is_listed_as_possible_duplicate(late):
    campaign = people.start(people.make_campaign(4, attempt_size=4))
    first = send_next(campaign, UNKNOWN)
    Slice.objects.update(state="planned", proof="operator")
    second = send_next(campaign, refused("bad")) if late == "cut since" else None
    third = gate_next(campaign)
    settling.settle(first.attempt, ACCEPTED)
    report = reports.report(campaign.pk)
    assert (report.accepted, report.planned) == (4, 0), "recipients waiting for the resend are no longer planned"
    assert report.possible_duplicates == 1
    settling.settle(third.attempt, ACCEPTED)
    assert claiming_sql.claim("tester") is None
    assert second is None or len(second.people) == 4


# ---------------------------------------------------------------------------------------------------------------- words
def test_every_hold_reason_names_a_command_that_resolves_it():
    for reason, detail in HELD.items():
        named = re.findall(r"\bmailroom (\w+) ([\w-]+)", detail)
        assert named, reason
        for group, command in named:
            assert command in main.get_command(None, group).commands, (reason, command)
