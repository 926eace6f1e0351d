"""Scheduling a draft, changing the time of a scheduled campaign, sending now with Undo."""

import html
import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from campaigns import launch
from campaigns.launch_guards import last_step
from campaigns.models import Campaign, DeliveryLog, LostCampaign
from campaigns.sending import filling
from editorial.models import IssueVersion
from publication import audit, clock
from publication.models import Audit, Publication, Sender
from subscribers.models import Segment, Subscriber
from tests.support import people
from tests.web.conftest import make_staff

pytestmark = pytest.mark.django_db


# ------------------------------------------------------------------------------------------------------------- schedule
def test_a_draft_is_scheduled_and_made_a_draft_again(console, campaign, settings):
    settings.SENDGRID_API_KEY = "SG.test"
    page = f"/console/campaigns/{campaign.pk}/"
    assert b"<strong>10 people</strong>" in console.get(page + "schedule/").content
    hour = {"at": f"{people.AHEAD}T09:00", "zone": "Asia/Shanghai"}
    assert console.post(page + "schedule/", hour).status_code == 302
    campaign.refresh_from_db()
    assert (campaign.state, f"{campaign.scheduled_at:%F %H:%M}", campaign.local_time) == (
        "scheduled",
        f"{people.AHEAD} 01:00",
        False,
    )
    assert b"Back to draft" in console.get(page).content
    day = f"{campaign.scheduled_at:%A}, {campaign.scheduled_at.day} {campaign.scheduled_at:%B %Y}, 01:00 (UTC)"
    lead = f"<strong>{campaign.version.subject}</strong> goes to <strong>10 people</strong> on <strong>{day}</strong>, in "
    shown = html.unescape(console.get(page).content.decode())
    assert lead in shown
    assert f"From {campaign.sender} to CAST Newsletter <" in shown
    console.cookies["mailroom-language"] = "zh-hans"
    at = campaign.scheduled_at
    assert (
        f"将于<strong>{at.year}年{at.month}月{at.day}日星期{'一二三四五六日'[at.weekday()]} 01:00（UTC）</strong>发送给 <strong>10 人</strong>（"
        in console.get(page).content.decode()
    )
    del console.cookies["mailroom-language"]
    assert b"Change time or sender" in console.get(page + "schedule/").content
    console.post(page + "unschedule/")
    assert f'value="{people.AHEAD}T09:00"' in console.get(page + "schedule/").content.decode(), "the time is kept"
    console.post(page + "schedule/", hour | {"each_zone": "yes", "strict": "yes"})
    campaign.refresh_from_db()
    assert (campaign.state, campaign.local_time, campaign.strict) == ("scheduled", True, True)
    assert b"Strict mode" in console.get(page).content
    assert b"in each recipient&#x27;s own time zone" in console.get(page).content


def test_a_draft_that_had_no_time_gets_a_suggestion(console, campaign):
    def suggested() -> str:
        return re.search(
            r'name="at"[^>]* value="([^"]*)"', console.get(f"/console/campaigns/{campaign.pk}/schedule/").content.decode()
        )[1]

    now = clock.now()
    assert suggested() == f"{now + timedelta(days=1):%Y-%m-%d}T09:00"
    usual = (now + timedelta(days=3)).replace(hour=16, minute=30, second=0, microsecond=0)
    for weeks in (1, 2, 3):
        before = launch.create(audit.system(), version=campaign.version, lists=list(campaign.lists.all()), sender=campaign.sender)
        Campaign.objects.filter(pk=before.pk).update(state="sent", scheduled_at=usual - timedelta(weeks=weeks))
    assert suggested() == f"{usual:%Y-%m-%d}T16:30", "at the time of the week at which the last campaigns began"
    Campaign.objects.filter(pk=before.pk).update(scheduled_at=usual - timedelta(days=20))
    assert suggested() == f"{now + timedelta(days=1):%Y-%m-%d}T09:00"


