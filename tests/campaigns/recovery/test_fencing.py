"""Strict mode against the sandbox: an uncertain attempt is cancelled, and sent again once its release time has passed."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from campaigns import launch
from campaigns.models import Attempt, Campaign, DeliveryLog, Slice
from campaigns.recovery import fencing
from campaigns.reporting import reports
from campaigns.sending import claiming_sql, gate, schedule, settling, strict_mode
from publication import audit, clock
from publication.profile import quarantine
from tests.campaigns.attempt_steps import ACCEPTED, due_at_once, event, hear
from tests.support import people
from tests.support.sandbox_process import SandboxProcess
from tests.support.variations import first
from worker import provider_clients, slice_sender
from worker.cancelling import cancel_uncertain as worker_fencing

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

SCHEDULED = "/v3/user/scheduled_sends"
KEY = "SG.test"


class Time:
    """Our clock and the provider's, moved together."""

    def __init__(self, sandbox: SandboxProcess) -> None:
        self.sandbox, self.offset = sandbox, timedelta()
        clock.move(lambda: datetime.now(UTC) + self.offset)

    def passes(self, minutes: float, *, ours: bool = True) -> None:
        self.offset += timedelta(minutes=minutes if ours else 0)
        self.sandbox.advance_clock(60 * minutes)


def forget_provider() -> None:
    """This thread's client and its cached campaign belong to the sandbox of one test."""
    if (client := provider_clients._thread.__dict__.pop("client", None)) is not None:
        client.close()
    slice_sender._thread.__dict__.clear()


@pytest.fixture
def sandbox(settings):
    with SandboxProcess("--speed", "0") as process:
        settings.SENDGRID_API_KEY, settings.SENDGRID_HOST = KEY, process.url
        forget_provider()
        yield process
        forget_provider()
    clock.move(None)


@pytest.fixture
def time(sandbox):
    return Time(sandbox)


def strict_campaign(count: int = 3, attempt_size: int = 3) -> Campaign:
    campaign = people.make_campaign(count, attempt_size)
    Campaign.objects.filter(pk=campaign.pk).update(strict=True)
    return people.start(campaign)


def send_all() -> int:
    due_at_once()
    return slice_sender.send_until_empty()


def received(sandbox: SandboxProcess) -> list[str]:
    """Recipients whose mail the provider has not discarded, one entry for each mail."""
    return sorted(entry["address"] for entry in sandbox.ledger() if not entry["discarded"])


def everyone() -> list[str]:
    return sorted(people.Subscriber.objects.values_list("address", flat=True))


def cancels(sandbox: SandboxProcess) -> int:
    return len(sandbox.call("GET", SCHEDULED, key=KEY))


def outcomes() -> list[str]:
    return list(Attempt.objects.order_by("id").values_list("outcome", flat=True))


def test_strict_attempt_waits_at_the_provider_with_its_own_handle(sandbox, time):
    strict_campaign(5, attempt_size=2)
    before = clock.now()
    send_all()
    attempts = list(Attempt.objects.all())
    assert outcomes() == ["accepted"] * 3
    assert len({attempt.batch_id for attempt in attempts}) == 3
    for attempt in attempts:
        assert attempt.send_at >= before + timedelta(minutes=20)
        assert attempt.send_at <= clock.now() + timedelta(minutes=22)
    assert sandbox.counts()["accepted_recipients"] == 5
    time.passes(22)
    assert received(sandbox) == everyone()


@pytest.mark.parametrize("fault", first(["500-after", "500-before", "close-after", "silence-before"]))
def test_uncertain_attempt_is_cancelled_and_sent_again_after_its_release_time(sandbox, time, fault):
    campaign = strict_campaign()
    sandbox.faults(f"next: {fault}")
    if "silence" in fault:
        # The answer does not come within our own deadline.
        provider_clients.sending_client()._timeout = 1.0
    send_all()
    assert outcomes() == ["unknown"]
    worker_fencing.take_back()
    assert outcomes() == ["fenced"]
    assert cancels(sandbox) == 1
    assert send_all() == 0
    time.passes(20)
    worker_fencing.take_back()
    assert Slice.objects.get().state == "unknown", "its release time has not passed"
    time.passes(3.5)
    worker_fencing.take_back()
    freed_slice = Slice.objects.get()
    assert (freed_slice.state, freed_slice.proof) == ("planned", "fence")
    assert DeliveryLog.objects.filter(kind="fenced", campaign_id=campaign.pk).count() == 1
    send_all()
    time.passes(30)
    worker_fencing.take_back()
    assert outcomes() == ["discarded", "accepted"]
    assert cancels(sandbox) == 0, "the handle is returned"
    assert received(sandbox) == everyone()
    report = reports.report(campaign.pk)
    assert (report.accepted, report.uncertain, report.balances) == (3, 0, True)


