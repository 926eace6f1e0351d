"""A campaign of 2,000 whose processes are killed at points of docs/delivery.md: nobody gets two mails, nobody is lost.

The judge is the sandbox's own ledger.
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
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes, pytest.mark.timeout(400)]

RECIPIENTS, ATTEMPT_SIZE, SLOTS = 2000, 50, 4


def let_leases_expire() -> None:
    """End the leases of dead workers at once, which saves the test a minute."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE slice SET lease_until = clock_timestamp() - interval '1 second' WHERE lease_until IS NOT NULL")


def settled(campaign_id: int) -> bool:
    report = reports.report(campaign_id)
    assert report.balances, report
    return report.state == "sent" and report.planned + report.claimed + report.in_flight == 0


def die(processes: Processes, name: str, failpoint: str) -> None:
    """Start a worker that kills itself at the failpoint, and wait until it has."""
    start = processes.start_upkeep if name == "upkeep" else processes.start_sending
    worker = start(failpoints=failpoint)
    wait_until(lambda: worker.poll() is not None, 60, f"{failpoint}: {processes.log(name)[-2000:]}")
    assert worker.returncode == -9, f"{failpoint}: {processes.log(name)[-3000:]}"
    processes.kill(name)
    let_leases_expire()


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


def test_kills_at_failpoints_lose_and_duplicate_nobody():
    """After a request to the provider, and while recipients are entered; tests/chaos kills at every point."""
    campaign = people.make_campaign(RECIPIENTS, ATTEMPT_SIZE)
    with SandboxProcess("--speed", "0.05") as sandbox, Processes(sandbox.url, [sandbox.public_key]) as processes:
        processes.start_web()
        sandbox.webhook(url=processes.hook)
        sandbox.faults("every 1: latency 0.03")
        launch.schedule(audit.system(), campaign.pk)
        Campaign.objects.filter(pk=campaign.pk).update(attempt_size=ATTEMPT_SIZE)
        processes.start_beat()
        die(processes, "upkeep", "fill_inserted:1")
        processes.start_upkeep()
        die(processes, "sending", "wire_sent:1")
        processes.start_sending(SLOTS)
        wait_until(lambda: settled(campaign.pk), 90, f"{reports.report(campaign.pk)}")
        sandbox.wait_for_events(60)
        wait_until(lambda: all_applied(campaign.pk), 60, "every event applied")
        verdict = judge(sandbox, campaign.pk)
    assert verdict["unknown_but_taken"] == 0, "events proved everybody whose mail the provider accepted"
    assert verdict["duplicates"] == verdict["lost"] == verdict["silent"] == verdict["write_ahead_violations"] == 0, verdict
    assert verdict["taken"] + verdict["unknown"] >= RECIPIENTS


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
