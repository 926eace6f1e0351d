"""Microsoft rejects everything, through real processes: the campaign is held and resumed, the fix is named, nobody suppressed."""

from __future__ import annotations

import pytest

from campaigns import launch
from campaigns.models import Campaign
from campaigns.provider_lists import list_changes
from campaigns.tracking.bounces import domain_rejections, reconsidering
from campaigns.tracking.bounces.bounce_texts import REMEDIES
from publication import audit
from subscribers.models import Suppression
from tests.support import people
from tests.support.processes import Processes, wait_until
from tests.support.sandbox_process import SandboxProcess

pytestmark = [
    pytest.mark.django_db(transaction=True), pytest.mark.processes, pytest.mark.soak, pytest.mark.timeout(600)
]  # fmt: skip


def state_of(campaign: Campaign) -> tuple[str, str]:
    campaign.refresh_from_db()
    return campaign.state, campaign.held_reason


def test_rejections_by_microsoft_suppress_nobody_hold_the_campaign_and_name_the_fix(settings):
    settings.SENDGRID_API_KEY = "SG.test"
    # The sandbox rejects the mails as Microsoft does for a domain without DMARC: 550 5.7.515.
    people.make_people(3000, people.make_list(), "outlook.com", prefix="reputation-")
    campaign = people.make_campaign(1000, 20)
    with (
        SandboxProcess("--speed", "0.1") as sandbox,
        Processes(sandbox.url, [sandbox.public_key], MAILROOM_SEND_RATE="150") as processes,
    ):
        processes.start_web()
        sandbox.webhook(url=processes.hook)
        launch.schedule(audit.system(), campaign.pk)
        processes.start_upkeep()
        processes.start_beat()
        processes.start_sending(4)
        wait_until(lambda: state_of(campaign) == ("held", "rejections"), 90, "held for rejections")
        sandbox.wait_for_events()
        listed = len(sandbox.call("GET", "/v3/suppression/bounces", key="SG.x"))
        assert 200 <= listed < 1500, "held before most of them were mailed"
        wait_until(lambda: domain_rejections.alarms(campaign.pk)[0].rejected == listed, 30, "every rejection is counted")
        (alarm,) = domain_rejections.alarms(campaign.pk)
        assert (alarm.domain, alarm.cause) == ("outlook.com", "reputation")
        assert "DMARC" in REMEDIES[alarm.remedy]
        assert "outlook.com" in campaign.held_detail
        assert not Suppression.objects.exists()

        # The DMARC record is corrected; addresses that the provider has listed meanwhile come off its list.
        cases = reconsidering.reconsider(audit.system(), ["reputation"])
        assert {case.verdict for case in cases} == {"unlist"}
        assert len(cases) == listed
        wait_until(lambda: list_changes.counts().done == listed, 400, "the worker takes them off")
        assert sandbox.call("GET", "/v3/suppression/bounces", key="SG.x") == []
        assert not Suppression.objects.exists()