def test_answer_after_fencing_began_is_ignored(sandbox, time):
    campaign = strict_campaign()
    sandbox.faults("next: 500-after")
    send_all()
    attempt = Attempt.objects.get()
    assert fencing.begin() == 1
    assert not settling.settle(attempt.pk, ACCEPTED)
    worker_fencing.take_back()
    assert not settling.settle(attempt.pk, ACCEPTED)
    time.passes(24)
    worker_fencing.take_back()
    assert not settling.settle(attempt.pk, ACCEPTED)
    send_all()
    time.passes(24)
    assert received(sandbox) == everyone()
    assert reports.report(campaign.pk).accepted == 3


def test_answer_before_fencing_began_is_recorded(sandbox, time):
    strict_campaign()
    sandbox.faults("next: 500-after")
    send_all()
    assert settling.settle(Attempt.objects.get().pk, ACCEPTED)
    assert worker_fencing.take_back() == 0
    assert cancels(sandbox) == 0
    time.passes(24)
    assert received(sandbox) == everyone()


def test_attempt_too_near_its_release_stays_uncertain(sandbox, time):
    strict_campaign()
    sandbox.faults("next: 500-after")
    send_all()
    time.passes(10.5)
    assert worker_fencing.take_back() == 0
    assert (outcomes(), cancels(sandbox)) == (["unknown"], 0)
    time.passes(40)
    assert worker_fencing.take_back() == 0
    assert Slice.objects.get().state == "unknown"
    assert settling.settle(Attempt.objects.get().pk, ACCEPTED), "the late answer of the same attempt still counts"
    assert received(sandbox) == everyone()


def test_cancel_without_an_answer_is_checked_at_the_provider(sandbox, time):
    strict_campaign()
    sandbox.faults("next: 500-after", f"path {SCHEDULED}: 503-after")
    send_all()
    worker_fencing.take_back()
    assert outcomes() == ["fencing"]
    sandbox.faults()
    worker_fencing.take_back()
    assert outcomes() == ["fenced"]
    assert cancels(sandbox) == 1


def test_unconfirmed_cancel_proves_nothing(sandbox, time):
    campaign = strict_campaign()
    sandbox.faults("next: 500-after", f"path {SCHEDULED}: 503-before")
    send_all()
    worker_fencing.take_back()
    time.passes(10.5)
    sandbox.faults()
    worker_fencing.take_back()
    assert outcomes() == ["fencing"]
    assert not settling.settle(Attempt.objects.get().pk, ACCEPTED), "it may have been cancelled, so the answer does not count"
    time.passes(25)
    worker_fencing.take_back()
    assert (outcomes(), Slice.objects.get().state) == (["not_fenced"], "unknown")
    assert DeliveryLog.objects.filter(kind="not_fenced", campaign_id=campaign.pk).exists()
    person = people.Subscriber.objects.first()
    hear(event(campaign, person.pk, Attempt.objects.get().pk))
    assert reports.report(campaign.pk).accepted == 3, "an event still proves it"


def test_clock_put_back_after_the_gate_proves_nothing(sandbox, time):
    strict_campaign()
    sandbox.faults("next: 500-after")
    send_all()
    with connection.cursor() as cursor:  # fifteen minutes passed by the database's clock, none by ours
        cursor.execute("UPDATE attempt SET gate_at = gate_at - interval '15 minutes'")
    worker_fencing.take_back()
    assert outcomes() == ["fencing"]
    time.passes(30)
    worker_fencing.take_back()
    assert Slice.objects.get().state == "unknown"