def test_the_hour_in_each_zone_and_its_first_moment_are_shown_in_one_line(console, campaign, settings):
    settings.SENDGRID_API_KEY = "SG.test"
    Publication.objects.update_or_create(pk=1, defaults={"zone": "Asia/Shanghai"})
    Subscriber.objects.filter(pk=Subscriber.objects.first().pk).update(zone="Pacific/Auckland")
    page = f"/console/campaigns/{campaign.pk}/"
    hour = {"at": f"{people.AHEAD}T09:00", "zone": "Africa/Lagos", "each_zone": "yes", "form": "schedule"}
    console.post(page + "schedule/", hour)
    first = datetime.fromisoformat(f"{people.AHEAD} 09:00").replace(tzinfo=ZoneInfo("Pacific/Auckland"))
    there = f"{first.astimezone(ZoneInfo('Asia/Shanghai')):%Y-%m-%d %H:%M}"
    time_text = f"{people.AHEAD} 09:00 in each recipient's own time zone, at the earliest {there} (Asia/Shanghai)"
    form = html.unescape(console.get(page + "schedule/").content.decode())
    assert f"It is scheduled for {time_text}." in form
    handed = f"{first.astimezone(ZoneInfo('Asia/Shanghai')) - timedelta(hours=1):%Y-%m-%d %H:%M}"
    for shown in (form, html.unescape(console.get(page).content.decode())):
        assert f"The first mails are handed to the provider at {handed} (Asia/Shanghai)." in shown
    assert f'value="{people.AHEAD}T09:00"' in form, "the hour, and not its moment in another zone"
    in_short = time_text.partition(",")[0]
    for address, time in (
        (page, time_text),
        ("/console/", in_short),
        ("/console/campaigns/", f"{people.AHEAD} 09:00 local time"),
    ):
        shown = html.unescape(console.get(address).content.decode())
        assert time in shown
        assert "16:00" not in shown, "09:00 in Lagos as a time in Shanghai is nobody's hour"
    Campaign.objects.filter(pk=campaign.pk).update(state="filling")
    filling.fill(campaign.pk)
    assert time_text in html.unescape(console.get(page).content.decode()), "the waves say the same"


def test_a_scheduled_campaign_gets_another_time_in_one_step(console, campaign, settings):
    settings.SENDGRID_API_KEY = "SG.test"
    Publication.objects.update_or_create(pk=1, defaults={"zone": "Asia/Shanghai"})
    page = f"/console/campaigns/{campaign.pk}/"
    console.post(page + "schedule/", {"at": f"{people.AHEAD}T09:00", "zone": "Asia/Shanghai", "form": "schedule"})
    shown = console.get(page + "schedule/").content.decode()
    assert f'value="{people.AHEAD}T09:00"' in shown
    assert 'value="reschedule"' in shown
    assert f"{people.AHEAD} 09:00 (Asia/Shanghai)" in shown
    again = {"at": f"{people.AHEAD}T11:30", "zone": "Asia/Shanghai", "form": "reschedule"}
    answer = console.post(page + "schedule/", again, follow=True)
    assert b"The changes are stored." in answer.content
    assert f"{people.AHEAD} 09:00 → {people.AHEAD} 11:30" in answer.content.decode(), "the log shows both times"
    campaign.refresh_from_db()
    assert (campaign.state, f"{campaign.scheduled_at:%F %H:%M}") == ("scheduled", f"{people.AHEAD} 03:30")
    past = console.post(page + "schedule/", again | {"at": "2020-01-01T09:00"})
    assert past.status_code == 422
    assert b"2020-01-01 09:00 (Asia/Shanghai) is in the past" in past.content
    campaign.refresh_from_db()
    assert f"{campaign.scheduled_at:%F %H:%M}" == f"{people.AHEAD} 03:30"


