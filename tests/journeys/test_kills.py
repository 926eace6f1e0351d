"""A campaign of 2,000 whose processes are killed at points of docs/delivery.md, in the soak at every point: nobody gets two mails, nobody is lost.

The judge is the sandbox's own ledger. Working webhooks hide bugs, so the same runs also use late webhooks and none.
"""

import psutil
import pytest
from django.db import connection

from campaigns import launch
from campaigns.models import Attempt, Campaign, Event
from campaigns.reporting import reports
from publication import audit
from subscribers import tokens
from tests.support import people
from tests.support.processes import Processes
from tests.support.sandbox_process import SandboxProcess
from tests.support.variations import few
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes, pytest.mark.timeout(400)]

RECIPIENTS, ATTEMPT_SIZE, SLOTS = 2000, 50, 4

# Every point of one attempt: the sending worker is killed there, at the pass with this number.
SENDING_POINTS = (
    "claim_before_commit:2", "claim_committed:1", "body_built:2", "gate_before_commit:2", "gate_committed:1", "wire_connected:1",
    "wire_half_sent:2", "wire_sent:1", "wire_head_read:2", "answered:1", "settle_before_commit:3", "settle_committed:2",
    "recorded:2",
)  # fmt: skip
UPKEEP_POINTS = ("fill_locked:1", "fill_inserted:1", "fill_before_commit:1", "fill_committed:1", "reap_before_commit:1")
EVENT_POINTS = ("split_before_commit:1", "apply_before_commit:1", "apply_committed:1")
# For `make test`: one after the request to the provider, and one in another process.
SOME = ("wire_sent:1", "fill_inserted:1")
EVERY_POINT = SENDING_POINTS + UPKEEP_POINTS[:4] + EVENT_POINTS


def let_leases_expire() -> None:
    """End the leases of dead workers at once, which saves the test a minute."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE slice SET lease_until = clock_timestamp() - interval '1 second' WHERE lease_until IS NOT NULL")


def settled(campaign_id: int) -> bool:
    report = reports.report(campaign_id)
    assert report.balances, report
    return report.state == "sent" and report.planned + report.claimed + report.in_flight == 0


def kill_at_each_point(processes: Processes, campaign_id: int, points: tuple[str, ...]) -> list[str]:
    """Restart the sending worker with each failpoint and check that it dies there; returns the points at which it did."""
    died = []
    for point in points:
        worker = processes.start_sending(SLOTS, failpoints=point)
        wait_until(
            lambda w=worker: w.poll() is not None or settled(campaign_id), 60, f"{point}: {processes.log('sending')[-2000:]}"
        )
        if worker.poll() is not None:
            assert worker.returncode == -9, f"{point}: {processes.log('sending')[-3000:]}"
            died.append(point)
        processes.kill("sending")
        let_leases_expire()
    return died


def run_upkeep_through(processes: Processes, points: tuple[str, ...], seconds: float = 20.0) -> list[str]:
    """Restart the upkeep worker with each failpoint and check that it dies there; returns the points at which it did."""
    died = []
    for point in points:
        worker = processes.start_upkeep(failpoints=point)
        try:
            wait_until(lambda w=worker: w.poll() is not None, seconds)
        except AssertionError:
            pass
        else:
            died.append(point)
        processes.kill("upkeep")
    return died


def all_applied(campaign_id: int) -> bool:
    report = reports.report(campaign_id)
    return report.awaiting == 0 and not Event.objects.filter(applied_at=None).exists()


def judge(sandbox: SandboxProcess, campaign_id: int) -> dict[str, int]:
    """Compare the sandbox's ledger with our rows."""
    # The ledger also has probes; a delivery's token has another purpose than theirs.
    entries = [entry for entry in sandbox.ledger() if tokens.read("delivery", entry["custom_args"].get("mr_d", ""))]
    taken = [tokens.read("delivery", entry["custom_args"]["mr_d"]).subject for entry in entries]
    with connection.cursor() as cursor:
        cursor.execute("SELECT subscriber_id, state FROM delivery_state WHERE campaign_id = %s", [campaign_id])
        ours = dict(cursor.fetchall())
    open_now = {attempt.pk for attempt in Attempt.objects.all()}
    named = {tokens.read("attempt", entry["custom_args"]["mr_a"]).subject for entry in entries}
    fine = {"accepted", "deferred", "delivered", "bounced", "dropped", "complained"}
    return {
        "duplicates": len(taken) - len(set(taken)),
        "lost": sum(1 for person in ours if person not in set(taken) and ours[person] in fine),
        "silent": sum(1 for person, state in ours.items() if state in {"planned", "claimed", "in_flight"}),
        "unknown": sum(1 for state in ours.values() if state in {"unknown", "held"}),
        "unknown_but_taken": sum(1 for person in set(taken) if ours[person] in {"unknown", "held"}),
        "write_ahead_violations": len(named - open_now),
        "taken": len(set(taken)),
    }


