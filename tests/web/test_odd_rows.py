"""One odd row must not take a page away from everybody: rows that no verb would write are planted by hand."""

import re
from datetime import timedelta

import pytest

from campaigns.models import Campaign
from campaigns.recovery import settle_policy
from campaigns.sending import schedule, settling
from campaigns.tracking.bounces import bounce_policy
from publication.models import Publication
from publication.policies import POLICIES
from subscribers.models import Segment
from tests.web.page_examples import PAGES
from web import access

pytestmark = pytest.mark.django_db


def pages_of(campaign: Campaign) -> list[str]:
    """Every page about campaigns; those of drafts lead back to the page of a campaign that is none."""
    routes = [str(page.pattern) for page in PAGES.values() if page.callback.methods != access.POST]
    of_campaign = [route for route in routes if re.fullmatch(r"console/(campaigns/(<id:campaign_id>/[\w-]*/?)?)?", route)]
    return [f"/{route}".replace("<id:campaign_id>", str(campaign.pk)) for route in of_campaign]


@pytest.mark.soak
def test_codes_nobody_knows_are_shown_as_they_are(console, sending):
    Segment.objects.create(slug="broken", text="(((")
    Segment.objects.create(slug="empty", text="")
    Campaign.objects.filter(pk=sending.pk).update(
        state="held", held_reason="tides", held_detail="x" * 5000, override={"codes": "contrast"}, zone="Mars/Olympus"
    )
    for page in [*pages_of(sending), "/console/segments/", "/console/subscribers/"]:
        assert console.get(page).status_code in (200, 302), page
    assert b"tides" in console.get("/console/campaigns/").content


def test_policies_that_no_command_would_store_spoil_no_page_and_no_round(console, sending):
    for value in ("x", 1e300, -1, None, [], "NaN", 10**400):
        Publication.objects.filter(pk=1).update(policies={"settle": "resend", **dict.fromkeys(POLICIES, value)})
        for page in (f"/console/campaigns/{sending.pk}/", f"/console/campaigns/{sending.pk}/uncertain/", "/console/subscribers/"):
            assert console.get(page).status_code == 200, (page, value)
        settling.reap()
        assert settle_policy.wait() == timedelta(minutes=POLICIES["settle_after"].default)
        assert schedule.late_allowed() == timedelta(hours=POLICIES["late_hours"].default)
        assert schedule.handover() == timedelta(minutes=POLICIES["handover_minutes"].default)
        assert bounce_policy.limits()[0] == 5


@pytest.mark.soak
def test_a_draft_whose_stored_findings_are_of_another_version_still_has_its_pages(console, campaign, settings):
    settings.SENDGRID_API_KEY = "SG.test"
    campaign.version.findings = [{"code": "a-rule-of-tomorrow", "level": "error", "file": "issue.md", "line": 3, "params": {}}]
    campaign.version.save()
    for page in pages_of(campaign):
        assert console.get(page).status_code in (200, 302), page