def test_a_scheduled_campaign_gets_another_sender_and_keeps_its_time(console, campaign, settings):
    settings.SENDGRID_API_KEY = "SG.test"
    scheduled = launch.schedule(audit.system(), campaign.pk, clock.now() + timedelta(hours=2))
    other, page = people.make_sender("board@cast.example"), f"/console/campaigns/{campaign.pk}/"
    assert page + "schedule/#id_sender" in console.get(page).content.decode()
    form = console.get(page + "schedule/").content.decode()
    given = {"form": "reschedule", "sender": other.pk, "zone": "UTC", "at": re.search(r'name="at"[^>]*value="([^"]*)"', form)[1]}
    shown = console.post(page + "schedule/", given, follow=True).content.decode()
    assert "The changes are stored." in shown
    assert f"{campaign.sender.email} → {other.email}" in shown, "it is in the log"
    campaign.refresh_from_db()
    assert (campaign.state, campaign.sender, campaign.scheduled_at) == ("scheduled", other, scheduled.scheduled_at)
    assert Audit.objects.filter(verb="campaign_sender").count() == 1
    assert not Audit.objects.filter(verb="campaign_rescheduled").exists(), "the time stayed"
    waiting = Sender.objects.create(email="new@cast.example", must_confirm=True)
    refused = console.post(page + "schedule/", given | {"sender": waiting.pk})
    assert (refused.status_code, "is not confirmed yet" in refused.content.decode()) == (422, True)
    past = given | {"sender": scheduled.sender.pk, "at": "2020-01-01T09:00"}
    assert console.post(page + "schedule/", past).status_code == 422
    campaign.refresh_from_db()
    assert campaign.sender == other, "neither sender nor time is changed"
    Campaign.objects.filter(pk=campaign.pk).update(state="filling")
    assert "no longer possible" in console.post(page + "schedule/", given, follow=True).content.decode()


def test_the_form_of_a_draft_does_not_reschedule_what_a_colleague_scheduled_meanwhile(console, campaign, settings):
    settings.SENDGRID_API_KEY = "SG.test"
    launch.schedule(audit.system(), campaign.pk, clock.now() + timedelta(hours=2))
    page = f"/console/campaigns/{campaign.pk}/"
    answer = console.post(page + "schedule/", {"at": f"{people.AHEAD}T09:00", "zone": "UTC", "form": "schedule"}, follow=True)
    assert b"no longer possible" in answer.content
    campaign.refresh_from_db()
    assert campaign.scheduled_at < clock.now() + timedelta(hours=3)


# ------------------------------------------------------------------------------------------------------------- send now
def seen_on(page: str) -> str:
    return re.search(r'name="seen" value="(\d+)"', page)[1]


def test_send_now_begins_in_a_minute_and_can_be_undone(console, campaign, settings):
    settings.SENDGRID_API_KEY = "SG.test"
    page = f"/console/campaigns/{campaign.pk}/"
    assert f'href="{page}send-now/"' in console.get(page).content.decode()
    asked = console.get(page + "send-now/").content.decode()
    assert f"Send <strong>{campaign.version.subject}</strong> from" in asked
    assert "<strong>10 people</strong>" in asked
    assert campaign.lists.get().name in asked
    assert campaign.sender.email in asked
    before = clock.now()
    shown = console.post(page + "send-now/", {"seen": seen_on(asked)}, follow=True).content.decode()
    campaign.refresh_from_db()
    assert campaign.state == "scheduled"
    assert before <= campaign.scheduled_at - timedelta(seconds=60) <= clock.now()
    assert re.search(r"Sending begins in <b data-countdown>\d+</b> seconds", shown)
    assert "<noscript><meta http-equiv=" in shown
    assert f'action="{page}unschedule/"' in shown
    assert b"draft again" in console.post(page + "unschedule/", follow=True).content
    campaign.refresh_from_db()
    assert (campaign.state, campaign.scheduled_at) == ("draft", None)
    assert "data-countdown" not in console.get(page).content.decode()


@pytest.mark.parametrize("page", ["send-now/", "schedule/"])
def test_an_issue_goes_to_the_same_list_again_only_on_purpose(console, campaign, settings, page):
    settings.SENDGRID_API_KEY = "SG.test"
    again = launch.create(audit.system(), version=campaign.version, lists=list(campaign.lists.all()), sender=campaign.sender)
    where = f"/console/campaigns/{again.pk}/{page}"
    assert b"twice" not in console.get(where).content, "a draft has reached nobody"
    Campaign.objects.filter(pk=campaign.pk).update(state="sent", started_at=clock.now(), finished_at=clock.now())
    asked = console.get(where).content.decode()
    assert "People who get one of them get the issue twice" in html.unescape(asked)
    form = {"at": f"{people.AHEAD}T09:00", "zone": "Asia/Shanghai"} | ({"seen": seen_on(asked)} if "seen" in asked else {})
    refused = console.post(where, form)
    assert refused.status_code == 422
    assert "Choose whether they get it again" in html.unescape(refused.content.decode())
    assert "0 people get it, as of now" in asked, "all of them got it"
    again.refresh_from_db()
    assert again.state == "draft"
    assert console.post(where, form | {"again": "yes"}).status_code == 302
    again.refresh_from_db()
    assert again.state == "scheduled"
    Campaign.objects.filter(pk=again.pk).update(state="draft", scheduled_at=None)
    asked = console.get(where).content.decode()
    form |= {"seen": seen_on(asked)} if "seen" in asked else {}
    assert console.post(where, form | {"again": "no"}).status_code == 302
    again.refresh_from_db()
    assert again.state == "scheduled"
    assert [*again.excluded_campaigns.all()] == [campaign]
    Campaign.objects.filter(pk=again.pk).update(state="draft", scheduled_at=None)
    assert b"twice" not in console.get(where).content, "nobody who got it gets it again"
    again.excluded_campaigns.clear()
    campaign.lists.set([people.make_list("others")])
    assert b"twice" not in console.get(where).content, "other people got it"


