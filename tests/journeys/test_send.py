"""A campaign of 2,000 through real workers: both balances add up at every moment, whatever happens meanwhile."""

from __future__ import annotations

import time

import pytest

from campaigns import launch
from campaigns.models import Attempt, Campaign
from campaigns.reporting import reports
from publication import audit
from subscribers.consent import subscriptions
from subscribers.models import Subscriber
from tests.journeys.test_kills import judge
from tests.support import people
from tests.support.processes import Processes
from tests.support.sandbox_process import SandboxProcess
from tests.support.servers import SERVERS
from tests.support.variations import few
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes, pytest.mark.timeout(300)]


@pytest.fixture(autouse=True)
def _key(settings):
    settings.SENDGRID_API_KEY = "SG.test"


def launch_now(campaign: Campaign, size: int) -> None:
    launch.schedule(audit.system(), campaign.pk)
    Campaign.objects.filter(pk=campaign.pk).update(attempt_size=size)


def state_of(campaign: Campaign) -> str:
    return Campaign.objects.values_list("state", flat=True).get(pk=campaign.pk)


def balanced(campaign: Campaign) -> reports.Report:
    report = reports.report(campaign.pk)
    assert report.balances, report
    return report


@pytest.mark.parametrize("size", few(700, soak=[1700]))
def test_both_balances_add_up_throughout_a_send_with_all_kinds_of_faults_and_outcomes(size):
    campaign = people.make_campaign(size, 40)
    for domain in ("bounce", "soft", "defer", "drop", "complain", "late-bounce"):
        people.make_people(50, people.make_list(), f"{domain}.example", prefix=domain)
    with SandboxProcess("--speed", "0.1") as sandbox, Processes(sandbox.url, [sandbox.public_key]) as processes:
        sandbox.faults("rate 0.3 seed 3: 429|429-retry|400|413|503-before|reset-before|latency 0.1", "all: latency 0.02")
        processes.start_web()
        sandbox.webhook(url=processes.hook)
        launch_now(campaign, 40)
        processes.start_upkeep()
        processes.start_beat()
        processes.start_sending(6)
        looks = 0
        deadline = time.monotonic() + 150
        while True:
            report = balanced(campaign)
            looks += 1
            settled = report.state == "sent" and not report.awaiting and not report.deferred and not report.unsettled_events
            if settled or time.monotonic() > deadline:
                break
            time.sleep(0.05)
        assert settled, (report, processes.log("sending")[-2000:])
        sandbox.wait_for_events(30)  # a late bounce comes after all other events
        wait_until(lambda: balanced(campaign).unsettled_events == 0, 30)
        report = balanced(campaign)
        verdict = judge(sandbox, campaign.pk)
        assert looks > 20
        assert (verdict["duplicates"], verdict["lost"], verdict["silent"], verdict["write_ahead_violations"]) == (0, 0, 0, 0)
        assert report.accepted + report.unknown + report.failed == size + 300 == report.recipients
        assert report.bounced == report.hard + report.soft >= 50
        assert report.complained > 0


@pytest.mark.soak
def test_pause_sends_only_what_passed_the_gate_and_cancel_skips_the_rest():
    campaign = people.make_campaign(2000, 20)
    with SandboxProcess() as sandbox, Processes(sandbox.url) as processes:
        sandbox.faults("all: latency 0.15")
        launch_now(campaign, 20)
        processes.start_upkeep()
        processes.start_beat()
        processes.start_sending(4)
        wait_until(lambda: Attempt.objects.count() >= 8, 60, "the campaign is being sent")
        launch.pause(audit.system(), campaign.pk)
        # A gate that began before the pause may still commit.
        wait_until(lambda: (report := balanced(campaign)).in_flight == report.claimed == 0, 30)
        past_the_gate = Attempt.objects.count()
        time.sleep(0.5)  # time for a forbidden send to happen
        assert Attempt.objects.count() == past_the_gate
        assert len(sandbox.ledger()) == balanced(campaign).accepted < 2000
        gone = Subscriber.objects.order_by("-id").first()
        subscriptions.unsubscribe(audit.system(), gone.pk, how="page")
        launch.resume(audit.system(), campaign.pk)
        wait_until(lambda: Attempt.objects.count() > past_the_gate + 4, 30)
        launch.cancel(audit.system(), campaign.pk)
        wait_until(lambda: balanced(campaign).in_flight == 0, 30)
        report = balanced(campaign)
        assert report.skipped > 0
        assert report.planned == report.claimed == 0
        verdict = judge(sandbox, campaign.pk)
        assert (verdict["duplicates"], verdict["taken"]) == (0, report.accepted)
        assert gone.address not in {entry["address"] for entry in sandbox.ledger()}


@pytest.mark.soak
def test_wrong_key_holds_the_campaign_and_the_right_one_finishes_it():
    campaign = people.make_campaign(200, 20)
    with SandboxProcess("--key", "SG.right") as sandbox:
        with Processes(sandbox.url) as processes:
            launch_now(campaign, 20)
            processes.start_upkeep()
            processes.start_beat()
            processes.start_sending(2)
            wait_until(lambda: state_of(campaign) == "held", 60)
            report = balanced(campaign)
            assert report.held_reason == "credentials"
            assert "SG." not in processes.log("sending")
        with Processes(sandbox.url, MAILROOM_SENDGRID_API_KEY="SG.right") as processes:
            launch.resume(audit.system(), campaign.pk)
            processes.start_upkeep()
            processes.start_beat()
            processes.start_sending(2)
            wait_until(lambda: state_of(campaign) == "sent", 60)
            assert balanced(campaign).accepted == 200


@pytest.mark.soak
def test_campaign_is_finished_despite_lost_and_invented_broker_messages():
    """Lose every message and invent many: the campaign still ends, and each recipient gets one mail."""
    import redis

    campaign = people.make_campaign(600, 20)
    with SandboxProcess() as sandbox, Processes(sandbox.url) as processes:
        sandbox.faults("all: latency 0.05")
        paths = SERVERS.paths
        broker = redis.Redis(unix_socket_path=str(paths.valkey_socket), password=paths.valkey_password, db=processes.OWN_BROKER)
        launch_now(campaign, 20)
        processes.start_upkeep()
        processes.start_beat("one")
        processes.start_beat("two")
        processes.start_sending(3)
        for _ in range(100):
            broker.flushdb()
            if state_of(campaign) == "sent":
                break
            time.sleep(0.3)
        wait_until(lambda: state_of(campaign) == "sent", 60)
        broker.close()
        verdict = judge(sandbox, campaign.pk)
        assert (verdict["duplicates"], verdict["taken"]) == (0, 600)
        assert balanced(campaign).accepted == 600


@pytest.mark.soak
def test_worker_shuts_down_in_time_and_leaves_no_claims():
    campaign = people.make_campaign(400, 20)
    with SandboxProcess() as sandbox, Processes(sandbox.url) as processes:
        sandbox.faults("all: latency 0.3")
        launch_now(campaign, 20)
        processes.start_upkeep()
        processes.start_beat()
        worker = processes.start_sending(3)
        wait_until(lambda: Attempt.objects.count() >= 3, 60)
        worker.terminate()
        worker.wait(45)  # the limit in docs/operations.md
        report = balanced(campaign)
        assert (report.claimed, report.in_flight, report.unknown) == (0, 0, 0)
        assert report.accepted == len(sandbox.ledger())
