"""Single mails through real workers: a test mail, and a probe that resumes a campaign."""

import pytest

from campaigns import launch
from campaigns.drafts import test_mails
from campaigns.models import Campaign, TestSend
from campaigns.reporting import reports
from publication import audit
from tests.support import people
from tests.support.processes import Processes
from tests.support.sandbox_process import SandboxProcess
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes, pytest.mark.timeout(180)]


@pytest.mark.soak
def test_test_mail_is_marked_and_counts_in_no_report():
    with SandboxProcess() as sandbox, Processes(sandbox.url) as processes:
        processes.start_upkeep()
        processes.start_beat()
        test = test_mails.send(audit.system(), people.make_version(), people.make_sender(), "editor@cast.example")
        wait_until(lambda: TestSend.objects.get(pk=test.pk).state == "accepted", 40, processes.log("upkeep")[-2000:])
        (mail,) = sandbox.messages(to="editor@cast.example")
        assert mail["subject"] == "[Test] News"
        assert "-mr_" not in mail["html"] + mail["text"]
        assert "/u/test" in mail["html"]
        assert not Campaign.objects.exists()


@pytest.mark.soak
def test_accepted_probe_resumes_a_campaign_on_hold_for_its_budget():
    campaign = people.make_campaign(300, 10)
    with SandboxProcess() as sandbox, Processes(sandbox.url) as processes:
        sandbox.faults("1-4: 503-after", "all: latency 0.02")
        launch.schedule(audit.system(), campaign.pk)
        Campaign.objects.filter(pk=campaign.pk).update(attempt_size=10)
        processes.start_upkeep()
        processes.start_beat()
        processes.start_sending(2)
        wait_until(lambda: Campaign.objects.get().state == "sent", 60, processes.log("sending")[-1500:])
        report = reports.report(campaign.pk)
        assert report.unknown >= 30
        assert report.accepted + report.unknown == 300
        probe = TestSend.objects.get(purpose="probe")
        assert (probe.state, probe.address) == ("accepted", "newsletter@cast.example")
        assert sandbox.counts()["duplicate_count"] == 0