def test_send_now_lists_the_variants_with_their_subjects(console, campaign, settings):
    settings.SENDGRID_API_KEY = "SG.test"
    Campaign.objects.filter(pk=campaign.pk).update(version=people.make_version(choices=people.THREE))
    page = console.get(f"/console/campaigns/{campaign.pk}/send-now/").content.decode()
    assert "3 variants; each person gets one" in page
    assert page.count('<br><span lang="') == 3


def test_send_now_twice_sends_once_and_an_old_form_sends_nothing_after_undo(console, campaign, settings):
    settings.SENDGRID_API_KEY = "SG.test"
    page = f"/console/campaigns/{campaign.pk}/"
    form = {"seen": seen_on(console.get(page + "send-now/").content.decode())}
    console.post(page + "send-now/", form)
    campaign.refresh_from_db()
    first = campaign.scheduled_at
    assert b"no longer possible" in console.post(page + "send-now/", form, follow=True).content
    campaign.refresh_from_db()
    assert campaign.scheduled_at == first
    console.post(page + "unschedule/")
    for stale in (form, {}, {"seen": "x"}):
        answer = console.post(page + "send-now/", stale)
        assert answer.status_code == 422
        assert b"has changed since you opened this page" in answer.content
    campaign.refresh_from_db()
    assert campaign.state == "draft"


def test_undo_after_sending_began_is_refused(console, campaign, settings):
    settings.SENDGRID_API_KEY = "SG.test"
    people.start(campaign)
    answer = console.post(f"/console/campaigns/{campaign.pk}/unschedule/", follow=True)
    assert b"no longer possible" in answer.content


def test_send_now_is_refused_where_scheduling_is(client, console, campaign, settings):
    settings.SENDGRID_API_KEY = "SG.test"
    page = f"/console/campaigns/{campaign.pk}/"
    finding = {"code": "contrast", "level": "error", "file": "cast/issue.mjml.j2", "line": None}
    finding["params"] = {"fore": "#777777", "back": "#888888", "ratio": "1.2", "wanted": "4.5", "words": "pale"}
    IssueVersion.objects.filter(pk=campaign.version_id).update(findings=[finding])
    asked = console.get(page + "send-now/").content.decode()
    assert "cannot be sent" in asked
    assert 'name="seen"' not in asked
    step = DeliveryLog.objects.filter(campaign_id=campaign.pk).order_by("-id").values_list("id", flat=True).first()
    assert console.post(page + "send-now/", {"seen": str(step or 0)}).status_code == 422
    campaign.refresh_from_db()
    assert campaign.state == "draft"
    client.force_login(make_staff("viewer", "campaigns.view_campaign"))
    assert client.get(page + "send-now/").status_code == 403
    assert "send-now" not in client.get(page).content.decode()


