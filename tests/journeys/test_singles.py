"""Single mails through real workers: a test mail, a confirmation whose link is followed, a probe that resumes a campaign."""

import re
from urllib.parse import urlsplit

import pytest

from campaigns import launch
from campaigns.models import Campaign, TestSend
from campaigns.reporting import reports
from publication import audit
from subscribers.consent import subscriptions, suppressions
from subscribers.models import Notice, Subscription
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
        test = launch.send_test(audit.system(), people.make_version(), people.make_sender(), "editor@cast.example")
        wait_until(lambda: TestSend.objects.get(pk=test.pk).state == "accepted", 40, processes.log("upkeep")[-2000:])
        (mail,) = sandbox.messages(to="editor@cast.example")
        assert mail["subject"] == "[Test] News"
        assert "-mr_" not in mail["html"] + mail["text"]
        assert "/u/test" in mail["html"]
        assert not Campaign.objects.exists()


@pytest.mark.soak
def test_confirmation_is_planned_once_sent_and_followed(client):
    mailing_list = people.make_list()
    people.make_sender()
    with SandboxProcess() as sandbox, Processes(sandbox.url, [sandbox.public_key]) as processes:
        processes.start_web()
        sandbox.webhook(url=processes.hook)
        processes.start_upkeep()
        processes.start_beat()
        # They were erased before, but their new request is still mailed.
        suppressions.suppress(audit.system(), "li.na@people.example", "erased")
        for _ in range(3):
            subscriptions.subscribe(
                audit.subscriber(), mailing_list, "li.na@people.example", name="Li Na", language="en", source="form",
                consent="I want the newsletter", attributes={},
            )  # fmt: skip
        wait_until(lambda: Notice.objects.filter(state="accepted").exists(), 40, processes.log("upkeep")[-2000:])
        mails = sandbox.messages(to="li.na@people.example")
        assert len(mails) == 1
        assert Subscription.objects.get().state == "pending"
        link = re.search(r"https?://\S+/c/[\w-]+", mails[0]["text"])[0]
        assert link in mails[0]["html"]
        assert "List-Unsubscribe" not in mails[0]["headers"]
        assert mails[0]["headers"]["Auto-Submitted"] == "auto-generated", "otherwise vacation responders would answer it"
        page = client.get(urlsplit(link).path)
        assert page.status_code == 200
        assert Subscription.objects.get().state == "pending", "opening a link changes nothing"
        fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', page.content.decode()))
        assert client.post(urlsplit(link).path, fields).status_code == 200
        assert Subscription.objects.get().state == "confirmed"


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
