"""Pages on which somebody sends, or waits for sending, say that no process is alive that would do it, and since when."""

import html
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from publication import clock, heartbeats
from publication.models import ProcessHeartbeat, Publication
from tests.support.heartbeats import all_alive, beaten
from tests.web.conftest import make_staff

pytestmark = pytest.mark.django_db
RIGHTS = (
    "campaigns.view_campaign",
    "campaigns.change_campaign",
    "campaigns.add_campaign",
    "editorial.view_issuerecord",
    "auth.view_user",
)


def client_of(*rights: str) -> Client:
    client = Client()
    client.force_login(make_staff("wei", *rights))
    return client


def text(client: Client, path: str, language: str) -> str:
    page = client.get(path, headers={"Accept-Language": language})
    assert page.status_code == 200
    return html.unescape(page.content.decode())


@pytest.fixture
def pages(campaign) -> list[str]:
    """Those before a campaign is sent, and its own page."""
    return [
        reverse("issue-send", args=[campaign.version.issue.slug]),
        reverse("campaign-send-now", args=[campaign.pk]),
        reverse("campaign-schedule", args=[campaign.pk]),
    ]


@pytest.mark.parametrize(
    ("language", "sentence", "stopped"),
    [
        (
            "en",
            "Nothing is being sent: no sending worker has been alive since {since}.",
            "the upkeep worker was stopped at {since}",
        ),
        ("zh-hans", "目前没有在发送邮件：自 {since}起，没有任何发送进程在运行。", "维护进程已于 {since}停止"),
    ],
)
def test_pages_before_sending_and_the_campaigns_page_name_what_is_missing(campaign, pages, language, sentence, stopped):
    beaten("sending", silent_for=3600)
    beaten("upkeep", silent_for=3600, stopped=True)
    beaten("beat")
    client = client_of(*RIGHTS)
    at = heartbeats.missing(["sending"])[0].since
    since = f"{at:%Y-%m-%d %H:%M} (UTC)" if language == "en" else f"{at:%Y-%m-%d %H:%M}（UTC）"
    own = reverse("campaign", args=[campaign.pk])
    shown = [text(client, page, language) for page in pages]
    assert "data-missing-processes" not in text(client, reverse("campaigns"), language), "nothing waits to be sent"
    type(campaign).objects.filter(pk=campaign.pk).update(state="sending")
    live = (own, reverse("campaign-numbers", args=[campaign.pk]), reverse("campaigns"))
    for page in (*shown, *(text(client, address, language) for address in live)):
        assert "doctor" in page
        assert sentence.format(since=since) in page
        assert stopped.format(since=since) in page
        assert "beat, which wakes" not in page
        assert "（beat）" not in page


def test_pages_say_nothing_while_all_are_alive_or_nothing_is_to_be_sent(campaign, pages):
    client = client_of(*RIGHTS)
    own = reverse("campaign", args=[campaign.pk])
    type(campaign).objects.filter(pk=campaign.pk).update(state="paused")
    assert "data-missing-processes" not in text(client, own, "en")
    all_alive()
    type(campaign).objects.filter(pk=campaign.pk).update(state="draft")
    for page in (*pages, own):
        assert "data-missing-processes" not in text(client, page, "en")


def test_home_names_different_versions_to_administrators_only(campaign):
    all_alive()
    ProcessHeartbeat.objects.filter(kind="beat").update(version="0.9 <old>")
    warning = "Restart those with the older one: 0.9 <old> (beat), 1 (web server, sending worker, upkeep worker)."
    assert warning in text(client_of(*RIGHTS, "auth.change_user"), "/console/", "en")
    auditor = Client()
    auditor.force_login(make_staff("ana", *RIGHTS))
    assert "different versions" not in text(auditor, "/console/", "en")


@pytest.mark.parametrize("state", ["draft", "scheduled"])
def test_pages_on_which_somebody_sends_say_that_the_quarantine_stops_it(campaign, pages, state):
    all_alive()
    Publication.objects.update(quarantined_at=clock.now())
    type(campaign).objects.filter(pk=campaign.pk).update(state=state, scheduled_at=clock.now() + timedelta(days=1))
    client = client_of(*RIGHTS)
    shown = {page: text(client, page, "en") for page in (*pages, reverse("campaign", args=[campaign.pk]), reverse("campaigns"))}
    if state == "scheduled":
        del shown[reverse("campaign-send-now", args=[campaign.pk])]  # there is nothing to send now
    for page in shown.values():
        assert "Nothing has been sent since" in page
        assert "to lift the quarantine" in page
        assert "Nothing is being sent: no" not in page
    if state == "draft":
        for name in ("campaign-send-now", "campaign-schedule"):
            assert 'type="submit" class="main"' not in shown[reverse(name, args=[campaign.pk])], "it would be refused"
