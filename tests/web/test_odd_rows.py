"""One odd row must not take a page away from everybody: rows that no verb would write are planted by hand."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from campaigns import launch
from campaigns.models import Campaign, DeliveryLog, LostCampaign
from campaigns.recovery import settle_policy
from campaigns.sending import schedule, settling
from campaigns.tracking.bounces import bounce_policy
from publication.models import ProcessHeartbeat, Publication
from publication.policies import POLICIES
from subscribers import attributes, tokens
from subscribers.models import Segment, Subscription
from tests.support import archives, issues
from tests.support.heartbeats import beaten
from tests.support.reviewing import account
from tests.web.page_examples import PAGES
from web import access

pytestmark = pytest.mark.django_db

ENDS = (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC))


def pages_of(campaign: Campaign) -> list[str]:
    """Every page about campaigns; those of drafts lead back to the page of a campaign that is none."""
    routes = [str(page.pattern) for page in PAGES.values() if page.callback.methods != access.POST]
    of_campaign = [route for route in routes if re.fullmatch(r"console/(campaigns/(<id:campaign_id>/[\w-]*/?)?)?", route)]
    return [f"/{route}".replace("<id:campaign_id>", str(campaign.pk)) for route in of_campaign]


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Shanghai", "Mars/Olympus"])
@pytest.mark.parametrize("at", ENDS, ids=["year 1", "year 9999"])
def test_a_campaign_at_an_end_of_the_calendar_spoils_no_page(console, sending, at, zone):
    Publication.objects.filter(pk=1).update(zone=zone)
    moments = {"scheduled_at": at, "started_at": at, "finished_at": at, "zone": zone}
    Campaign.objects.filter(pk=sending.pk).update(state="scheduled", local_time=True, **moments)
    DeliveryLog.objects.create(kind="decided", campaign_id=sending.pk, at=at)
    for page in pages_of(sending):
        answer = console.get(page)
        assert answer.status_code in (200, 302), page
    shown = console.get("/console/").content.decode()
    assert ("0001-01-01" if at.year == 1 else "9999-12-31") in shown
    assert sending.name in shown


@pytest.mark.parametrize("at", ENDS, ids=["year 1", "year 9999"])
def test_a_lost_campaign_or_a_heartbeat_at_an_end_of_the_calendar_spoils_no_page(console, campaign, at):
    Publication.objects.filter(pk=1).update(zone="Asia/Shanghai" if at.year > 1 else "America/Los_Angeles")
    LostCampaign.objects.create(
        campaign_id=7, campaign_created_at=at, digest=campaign.version.digest, lists=["news", "gone"], first_at=at,
        people={"one": 10**12},
    )  # fmt: skip
    for kind in ("sending", "tides"):
        beaten(kind)
    ProcessHeartbeat.objects.update(started_at=at, seen_at=at)
    for page in pages_of(campaign):
        assert console.get(page).status_code in (200, 302), page


@pytest.mark.parametrize("at", ENDS, ids=["year 1", "year 9999"])
def test_an_account_that_scheduled_a_campaign_at_an_end_of_the_calendar_can_be_blocked(console, campaign, settings, at):
    settings.SENDGRID_API_KEY = "SG.test"
    author = account("wei", "publisher")
    launch.schedule(author, campaign.pk)
    Campaign.objects.filter(pk=campaign.pk).update(scheduled_at=at, name="<b>" * 300, zone="Mars/Olympus")
    answer = console.post(f"/console/staff/{author.user.pk}/", {"step": "block"})
    assert (answer.status_code, f"campaign-{campaign.pk}" in answer.text) == (200, True)


@pytest.mark.parametrize("at", ENDS, ids=["year 1", "year 9999"])
def test_an_issue_sent_at_an_end_of_the_calendar_spoils_no_page_of_the_archive(client, tmp_path, at):
    mailing_list = archives.open_list("news")
    archives.send(issues.two_languages(tmp_path / "issue"), mailing_list)
    Publication.objects.filter(pk=1).update(zone="Asia/Shanghai" if at.year > 1 else "America/Los_Angeles")
    Campaign.objects.update(started_at=at)
    front = f"/archive/{mailing_list.slug}/"
    for page in ("/archive/", front, f"{front}feed.xml", "/sitemap.xml", f"{front}cast-newsletter-2026-12/"):
        assert client.get(page).status_code == 200, page
    assert client.get(f"{front}{at.year}/").status_code == 200
    for year in ("0", "99999999999999999999"):
        assert client.get(f"{front}{year}/").status_code == 404


def test_a_person_who_joined_at_an_end_of_the_calendar_spoils_no_page(console, campaign):
    Subscription.objects.update(joined_at=ENDS[1], confirmed_at=ENDS[0], unsubscribed_at=ENDS[1])
    assert console.get("/console/subscribers/").status_code == 200
    reader = Subscription.objects.first().subscriber_id
    for link in (f"/u/{tokens.unsubscribe_token(reader, campaign.pk)}", f"/v/{tokens.view_token(reader, campaign.pk)}"):
        assert console.get(link).status_code == 200


def test_codes_nobody_knows_are_shown_as_they_are(console, sending):
    Segment.objects.create(slug="broken", text="(((")
    Segment.objects.create(slug="empty", text="")
    Campaign.objects.filter(pk=sending.pk).update(
        state="held", held_reason="tides", held_detail="x" * 5000, override={"codes": "contrast"}, zone="Mars/Olympus"
    )
    for page in [*pages_of(sending), "/console/segments/", "/console/subscribers/"]:
        assert console.get(page).status_code in (200, 302), page
    assert b"tides" in console.get("/console/campaigns/").content


@pytest.mark.parametrize("value", ["x", 1e300, -1, None, [], "NaN", 10**400], ids=str)
def test_policies_that_no_command_would_store_spoil_no_page_and_no_round(console, sending, value):
    Publication.objects.filter(pk=1).update(policies={"settle": "resend", **dict.fromkeys(POLICIES, value)})
    for page in [*pages_of(sending), "/console/subscribers/"]:
        assert console.get(page).status_code in (200, 302), page
    settling.reap()
    assert settle_policy.wait() == timedelta(minutes=POLICIES["settle_after"].default)
    assert schedule.late_allowed() == timedelta(hours=POLICIES["late_hours"].default)
    assert schedule.handover() == timedelta(minutes=POLICIES["handover_minutes"].default)
    assert bounce_policy.limits()[0] == 5


def test_policies_that_are_no_table_spoil_no_page(console, sending):
    Publication.objects.filter(pk=1).update(policies=[])
    for page in pages_of(sending):
        assert console.get(page).status_code in (200, 302), page


@pytest.mark.parametrize("facts", [{"type": "colour"}, {"type": ["text"]}, "text", None], ids=str)
def test_an_attribute_of_an_unknown_type_spoils_no_page(console, campaign, facts):
    Publication.objects.filter(pk=1).update(attribute_schema={"hue": facts, "role": {"type": "text"}})
    Segment.objects.create(slug="red", text='hue == "red"')
    Segment.objects.create(slug="editors", text='role == "editor"')
    for page in [*pages_of(campaign), "/console/segments/", "/console/subscribers/"]:
        assert console.get(page).status_code in (200, 302), page
    assert sorted(attributes.schema()) == ["role"]


def test_a_draft_whose_stored_findings_are_of_another_version_still_has_its_pages(console, campaign, settings):
    settings.SENDGRID_API_KEY = "SG.test"
    campaign.version.findings = [{"code": "a-rule-of-tomorrow", "level": "error", "file": "issue.md", "line": 3, "params": {}}]
    campaign.version.save()
    for page in pages_of(campaign):
        assert console.get(page).status_code in (200, 302), page