def test_late_confirmation_of_a_cancel_does_not_count(sandbox, time):
    strict_campaign()
    sandbox.faults("next: 500-after")
    send_all()
    fencing.begin()
    doubtful = fencing.to_cancel()
    time.passes(9.5)
    assert len(fencing.to_cancel()) == len(doubtful) == 1
    time.passes(1)  # as long as the provider took to answer
    assert not fencing.confirm(doubtful[0])
    assert (fencing.to_cancel(), outcomes()) == ([], ["fencing"])


@pytest.mark.parametrize("sign", ["quarantined", "restored"])
def test_nobody_is_planned_again_if_the_database_may_have_been_restored(sandbox, time, sign):
    strict_campaign()
    sandbox.faults("next: 500-after")
    send_all()
    worker_fencing.take_back()
    if sign == "restored":
        Slice.objects.update(proof="restore")
    else:
        quarantine(audit.system(), "an event of an attempt that is not ours")
    time.passes(24)
    worker_fencing.take_back()
    assert Slice.objects.get().state == "unknown"


def test_nothing_is_sent_without_a_handle(sandbox, time):
    campaign = strict_campaign()
    sandbox.faults("path /v3/mail/batch: 503-after")
    assert send_all() == 0
    waiting_slice = Slice.objects.get()
    assert waiting_slice.state == "planned"
    assert waiting_slice.not_before is not None
    assert not Attempt.objects.exists()
    sandbox.faults("path /v3/mail/batch: 403")
    assert send_all() == 0
    campaign.refresh_from_db()
    assert (campaign.state, campaign.held_reason) == ("held", "credentials")
    assert sandbox.requests() == []


def test_clock_difference_to_the_provider_holds_the_campaign(sandbox, time):
    campaign = strict_campaign()
    time.passes(5, ours=False)
    assert send_all() == 0
    campaign.refresh_from_db()
    assert (campaign.state, campaign.held_reason) == ("held", "provider")
    assert "clock" in campaign.held_detail
    assert not Attempt.objects.exists()


def test_gate_does_not_commit_if_the_release_is_too_near(sandbox, time):
    strict_campaign()
    lists = [mailing_list.pk for mailing_list in people.MailingList.objects.all()]
    claim = claiming_sql.claim("tester")
    near = clock.now() + timedelta(minutes=19, seconds=59)
    assert gate.gate(claim, lists, "tester", send_at=near, batch_id="b") is None
    assert Slice.objects.get().state == "planned"
    assert not Attempt.objects.exists()


def test_attempts_under_way_or_uncertain_never_exceed_the_possible_cancels(sandbox, time, monkeypatch):
    monkeypatch.setattr(strict_mode, "MOST_PLACES", 2)
    campaign = strict_campaign(8, attempt_size=2)
    sandbox.faults("every 1: 500-after")
    send_all()
    assert outcomes() == ["unknown", "unknown"]
    Campaign.objects.filter(pk=campaign.pk).update(state="sending")  # ignoring the budget
    worker_fencing.take_back()
    assert cancels(sandbox) == 2
    send_all()
    assert len(outcomes()) == 2, "both places are taken"
    # The gate itself decides if several workers found a place at the same moment.
    due_at_once()
    claim = claiming_sql.claim("tester")
    lists = [mailing_list.pk for mailing_list in people.MailingList.objects.all()]
    assert gate.gate(claim, lists, "tester", send_at=strict_mode.release_time(), batch_id="b") is None
    time.passes(24)
    sandbox.faults()
    worker_fencing.take_back()
    send_all()
    assert len(outcomes()) == 2, "planned again, but the provider still keeps both cancels"
    time.passes(10)
    worker_fencing.take_back()
    assert cancels(sandbox) == 0
    send_all()
    time.passes(24)
    assert received(sandbox) == everyone()


