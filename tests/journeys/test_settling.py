"""Uncertain attempts and rejections through real processes; the sandbox's ledger is the judge."""

from __future__ import annotations

import pytest

from campaigns import launch
from campaigns.models import Attempt, Campaign, DeliveryLog
from campaigns.reporting import reports
from publication import audit
from publication.profile import change_profile
from tests.journeys.test_kills import judge
from tests.support import people
from tests.support.processes import Processes
from tests.support.sandbox_process import SandboxProcess
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes, pytest.mark.timeout(240)]


@pytest.fixture(autouse=True)
def _key(settings):
    settings.SENDGRID_API_KEY = "SG.test"


def launch_now(campaign: Campaign, size: int) -> None:
    launch.schedule(audit.system(), campaign.pk)
    Campaign.objects.filter(pk=campaign.pk).update(attempt_size=size)


def state_of(campaign: Campaign) -> str:
    return Campaign.objects.values_list("state", flat=True).get(pk=campaign.pk)


def start(processes: Processes, slots: int = 4) -> None:
    processes.start_upkeep()
    processes.start_beat()
    processes.start_sending(slots)


@pytest.mark.soak
def test_400_for_everyone_holds_the_campaign_and_the_rest_is_sent_later():
    campaign = people.make_campaign(600, 100)
    with SandboxProcess() as sandbox, Processes(sandbox.url) as processes:
        sandbox.faults("all: 400")
        launch_now(campaign, 100)
        start(processes)
        wait_until(lambda: state_of(campaign) == "held", 60)
        wait_until(lambda: reports.report(campaign.pk).in_flight == 0, 30)
        report = reports.report(campaign.pk)
        assert report.held_reason == "message"
        assert report.failed <= 5
        assert report.planned + report.claimed == 600 - report.failed
        requests = len(sandbox.requests())
        assert requests < 80, "only a few slices were split down to one recipient"
        sandbox.faults()
        launch.resume(audit.system(), campaign.pk)
        wait_until(lambda: state_of(campaign) == "sent", 60)
        verdict = judge(sandbox, campaign.pk)
        assert (verdict["duplicates"], verdict["lost"], verdict["taken"]) == (0, 0, 600 - report.failed)
        print({"failed": report.failed, "requests until held": requests, "attempt_size": 100})


@pytest.mark.soak
def test_one_rejected_recipient_is_found_and_everybody_else_gets_the_mail():
    campaign = people.make_campaign(600, 100)
    with SandboxProcess() as sandbox, Processes(sandbox.url) as processes:
        sandbox.faults("to reader333@: 400")
        launch_now(campaign, 100)
        start(processes)
        wait_until(lambda: state_of(campaign) == "sent", 60)
        report = reports.report(campaign.pk)
        assert (report.accepted, report.failed) == (599, 1)
        assert judge(sandbox, campaign.pk)["duplicates"] == 0


@pytest.mark.soak
def test_policy_resends_only_what_was_lost():
    """Half of the broken requests were accepted, half were not: events resolve the first, the policy resends the second."""
    change_profile(audit.system(), policies={"settle": "resend", "settle_after": "0.2"})
    campaign = people.make_campaign(1200, 20)
    with SandboxProcess("--speed", "0.05") as sandbox, Processes(sandbox.url, [sandbox.public_key]) as processes:
        sandbox.faults("every 8: reset-before", "every 9: reset-after", "all: latency 0.1")
        processes.start_web()
        sandbox.webhook(url=processes.hook)
        launch_now(campaign, 20)
        start(processes)
        wait_until(lambda: reports.report(campaign.pk).accepted == 1200, 150, f"{reports.report(campaign.pk)}")
        wait_until(lambda: state_of(campaign) == "sent", 30)
        sandbox.wait_for_events(30)
        verdict = judge(sandbox, campaign.pk)
        settled = DeliveryLog.objects.filter(kind="settled_by_policy").count()
        assert settled > 0
        assert (verdict["duplicates"], verdict["lost"], verdict["unknown"], verdict["taken"]) == (0, 0, 0, 1200)
        assert reports.report(campaign.pk).possible_duplicates == 0
        print({"settled": settled, "attempts": Attempt.objects.count(), "attempt_size": 20})


@pytest.mark.soak
def test_policy_resends_nothing_while_the_webhook_receiver_is_down():
    change_profile(audit.system(), policies={"settle": "resend", "settle_after": "0.1"})
    campaign = people.make_campaign(400, 20)
    with SandboxProcess("--speed", "0.05") as sandbox, Processes(sandbox.url, [sandbox.public_key]) as processes:
        sandbox.faults("every 10: reset-after")
        processes.start_web()
        sandbox.webhook(url=processes.hook)
        processes.kill("web")
        launch_now(campaign, 20)
        start(processes)
        wait_until(lambda: state_of(campaign) == "sent", 60)
        uncertain = reports.report(campaign.pk).uncertain
        assert uncertain >= 20
        with pytest.raises(AssertionError, match="not within"):
            wait_until(lambda: reports.report(campaign.pk).uncertain < uncertain, 12, "twice the policy's time")
        processes.start_web()
        wait_until(lambda: reports.report(campaign.pk).uncertain == 0, 60, "the provider repeats its events")
        verdict = judge(sandbox, campaign.pk)
        assert (verdict["duplicates"], verdict["lost"], verdict["taken"]) == (0, 0, 400)
        assert not DeliveryLog.objects.filter(kind="settled_by_policy").exists()