def test_an_impossible_time_is_refused_with_the_form(console, campaign, settings):
    settings.SENDGRID_API_KEY = "SG.test"
    for hour, refusal in (
        ({"at": "", "zone": "UTC"}, b"is not a time"),
        ({"at": "2020-01-01T09:00", "zone": "UTC"}, b"is in the past"),
        ({"at": "9999-12-31T23:59", "zone": "America/Los_Angeles"}, b"The year 9999 is out of range"),
        ({"at": "9999-12-31T23:59", "zone": "UTC", "each_zone": "yes"}, b"The year 9999 is out of range"),
        ({"at": "0001-01-01T00:00", "zone": "Asia/Shanghai"}, b"The year 1 is out of range"),
        ({"at": "2150-01-01T09:00", "zone": "Asia/Shanghai"}, b"more than a year away"),
        ({"at": "2150-01-01T09:00", "zone": "UTC", "each_zone": "yes"}, b"more than a year away"),
        ({"at": "2020-01-01T09:00", "zone": "UTC", "each_zone": "yes"}, b"is already over"),
        ({"at": f"{people.AHEAD}T09:00", "zone": "<b>"}, b"is not a time zone"),
        ({"at": f"{people.AHEAD}T09:00", "zone": "Bejing"}, b"Did you mean Asia/Shanghai?"),
        ({"at": "2027-03-28T02:30", "zone": "Europe/Madrid"}, b"does not exist in Europe/Madrid"),
    ):
        answer = console.post(f"/console/campaigns/{campaign.pk}/schedule/", hour | {"strict": "yes"})
        assert answer.status_code == 422
        assert refusal in answer.content
        assert b"<b>" not in answer.content
    campaign.refresh_from_db()
    assert (campaign.state, campaign.strict) == ("draft", False)


@pytest.mark.parametrize("page", ["send-now/", "schedule/"])
def test_an_issue_of_a_lost_campaign_is_sent_again_only_with_the_number_of_people(console, campaign, settings, page):
    settings.SENDGRID_API_KEY = "SG.x"
    LostCampaign.objects.create(
        campaign_id=7, campaign_created_at=clock.now(), digest=campaign.version.digest, name="Tide tables", lists=["news"],
        first_at=clock.now(), people={"one": 19_316},
    )  # fmt: skip
    where = f"/console/campaigns/{campaign.pk}/{page}"
    assert "to 19,316 people" in console.get(where).content.decode()
    fields = {"seen": last_step(campaign.pk), "at": f"{people.AHEAD}T09:30", "zone": "Asia/Shanghai", "form": "schedule"}
    for number, reason in (("", "19,316 people"), ("19315", "is not the number of people"), ("all", "19,316 people")):
        answer = console.post(where, fields | {"already_sent": number})
        assert answer.status_code == 422
        assert reason in answer.content.decode()
        assert f'name="already_sent" value="{number}"' in answer.content.decode()
    assert console.post(where, fields | {"already_sent": "19,316"}).status_code == 302
    campaign.refresh_from_db()
    assert campaign.state == "scheduled"


# --------------------------------------------------------------------------------------------------------------- drafts
def test_lists_segment_and_sender_of_a_draft_are_changed(console, campaign):
    page = f"/console/campaigns/{campaign.pk}/"
    other, sender = people.make_list("board"), people.make_sender("board@cast.example")
    segment = Segment.objects.create(slug="china", text='country = "CN"')
    Campaign.objects.filter(pk=campaign.pk).update(override={"codes": ["contrast"], "by": "wei", "reason": "x", "at": "x"})
    assert page + "audience/" in console.get(page).content.decode()
    form = console.get(page + "audience/").content.decode()
    assert re.findall(r'name="list" value="(\d+)" checked', form) == [str(campaign.lists.get().pk)]
    chosen = {"audience": "chosen", "list": [other.pk], "segment": segment.pk, "sender": sender.pk}
    assert console.post(page + "audience/", chosen | {"list": []}).status_code == 422
    assert console.post(page + "audience/", chosen).status_code == 302
    campaign.refresh_from_db()
    assert ([*campaign.lists.all()], campaign.segment, campaign.sender, campaign.override) == ([other], segment, sender, {})
    assert DeliveryLog.objects.filter(campaign_id=campaign.pk, kind="audience_changed").count() == 1
    Campaign.objects.filter(pk=campaign.pk).update(state="sent")
    for step in ("audience/", "delete/"):
        assert console.get(page + step).headers["Location"] == page, "only a draft can be changed"


def test_a_draft_is_deleted_after_a_question(console, campaign):
    page = f"/console/campaigns/{campaign.pk}/"
    assert page + "delete/" in console.get(page).content.decode()
    assert "Delete the draft?" in console.get(page + "delete/").content.decode()
    assert Campaign.objects.filter(pk=campaign.pk).exists()
    assert console.post(page + "delete/").headers["Location"] == "/console/campaigns/"
    assert not Campaign.objects.filter(pk=campaign.pk).exists()
