"""Staff pages: signing in, what the pages of a campaign show, overriding checks."""

import re

import pytest
from django.test import Client

from campaigns.models import Campaign, DeliveryLog, DomainOutcome, Slice
from campaigns.tracking.brakes import campaign_brakes
from editorial.models import IssueVersion
from publication import audit
from publication.models import Publication
from subscribers import attribute_declarations
from subscribers.consent import subscriptions, suppressions
from subscribers.models import Segment, Subscriber
from subscribers.segments import saved_segments
from tests.support import people
from tests.support.variations import first
from tests.web.conftest import ACCEPTED, PASSWORD, make_staff, send
from web.console import console_page

pytestmark = pytest.mark.django_db


def log_in(client: Client, name: str = "editor", password: str = PASSWORD, **more):
    return client.post("/console/login/", {"username": name, "password": password}, **more)


# ------------------------------------------------------------------------------------------------------------- the door
def test_login_and_logout(client, editor):
    assert client.get("/console/").headers["Location"] == "/console/login/?next=%2Fconsole%2F"
    answer = client.post("/console/login/?next=/console/segments/", {"username": "editor", "password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/console/segments/")
    assert client.get("/console/").status_code == 200
    assert client.post("/console/logout/").status_code == 302
    assert client.get("/console/").status_code == 302


@pytest.mark.parametrize("next_page", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"])
def test_the_way_on_leads_nowhere_else(client, editor, next_page):
    answer = client.post("/console/login/", {"username": "editor", "password": PASSWORD, "next": next_page})
    assert answer.headers["Location"] == "/console/"


def test_the_session_cookie_is_kept_from_scripts_and_from_others(client, editor):
    cookie = log_in(client).cookies["mailroom"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_an_account_that_is_no_staff_is_told_what_a_wrong_password_is_told(client, editor):
    make_staff("reader", is_staff=False)
    outsider = log_in(client, "reader")
    wrong = log_in(client, "editor", "wrong")
    stranger = log_in(client, "nobody", "wrong")
    pages = {page.content.replace(name, b"").split(b"csrfmiddlewaretoken")[0] for page, name in
             ((outsider, b"reader"), (wrong, b"editor"), (stranger, b"nobody"))}  # fmt: skip
    assert len(pages) == 1
    assert b"account or the password is wrong" in pages.pop()


def test_the_language_is_chosen_for_the_console_and_the_way_back_is_ours(console):
    answer = console.post("/console/language/", {"language": "zh-hans"}, headers={"Referer": "https://evil.example/"})
    assert answer.headers["Location"] == "/"
    assert answer.cookies["mailroom-language"].value == "zh-hans"
    assert b'lang="zh-hans"' in console.get("/console/").content


# ------------------------------------------------------------------------------------------------------------ campaigns
def test_the_overview_shows_state_recipients_progress_and_uncertain_recipients(console, sending):
    page = console.get("/console/campaigns/").content.decode()
    assert sending.name in page
    assert ">sending<" not in page, "the heading of its part says so"
    for number, word in ((10, "recipients"), (4, "accepted by the provider"), (4, "uncertain")):
        assert f"{word} <b>{number}</b>" in page
    assert "progress <b>40%</b>" in page
    assert "data-renew" in page
    assert re.findall(r'<h2 id="([\w-]+)">', page) == ["being-sent"]
    Slice.objects.filter(campaign=sending, state="unknown").update(proof="restore")
    page = console.get("/console/campaigns/").content.decode()
    assert re.findall(r'<h2 id="([\w-]+)">', page) == ["waiting"], "nothing goes on before somebody decides"
    assert '>uncertain recipients</span><span class="chip sending">sending<' in page
    assert f'href="/console/campaigns/{sending.pk}/uncertain/"' in page
    Campaign.objects.filter(pk=sending.pk).update(state="sent", finished_at="2026-12-01T08:00:00Z")
    page = console.get("/console/campaigns/").content.decode()
    assert "delivered <b>0.0%</b>" in page
    assert (">uncertain recipients<" in page, ">sent<" in page) == (True, False), "it waits for a decision"
    assert "2026-12-01 08:00" in page
    assert "progress" not in page


def test_the_overview_does_not_count_people_as_accepted_who_unsubscribed_before_their_request(console, settings, campaign):
    settings.SENDGRID_API_KEY = "SG.test"
    people.start(campaign)
    subscriptions.unsubscribe(audit.system(), Subscriber.objects.order_by("id").first().pk, how="page")
    send(campaign, ACCEPTED)
    page = console.get("/console/campaigns/").content.decode()
    assert "recipients <b>10</b>" in page
    assert "accepted by the provider <b>3</b>" in page
    assert "<b>40%</b>" in page


def test_one_recipient_is_written_in_the_singular(console, settings):
    settings.SENDGRID_API_KEY = "SG.test"
    campaign = people.make_campaign(1)
    assert "<strong>1 person</strong>" in console.get(f"/console/campaigns/{campaign.pk}/schedule/").content.decode()
    version = people.make_version(choices=people.THREE)
    Campaign.objects.filter(pk=campaign.pk).update(version=version)
    page = console.get(f"/console/campaigns/{campaign.pk}/").content.decode()
    assert ">1 recipient<" in page
    assert ">0 recipients<" in page


def test_an_empty_overview_says_what_to_do(console):
    assert b"There is no campaign yet" in console.get("/console/campaigns/").content


def test_the_overview_has_pages(console, campaign):
    for number in range(25):
        Campaign.objects.create(name=f"number {number}", version=campaign.version, sender=campaign.sender, actor=audit.system())
    assert b"number 24" in console.get("/console/campaigns/").content
    assert b"number 0<" in console.get("/console/campaigns/?page=2").content
    assert console.get("/console/campaigns/?page=x").status_code == 200
    Campaign.objects.filter(name__in=("number 0", "number 1")).update(state="cancelled")
    page = console.get("/console/campaigns/").content.decode()
    assert re.findall(r'<a href="(\S*stage=\w+)">[\w ]+ <small>(\d+)<', page) == [
        ("?stage=drafts", "24"),
        ("?stage=ended", "2"),
    ]
    assert 'rel="next"' in page
    page = console.get("/console/campaigns/?stage=drafts").content.decode()
    assert 'href="?stage=drafts&amp;page=2" rel="next"' in page
    assert re.findall(r'<h2 id="(\w+)"', console.get("/console/campaigns/?stage=ended").content.decode()) == ["ended"]
    assert "No campaign is in this state now." in console.get("/console/campaigns/?stage=scheduled").content.decode()
    page = console.get("/console/campaigns/?q=NUMBER+").content.decode()
    assert 'href="?q=NUMBER&amp;stage=drafts"' in page
    assert 'href="?q=NUMBER&amp;page=2" rel="next"' in page
    assert page.count(">number ") == 20
    assert console.get("/console/campaigns/?q=number+17").content.decode().count(">number ") == 1
    assert "No campaign has this in its name" in console.get("/console/campaigns/?q=%25").content.decode()


def test_a_campaigns_page_shows_both_totals_the_recipients_not_accepted_and_the_log(console, sending):
    page = console.get(f"/console/campaigns/{sending.pk}/").content.decode()
    assert "every recipient is counted exactly once" in page
    assert page.count('<tr class="total">') == 1, "there is one total, because everybody accepted is in one state"
    assert re.findall(r"<summary class=\"quiet\">(\d+) with nobody<", page) == ["10"]
    assert "no answer within 30 s" in page
    assert "reader4@people.example" in page
    assert "preparing → sending" in page
    assert f'src="/console/versions/{sending.version_id}/mail"' in page
    part = console.get(f"/console/campaigns/{sending.pk}/numbers/").content.decode()
    assert part.startswith('<section id="numbers"')
    assert part.strip() in page
    assert re.search(r"<b>\d+</b> a second over the last half minute · about <b>a minute</b> left", part)
    assert (
        "4 got it already; 4 may have it or still get it, because their request is under way; 2 will wait until you resume."
        in part
    )
    assert "because their request is under way; 2 will never get it." in part


@pytest.mark.parametrize(
    ("language", "clicks", "explanation"),
    first([("en", "clicks", "Opens and clicks are not measured."), ("zh-hans", "点击次数", "打开和点击均未统计。")]),
)
def test_opens_and_clicks_are_not_measured_and_never_0(console, sending, language, clicks, explanation):
    console.cookies["mailroom-language"] = language
    page = console.get(f"/console/campaigns/{sending.pk}/").content.decode()
    assert explanation in page
    assert f'<th scope="row">{clicks}</th>' not in page
    Campaign.objects.filter(pk=sending.pk).update(measuring="anonymous")
    page = console.get(f"/console/campaigns/{sending.pk}/").content.decode()
    assert explanation not in page
    assert f'<th scope="row">{clicks}</th><td>0</td>' in page


def test_addresses_and_the_mail_need_their_own_permissions(client, sending):
    client.force_login(make_staff("counter", "campaigns.view_campaign"))
    page = client.get(f"/console/campaigns/{sending.pk}/").content.decode()
    assert "@people.example" not in page
    assert "<iframe" not in page
    assert "/pause/" not in page
    assert 'href="/console/subscribers/"' not in page


def test_pause_and_resume_are_logged_with_the_account(console, sending, editor, monkeypatch):
    woken = []
    monkeypatch.setattr(console_page, "wake", woken.append)
    page = console.post(f"/console/campaigns/{sending.pk}/pause/", follow=True)
    assert b"Paused." in page.content
    sending.refresh_from_db()
    assert sending.state == "paused"
    assert b"2 will get it; 4 got it already and will not get it again" in page.content
    console.post(f"/console/campaigns/{sending.pk}/resume/")
    sending.refresh_from_db()
    assert sending.state == "sending"
    assert DeliveryLog.objects.order_by("-id")[0].actor.name == "editor"
    assert "send_due" in woken


def test_cancel_asks_first_and_shows_the_counts(console, sending, monkeypatch):
    monkeypatch.setattr(console_page, "wake", lambda task: True)
    page = console.get(f"/console/campaigns/{sending.pk}/cancel/").content.decode()
    sending.refresh_from_db()
    assert sending.state == "sending"
    assert "not sent to yet: they will not get it</th><td>2</td>" in page
    assert "cancelling changes nothing</th><td>4</td>" in page
    answer = console.post(f"/console/campaigns/{sending.pk}/cancel/", follow=True)
    assert b"Cancelled." in answer.content
    sending.refresh_from_db()
    assert sending.state == "cancelled"


def test_a_button_pressed_too_late_is_refused_with_a_message(console, sending, monkeypatch):
    monkeypatch.setattr(console_page, "wake", lambda task: True)
    console.post(f"/console/campaigns/{sending.pk}/cancel/")
    for button in ("pause", "resume", "cancel"):
        page = console.post(f"/console/campaigns/{sending.pk}/{button}/", follow=True)
        assert b"no longer possible" in page.content
    assert b"There is nothing to cancel" in console.get(f"/console/campaigns/{sending.pk}/cancel/").content


# ------------------------------------------------------------------------------------------------------------- audience
def test_subscribers_are_counted_by_list_and_state(console, campaign):
    person, suppressed = Subscriber.objects.order_by("id")[:2]
    subscriptions.unsubscribe(audit.subscriber(), person.pk, how="page")
    suppressions.suppress(audit.system(), suppressed.address, "hard_bounce")
    page = console.get("/console/lists/").content.decode()
    assert re.findall(r"<td[^>]*>(?:<b>)?([^<]*)<", page)[:5] == ["8", "1", "0", "9", "1"], "mailable, suppressed, then by state"


def test_segments_are_listed_with_their_size_or_what_is_wrong_with_them(console, campaign):
    saved_segments.create(audit.system(), "english", 'language = "en"', description="Reads English")
    broken = saved_segments.create(audit.system(), "broken", 'language = "zh"')
    type(broken).objects.filter(pk=broken.pk).update(text='colour = "red"')
    Segment.objects.create(slug="readers", text='engaged >= "90 days ago"')
    attribute_declarations.declare(audit.system(), "field_1", "text")
    attribute_declarations.configure(audit.system(), "field_1", label="Unit")
    saved_segments.create(audit.system(), "unit", 'field_1 = "CAST" or Unit = "IHEP"')
    page = console.get("/console/segments/").content.decode()
    assert "<b>10</b>" in page
    assert page.count("This segment is no longer valid:") == page.count("Change its conditions") == 2
    assert "the field colour no longer exists." in page
    assert "engaged cannot be used, because it is not measured who clicks" in page
    assert '<span class="detail">People whose language is English</span>' in page
    assert "People whose Unit is “CAST” or whose Unit is “IHEP”<" in page
    assert "field_1" not in page
    assert "Last click" not in console.get("/console/segments/new/").content.decode()


def test_times_are_in_the_publications_zone(console, sending):
    Publication.objects.filter(pk=1).update(zone="Asia/Shanghai")
    Campaign.objects.filter(pk=sending.pk).update(started_at="2026-01-01T00:30:00Z")
    page = console.get(f"/console/campaigns/{sending.pk}/").content.decode()
    assert "2026-01-01 08:30" in page
    assert "Asia/Shanghai" in page


def test_an_issue_is_named_with_its_number_because_titles_repeat(console, campaign):
    head = '---\ntitle: CAST Newsletter\nnumber: "2023-03"  # March\n---\nnumber: 7\n'
    IssueVersion.objects.filter(pk=campaign.version_id).update(sources={"issue.md": head})
    for page in ("/console/campaigns/", f"/console/campaigns/{campaign.pk}/"):
        assert "CAST Newsletter, no. 2023-03<" in console.get(page).content.decode()
    IssueVersion.objects.filter(pk=campaign.version_id).update(sources={"issue.md": head.replace("number:", "volume:")})
    assert "<span>Issue: CAST Newsletter<" in console.get("/console/campaigns/").content.decode()


def test_the_list_of_recipients_is_not_called_unaccepted_before_sending_begins(console, campaign, sending):
    draft = people.make_campaign(1, domain="other.example")
    assert "not accepted" not in console.get(f"/console/campaigns/{draft.pk}/").content.decode()
    page = console.get(f"/console/campaigns/{sending.pk}/").content.decode()
    assert "Recipients not accepted by the provider yet" in page
    assert re.search(r"No\. \d+, <span", page), "the number is that of a request"


def test_the_log_names_the_domain_that_rejected_the_sender(console, campaign):
    DeliveryLog.objects.create(kind="rejections", campaign_id=campaign.pk, detail={"domain": "univ.example"})
    page = console.get(f"/console/campaigns/{campaign.pk}/").content.decode()
    assert "rejected because of the sender: univ.example" in page


def test_a_campaign_that_a_brake_holds_says_what_going_on_would_do_and_goes_on_without_the_domain(console, sending, monkeypatch):
    monkeypatch.setattr(console_page, "wake", lambda task: True)
    for domain in ("", "people.example"):
        DomainOutcome.objects.create(campaign_id=sending.pk, domain=domain, delivered=1000, complained=4, answered=1000)
    campaign_brakes.judge()
    page, resume = f"/console/campaigns/{sending.pk}/", f"/console/campaigns/{sending.pk}/resume/"
    shown = console.get(page).content.decode()
    assert "people.example: 4 complaints about 1000 delivered mails (0.40%)" in shown
    assert f'href="{resume}"' in shown
    assert f'href="{resume}?domain=people.example">Resume without people.example…' in shown
    assert "all together</th>" in shown
    assert "not sent to yet: they get the mail</th><td>2</td>" in console.get(resume).content.decode()
    asked = console.get(f"{resume}?domain=people.example").content.decode()
    assert "at people.example, not sent to yet: they will not get it</th><td>2</td>" in asked
    assert "at other domains, not sent to yet: they get the mail</th><td>0</td>" in asked
    assert b"was answered yet" in console.get(f"{resume}?domain=other.example", follow=True).content
    sending.refresh_from_db()
    assert sending.state == "held", "looking changes nothing"
    grown = console.post(resume, {"domain": "people.example", "seen": "1"}, follow=True).content.decode()
    assert "have grown since you opened this page" in grown
    seen = re.search(r'name="seen" value="(\d+)"', asked)[1]
    done = console.post(resume, {"domain": "people.example", "seen": seen}, follow=True).content.decode()
    assert "The campaign continues without people.example." in done
    assert "Sending went on without people.example." in done
    assert "skipped: domain left out</th><td>2</td>" in done
    assert "went on without people.example" in done
    assert "There is nothing to resume" in console.get(resume).content.decode()


@pytest.mark.parametrize(
    ("state", "alternatives"),
    first([
        ("sending", "pause it instead"),
        ("scheduled", "“Change the time” or “Back to draft”"),
        ("paused", "cannot be resumed.</p>"),
    ]),
)  # fmt: skip
def test_cancelling_names_the_alternatives_that_the_state_has(console, sending, state, alternatives):
    Campaign.objects.filter(pk=sending.pk).update(state=state, scheduled_at="2099-01-01T00:00:00Z")
    assert alternatives in console.get(f"/console/campaigns/{sending.pk}/cancel/").content.decode()


# ---------------------------------------------------------------------------------------------------------------- checks
def test_errors_of_the_checks_are_shown_and_overridden_with_a_reason(console, campaign, settings):
    settings.SENDGRID_API_KEY = "SG.test"
    finding = {"code": "contrast", "level": "error", "file": "cast/issue.mjml.j2", "line": None}
    finding["params"] = {"fore": "#777777", "back": "#888888", "ratio": "1.2", "wanted": "4.5", "words": "<b>pale</b>"}
    IssueVersion.objects.filter(pk=campaign.version_id).update(findings=[finding])
    page = f"/console/campaigns/{campaign.pk}/"
    assert b"The pre-send checks found errors." in console.get(page).content
    assert (
        b"The pre-send checks found errors: contrast"
        in console.post(page + "schedule/", {"at": f"{people.AHEAD}T09:00", "zone": "UTC"}).content
    )
    asked = console.get(page + "override/").content
    assert b"What to do (the designer or the administrator): darken or lighten" in asked
    assert b"#777777 on #888888 has a contrast of 1.2:1" in asked
    assert b"&lt;b&gt;pale" in asked
    assert console.post(page + "override/", {"reason": " "}).status_code == 422
    assert console.post(page + "override/", {"reason": "it is <i>decoration</i>"}).status_code == 302
    shown = console.get(page).content
    assert b"Checks overridden: contrast." in shown
    assert b"editor: it is &lt;i&gt;decoration" in shown
    assert b"checks found errors" not in shown
    assert b"The errors are already overridden. You can send the campaign." in console.get(page + "override/").content
    assert console.post(page + "schedule/", {"at": f"{people.AHEAD}T09:00", "zone": "UTC"}).status_code == 302


@pytest.mark.parametrize("folder", ["templates/email", "var/elsewhere"])
def test_no_page_names_a_folder_of_the_server(console, campaign, settings, folder):
    root = settings.BASE_DIR if folder.startswith("templates") else settings.DATA_DIR
    path = root / folder / "cast" / "theme.css"
    params = {"fore": "#777777", "back": "#888888", "ratio": "1.2", "wanted": "4.5", "words": f"see {path}"}
    finding = {"code": "contrast", "level": "error", "file": str(path), "line": 7, "params": params}
    IssueVersion.objects.filter(pk=campaign.version_id).update(findings=[finding])
    page = f"/console/campaigns/{campaign.pk}/"
    for shown in (console.get(page + "override/"), console.get(page), console.post(page + "schedule/", {"at": "", "zone": "x"})):
        assert str(root) not in shown.content.decode()
    assert b"cast/theme.css:7" in console.get(page + "override/").content