@pytest.mark.parametrize(("webhooks", "points"), few(("on", SOME), soak=[(each, EVERY_POINT) for each in ("late", "off")]))
def test_kills_at_failpoints_lose_and_duplicate_nobody(webhooks, points, settings):
    sending, filling, applying = (
        tuple(each for each in all_ if each in points) for all_ in (SENDING_POINTS, UPKEEP_POINTS, EVENT_POINTS)
    )
    campaign = people.make_campaign(RECIPIENTS, ATTEMPT_SIZE)
    with SandboxProcess("--speed", "0.05") as sandbox, Processes(sandbox.url, [sandbox.public_key]) as processes:
        if webhooks != "off":
            processes.start_web()
        sandbox.webhook(url=processes.hook if webhooks != "off" else "", hold=webhooks == "late")
        sandbox.faults("every 1: latency 0.03")
        launch.schedule(audit.system(), campaign.pk)
        Campaign.objects.filter(pk=campaign.pk).update(attempt_size=ATTEMPT_SIZE)
        processes.start_beat()
        assert run_upkeep_through(processes, filling) == list(filling)
        processes.start_upkeep()
        assert kill_at_each_point(processes, campaign.pk, sending) == list(sending)
        processes.start_sending(SLOTS)
        wait_until(lambda: settled(campaign.pk), 90, f"{reports.report(campaign.pk)}")
        if webhooks == "off":
            verdict = judge(sandbox, campaign.pk)
            listed = [line for line in reports.not_accepted(campaign.pk) if line["state"] in {"unknown", "held"}]
            assert len(listed) == verdict["unknown"] <= len(sending) * SLOTS * ATTEMPT_SIZE
            assert all(line["reason"] for line in listed)
        else:
            processes.kill("upkeep")
            sandbox.webhook(hold=False)
            assert run_upkeep_through(processes, applying) == list(applying)
            processes.start_upkeep()
            sandbox.wait_for_events(60)
            wait_until(lambda: all_applied(campaign.pk), 60, "every event applied")
            verdict = judge(sandbox, campaign.pk)
            assert verdict["unknown_but_taken"] == 0, "events proved everybody whose mail the provider accepted"
        assert verdict["duplicates"] == verdict["lost"] == verdict["silent"] == verdict["write_ahead_violations"] == 0, verdict
        assert verdict["taken"] + verdict["unknown"] >= RECIPIENTS
        print(webhooks, verdict, {"attempts": Attempt.objects.count(), "attempt_size": ATTEMPT_SIZE})


@pytest.mark.soak
def test_worker_stopped_during_a_claim_does_not_block_others(settings):
    """A worker that is stopped, or on a lost machine, keeps its row lock until the database ends its session, after a minute."""
    campaign = people.make_campaign(200, 20)
    with SandboxProcess("--speed", "0.05") as sandbox, Processes(sandbox.url, [sandbox.public_key]) as processes:
        launch.schedule(audit.system(), campaign.pk)
        Campaign.objects.filter(pk=campaign.pk).update(attempt_size=20)
        processes.start_beat()
        processes.start_upkeep()
        still = processes.start_sending(1, failpoints="claim_before_commit:2:stop")
        wait_until(lambda: psutil.Process(still.pid).status() == psutil.STATUS_STOPPED, 60, processes.log("sending")[-2000:])
        processes.start_sending(2, name="other")
        wait_until(lambda: settled(campaign.pk), 120, f"{reports.report(campaign.pk)}")
        verdict = judge(sandbox, campaign.pk)
        assert still.poll() is None
    assert verdict["taken"] == 200
    assert verdict["duplicates"] == verdict["lost"] == verdict["silent"] == verdict["unknown"] == 0


@pytest.mark.soak
def test_worker_shuts_down_in_time_and_leaves_no_claims(settings):
    campaign = people.make_campaign(400, 20)
    with SandboxProcess() as sandbox, Processes(sandbox.url) as processes:
        sandbox.faults("all: latency 0.3")
        launch.schedule(audit.system(), campaign.pk)
        Campaign.objects.filter(pk=campaign.pk).update(attempt_size=20)
        processes.start_upkeep()
        processes.start_beat()
        worker = processes.start_sending(3)
        wait_until(lambda: Attempt.objects.count() >= 3, 60)
        worker.terminate()
        worker.wait(45)  # the limit in docs/operations.md
        report = reports.report(campaign.pk)
        assert report.balances
        assert (report.claimed, report.in_flight, report.unknown) == (0, 0, 0)
        assert report.accepted == len(sandbox.ledger())