def test_concurrent_gates_do_not_exceed_the_possible_cancels(sandbox, time, monkeypatch):
    monkeypatch.setattr(strict_mode, "MOST_PLACES", 3)
    strict_campaign(8, attempt_size=1)
    lists = [mailing_list.pk for mailing_list in people.MailingList.objects.all()]
    claims = [claiming_sql.claim("tester") for _ in range(8)]
    send_at, together = strict_mode.release_time(), threading.Barrier(8)

    def pass_gate(claim: claiming_sql.Claim) -> bool:
        try:
            together.wait(10)
            return gate.gate(claim, lists, "tester", send_at=send_at, batch_id=f"b{claim.slice_id}") is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(pass_gate, claims)) == 3
    assert sorted(Slice.objects.values_list("state", flat=True)) == ["in_flight"] * 3 + ["planned"] * 5


def test_accepted_mail_of_a_cancelled_campaign_is_taken_back(sandbox, time):
    campaign = strict_campaign(6, attempt_size=2)
    sandbox.faults("next: 500-after")
    send_all()
    launch.cancel(audit.system(), campaign.pk)
    worker_fencing.take_back()
    assert outcomes() == ["fenced", "recalled", "recalled"]
    report = reports.report(campaign.pk)
    assert (report.accepted, report.dropped, report.balances) == (4, 4, True)
    time.passes(24)
    worker_fencing.take_back()
    schedule.tend_ended()
    report = reports.report(campaign.pk)
    assert (report.skipped, report.dropped, report.uncertain, report.balances) == (2, 4, 0, True)
    time.passes(10)
    worker_fencing.take_back()
    assert (outcomes(), cancels(sandbox)) == (["discarded"] * 3, 0)
    assert received(sandbox) == []


def test_mail_near_its_release_is_not_taken_back(sandbox, time):
    campaign = strict_campaign()
    send_all()
    time.passes(10.5)
    launch.cancel(audit.system(), campaign.pk)
    assert worker_fencing.take_back() == 0
    time.passes(24)
    assert received(sandbox) == everyone()
    assert reports.report(campaign.pk).dropped == 0


def test_event_of_a_cancelled_attempt_raises_an_alarm_but_sends_no_third_mail(sandbox, time):
    campaign = strict_campaign(4, attempt_size=2)
    sandbox.faults("1-2: 500-after")
    send_all()
    worker_fencing.take_back()
    time.passes(24)
    first, second = Attempt.objects.order_by("id")
    worker_fencing.take_back()
    first_slice = Slice.objects.get(current_attempt_id=first.pk)
    person = first_slice.first_subscriber_id
    # Events that the provider may send for a mail that it discarded.
    hear(event(campaign, person, first.pk, "dropped"))
    assert {slice_.state for slice_ in Slice.objects.all()} == {"planned"}
    send_all()
    assert outcomes() == ["fenced", "fenced", "accepted", "accepted"]
    hear(event(campaign, person, first.pk, "processed"))
    kinds = list(DeliveryLog.objects.filter(campaign_id=campaign.pk).values_list("kind", flat=True))
    assert kinds.count("fence_broken") == kinds.count("possible_duplicate") == 1
    campaign.refresh_from_db()
    assert campaign.state == "held" or campaign.state == "sent"
    hear(event(campaign, person, first.pk, "delivered"))
    assert DeliveryLog.objects.filter(kind="fence_broken").count() == 1
    due_at_once()
    assert claiming_sql.claim("tester") is None
    assert second.pk != first.pk


def test_release_of_a_cancelled_attempt_stops_freeing_recipients(sandbox, time):
    campaign = strict_campaign(4, attempt_size=2)
    sandbox.faults("1-2: 500-after")
    send_all()
    worker_fencing.take_back()
    first = Attempt.objects.order_by("id").first()
    hear(event(campaign, Slice.objects.get(current_attempt_id=first.pk).first_subscriber_id, first.pk, "delivered"))
    time.passes(24)
    worker_fencing.take_back()
    assert sorted(slice_.state for slice_ in Slice.objects.all()) == ["accepted", "unknown"]
    campaign.refresh_from_db()
    assert (campaign.state, campaign.held_reason) == ("held", "provider")


def test_campaign_without_strict_mode_uses_no_handles(sandbox, time):
    people.start(people.make_campaign(4, attempt_size=2))
    sandbox.faults("next: 500-after")
    send_all()
    assert worker_fencing.take_back() == 0
    assert list(Attempt.objects.values_list("batch_id", "send_at")) == [(None, None)] * 2
    assert received(sandbox) == everyone()
