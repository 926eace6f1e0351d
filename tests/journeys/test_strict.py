"""A strict campaign of 2,000; every tenth request fails, workers and fencers are killed, webhooks are off: nobody is uncertain.

The judge is the sandbox's own ledger, in which mail that was taken back counts as received by nobody.
"""

import os

import pytest

from campaigns import launch
from campaigns.drafts import draft_changes
from campaigns.models import Attempt, Campaign, DeliveryLog
from campaigns.reporting import reports
from publication import audit
from tests.journeys.test_kills import let_leases_expire, run_upkeep_through
from tests.support import people
from tests.support.processes import Processes
from tests.support.sandbox_process import SandboxProcess
from tests.support.strict_run import Clocks, campaign_summary, finish, judge, nobody_open, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes, pytest.mark.timeout(400), pytest.mark.soak]

# MAILROOM_TEST_STRICT=20000,200 for a long run.
RECIPIENTS, ATTEMPT_SIZE = (int(number) for number in os.environ.get("MAILROOM_TEST_STRICT", "2000,50").split(","))
SLOTS = 4
FAULTS = ("every 1: latency 0.03", "rate 0.1 seed 7: 500-before|500-after|close-before|close-after|reset-body|429")
# Points at which a killed sending worker leaves an uncertain request, and one at which it does not.
SENDING_POINTS = (
    "gate_committed:1",
    "wire_half_sent:2",
    "wire_sent:1",
    "wire_head_read:2",
    "answered:1",
    "settle_before_commit:1",
)
FENCE_POINTS = ("fence_before_mark:1", "fence_marked:1", "fence_cancelled:1", "fence_before_confirm:1", "fence_confirmed:2")
LATER_POINTS = ("fence_before_free:1", "fence_freed:1")


def die_sending(processes: Processes, campaign_id: int, points: tuple[str, ...]) -> list[str]:
    died = []
    for point in points:
        worker = processes.start_sending(SLOTS, failpoints=point)
        processes.wake("send_due", times=SLOTS)
        wait_for(lambda w=worker: w.poll() is not None, campaign_id, 60, point)
        assert worker.returncode == -9, f"{point}: {processes.log('sending')[-3000:]}"
        died.append(point)
        processes.kill("sending")
        let_leases_expire()
    return died


def test_no_recipient_of_a_strict_campaign_stays_uncertain(settings, tmp_path):
    settings.CLOCK_FILE = tmp_path / "clock"
    campaign = people.make_campaign(RECIPIENTS, ATTEMPT_SIZE)
    draft_changes.set_strict(audit.system(), campaign.pk, True)
    clock_file = {"MAILROOM_CLOCK_FILE": str(settings.CLOCK_FILE)}
    with SandboxProcess() as sandbox, Processes(sandbox.url, [sandbox.public_key], **clock_file) as processes:
        clocks = Clocks(sandbox, processes)
        sandbox.faults(*FAULTS)
        launch.schedule(audit.system(), campaign.pk)
        Campaign.objects.filter(pk=campaign.pk).update(attempt_size=ATTEMPT_SIZE)
        processes.start_beat()
        processes.start_upkeep()
        died = die_sending(processes, campaign.pk, SENDING_POINTS[:3])
        # Without it nothing is cancelled any more: enough uncertain requests are left for each of its own deaths. It wakes no
        # sending worker any more either.
        processes.kill("upkeep")
        died += die_sending(processes, campaign.pk, SENDING_POINTS[3:])
        assert died == list(SENDING_POINTS)
        let_leases_expire()
        died = run_upkeep_through(processes, FENCE_POINTS, 90)
        processes.start_upkeep()
        processes.start_sending(SLOTS)
        wait_for(lambda: nobody_open(campaign.pk), campaign.pk, 120, "nobody open")
        in_doubt = reports.report(campaign.pk).uncertain
        assert in_doubt >= 5 * ATTEMPT_SIZE, campaign_summary(campaign.pk)
        processes.kill("upkeep")
        clocks.advance(24)
        died += run_upkeep_through(processes, LATER_POINTS, 90)
        processes.start_upkeep()
        rounds = finish(clocks, campaign.pk)
        verdict = judge(sandbox, campaign.pk)
        print(verdict, {"attempt_size": ATTEMPT_SIZE, "in_doubt": in_doubt, "rounds": rounds, "died": died})
        assert died == [*FENCE_POINTS, *LATER_POINTS]
    assert verdict["received"] == verdict["recipients"] == RECIPIENTS, verdict
    wanted_none = ("duplicates", "lost", "open", "unknown", "received_and_not_accepted", "write_ahead_violations", "cancels_left")
    assert {name: verdict[name] for name in wanted_none} == dict.fromkeys(wanted_none, 0)
    assert verdict["discarded"] > 0, "the provider had the mail that was taken back"
    assert reports.report(campaign.pk).state == "sent"
    assert not DeliveryLog.objects.filter(kind__in=["not_fenced", "fence_broken", "possible_duplicate"]).exists()
    assert Attempt.objects.filter(outcome="discarded").count() >= in_doubt // ATTEMPT_SIZE
