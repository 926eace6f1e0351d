"""The Chinese console shows no English sentence: every page, with holds, uncertain recipients, refusals and broken segments."""

import html
import re

import pytest
from django.test import Client

from campaigns import hold_details, launch
from campaigns.models import Attempt, Campaign, Delivery, DeliveryLog, Slice
from campaigns.states import HELD_REASONS, hold_campaign
from publication import audit
from publication.models import Publication
from subscribers.models import Segment, Subscriber
from subscribers.segments import compiler, saved_segments
from tests.support import people
from tests.support.variations import first

pytestmark = pytest.mark.django_db

# Two English words in a row, or one with a sentence's end. Names, addresses and code are not texts of the console.
ENGLISH = re.compile(r"[A-Za-z]{2,}(?:[ ,;:]+[A-Za-z]{2,})+|[A-Za-z]{3,}[.!?](?= |$)")
NAMES = {"Mailroom", "SendGrid", "Reader", "CAST", "Newsletter", "News", "UTC", "English", "CSV"}


@pytest.fixture
def chinese(console) -> Client:
    console.cookies["mailroom-language"] = "zh-hans"
    return console


@pytest.fixture
def sending(sending) -> Campaign:
    """With the answers that the transport gives; the outcomes of the tests have words of their own."""
    Attempt.objects.update(detail="time-out")
    Slice.objects.filter(state="unknown").update(reason="the worker did not report")
    return sending


def english_in(answer) -> list[str]:
    page = re.sub(r"<(style|script|code|pre|noscript|title)\b.*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)
    labels = re.findall(r'(?:aria-label|data-label|title|alt)="([^"]*)"', page)
    shown = [*re.sub(r"<[^>]+>", "\n", page).split("\n"), *labels]
    phrases = [phrase for line in shown for phrase in ENGLISH.findall(html.unescape(line))]
    return [phrase for phrase in phrases if not set(re.findall(r"[A-Za-z]+", phrase)) <= NAMES]


def pages_of(campaign: Campaign) -> list[str]:
    overview = f"/console/campaigns/{campaign.pk}/"
    return ["/console/", "/console/campaigns/", overview, f"{overview}numbers/", f"{overview}cancel/", f"{overview}uncertain/", f"{overview}schedule/", f"{overview}send-now/",
            f"{overview}people/failed/", f"{overview}people/bounced/", f"{overview}people/skipped/"]  # fmt: skip


def test_no_page_of_a_campaign_in_any_state_has_english(chinese, sending):
    people_of = list(Subscriber.objects.order_by("id")[:4])
    for person, state, reason in zip(
        people_of, ("bounced", "skipped", "failed", "complained"),
        ("hard: 550 5.1.1", "left", "attempts used up", ""), strict=True,
    ):  # fmt: skip
        Delivery.objects.filter(campaign=sending, subscriber_id=person.pk).update(state=state, reason=reason)
    for kind in ("fencing", "recalled", "restore_doubt", "possible_duplicate", "unknown", "held", "test_sent"):
        DeliveryLog.objects.create(kind=kind, campaign_id=sending.pk, actor=audit.system())
    english = {}
    for state in ("scheduled", "filling", "sending", "paused", "sent", "cancelled", "draft"):
        Campaign.objects.filter(pk=sending.pk).update(state=state)
        for page in pages_of(sending):
            english |= {(state, page): phrases} if (phrases := english_in(chinese.get(page))) else {}
    assert english == {}


@pytest.mark.parametrize("reason", first(sorted(HELD_REASONS, key=lambda reason: reason != "late")))
def test_no_hold_has_english(chinese, sending, reason):
    detail = hold_details.text("late", due=sending.started_at, hours="26.0", most="6") if reason == "late" else ""
    if reason in ("audience", "unmeasured"):
        text = 'colour = "red"' if reason == "audience" else "engaged = None"
        Campaign.objects.filter(pk=sending.pk).update(segment_text=text)
        detail = str(compiler.faults([text])[0])
    hold_campaign(audit.system(), sending.pk, reason, detail)
    for page in ("/console/", "/console/campaigns/", f"/console/campaigns/{sending.pk}/"):
        assert english_in(chinese.get(page)) == []


def test_no_refusal_of_a_time_has_english(chinese, campaign, settings):
    settings.SENDGRID_API_KEY = "SG.test"
    page = f"/console/campaigns/{campaign.pk}/schedule/"
    for at, zone, each_zone in (
        ("", "UTC", ""), ("2020-01-01T09:00", "UTC", ""), ("9999-12-31T23:59", "UTC", ""), ("2150-01-01T09:00", "UTC", ""),
        ("2020-01-01T09:00", "UTC", "yes"), (f"{people.AHEAD}T09:00", "Nowhere", ""), ("2027-03-28T02:30", "Europe/Madrid", ""),
    ):  # fmt: skip
        answer = chinese.post(page, {"at": at, "zone": zone, "each_zone": each_zone})
        assert answer.status_code == 422
        assert english_in(answer) == []


def test_lists_segments_and_sign_in_have_no_english(chinese, campaign):
    Publication.objects.filter(pk=1).update(zone="Asia/Shanghai")
    saved_segments.create(audit.system(), "english", 'language = "en"')
    for number, text in enumerate(
        ('colour = "red"', "", "(((", 'language = "en', "language", "a = 1 and b = 2 or c = 3", "engaged = None")
    ):
        Segment.objects.create(slug=f"broken-{number}", text=text)
    for page in ("/console/subscribers/", "/console/lists/", "/console/segments/", "/console/attributes/"):
        assert english_in(chinese.get(page)) == []
    launch.create(audit.system(), version=campaign.version, lists=list(campaign.lists.all()), sender=campaign.sender)
    stranger = Client()
    stranger.cookies["mailroom-language"] = "zh-hans"
    assert english_in(stranger.get("/console/login/")) == []
    assert english_in(stranger.post("/console/login/", {"username": "x", "password": "y"})) == []
