"""The report of a campaign: its page, its files, the lists of people, and the link for people without an account."""

import csv
import io
import os
import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from pdfminer.high_level import extract_pages

from campaigns.measuring import click_report
from campaigns.measuring.click_recorder import ClickRecorder
from campaigns.measuring.click_spool import Arrival
from campaigns.measuring.machine_reasons import Reason
from campaigns.models import Campaign, LostClicks, MeasuredLink, ReportLink
from campaigns.questions import answers, questions
from campaigns.reporting import reports
from campaigns.reporting.results import campaign_totals, kept_counts, report_links, usual_shares
from campaigns.totals import slice_totals_sql
from cli.system import installation_checks
from config import public_urls
from config.env import ROOT, load
from editorial.models import IssueVersion
from publication import audit, clock
from publication.models import Audit
from subscribers.consent import subscriptions
from subscribers.models import MailingList
from tests.support import asked, measured, people
from tests.support.chromium import MARKS, chromium
from tests.support.composed_once import composed_once as composed_once
from tests.web.conftest import make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def reported(settings, tmp_path) -> Campaign:
    """Sent to 30 people, ten of whom agreed to be measured: 25 delivered, 2 bounced, 1 left, 3 of the ten clicked."""
    settings.SENDGRID_API_KEY = "SG.test"
    campaign, readers = measured.begun(30, 10)
    measured.finish(campaign, delivered=25, bounced=2, complained=1)
    subscriptions.unsubscribe(audit.subscriber(), readers[4].pk, how="one-click", campaign_id=campaign.pk)
    links, now = measured.links_of(campaign), clock.now().timestamp()
    recorder = ClickRecorder(tmp_path / "clicks")
    for reader in readers[:3]:
        recorder.add(Arrival(now, links[1], campaign.pk, reader.pk, 0))
    recorder.add(Arrival(now + 7, links[2], campaign.pk, readers[0].pk, 0))
    recorder.add(Arrival(now, links[1], campaign.pk, readers[5].pk, Reason.AGENT))
    for _ in range(4):
        recorder.add(Arrival(now, links[2], campaign.pk, 0, 0))
    recorder.round()
    return campaign


def url(campaign: Campaign, tail: str = "") -> str:
    return f"/console/campaigns/{campaign.pk}/report/{tail}"


def test_page_files_and_lists_have_the_same_numbers(console, reported):
    numbers = reports.report(reported.pk)
    assert (numbers.clicks, numbers.machine_clicks, numbers.clicked, numbers.measured) == (8, 1, 3, 10)
    page = console.get(url(reported)).content.decode()
    assert "28 people got “News”. 2 did not. 3 of the 10 people who agreed to be measured clicked a link." in page
    rows = list(csv.reader(io.StringIO(console.get(url(reported, "links.csv")).getvalue().decode("utf-8-sig"))))
    assert [row[2:] for row in rows[1:]] == [["3", "1", "3"], ["5", "0", "1"]]
    over_time = list(csv.reader(io.StringIO(console.get(url(reported, "time.csv")).getvalue().decode("utf-8-sig"))))
    assert (sum(int(row[1]) for row in over_time[1:]), sum(int(row[2]) for row in over_time[1:])) == (8, 1)
    assert console.get(url(reported, "nothing.csv")).status_code == 404
    document = numbers.as_dict()
    assert {name: document[name] for name in ("clicks", "machine_clicks", "clicked", "measured", "delivered", "unsubscribed")} == {
        "clicks": 8, "machine_clicks": 1, "clicked": 3, "measured": 10, "delivered": 26, "unsubscribed": 1,
    }  # fmt: skip
    links = re.findall(r'href="([^"]*/people/clicked/[?]link=[0-9]+)">([0-9]+)<', page)
    assert [int(total) for _address, total in links] == [1, 3]
    for address, total in links:
        assert console.get(address).content.decode().count('<th scope="row">') == int(total)
    assert console.get(f"/console/campaigns/{reported.pk}/people/clicked/?link=999999").status_code == 404
    for outcome in reports.OUTCOMES:
        assert len([*reports.people(reported.pk, outcome)]) == getattr(numbers, outcome), outcome


def test_clicks_that_are_missing_are_named_where_staff_look(console, reported, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    assert b"Some clicks may be missing" not in console.get(url(reported)).content
    LostClicks.objects.create(clicks=7)
    waiting = tmp_path / "clicks" / f"{uuid.uuid4()}.clicks"
    waiting.write_text("[1,2,3,4,0]\n")
    os.utime(waiting, (0, 0))
    report = console.get(url(reported)).content.decode()
    assert "7 clicks could not be kept between" in report
    assert "Clicks have waited since" in report
    admin = Client()
    admin.force_login(make_staff("ana", "publication.change_publication", "campaigns.view_campaign"))
    assert "7 clicks could not be kept between" in admin.get("/console/").content.decode()
    admin.force_login(make_staff("counter", "campaigns.view_campaign"))
    assert b"Some clicks may be missing" not in admin.get("/console/").content, "for admins only"
    lost, late = installation_checks._clicks(load())
    assert "7 clicks could not be kept" in lost.finding
    assert "clicks wait in" in late.finding


def test_a_large_campaign_shows_the_clicks_that_the_worker_counted_last(console, reported):
    now = reports.report(reported.pk)
    Campaign.objects.filter(pk=reported.pk).update(has_totals=True)
    large = Campaign.objects.get(pk=reported.pk)
    slice_totals_sql.adopt(reported.pk)
    assert (reports.report(reported.pk).clicks, reports.report(reported.pk).clicked) == (8, None), "not counted yet"
    other = people.start(people.make_campaign(1, domain="other.example"))
    assert kept_counts.keep(timedelta(seconds=5)) == 0, "while another one is being sent"
    Campaign.objects.filter(pk=other.pk).update(state="sent")
    assert kept_counts.keep(timedelta(seconds=5)) == 2
    assert kept_counts.keep(timedelta(seconds=5)) == 0
    assert reports.report(reported.pk) == now
    assert click_report.of_campaign(large).hours == [
        (pytest.approx(hour.begin), *hour[1:]) for hour in click_report._count(large).hours
    ]
    assert "the parts of the audience as of" in console.get(url(reported)).content.decode()


def test_clicks_are_shown_on_the_mail(console, reported):
    frame = console.get(url(reported, "mail/?variant=0")).content.decode()
    assert f'<iframe src="{url(reported, "mail/0/")}"' in frame
    assert [console.get(url(reported, f"mail/{wrong}")).status_code for wrong in ("?variant=7", "?variant=x")] == [404, 404]
    mail = console.get(url(reported, "mail/0/")).content.decode()
    assert "The paper</a><span" in mail
    assert ">3</span>" in mail
    assert ">5</span>" in mail
    assert "english.cast.example</a><span" not in mail


def test_what_is_not_measured_says_so(console, settings):
    settings.SENDGRID_API_KEY = "SG.test"
    campaign, _ = measured.begun(2, 1, measuring="off")
    measured.finish(campaign, delivered=2)
    page = console.get(url(campaign)).content.decode()
    assert "Clicks are not measured." in page
    assert "No comparison yet" in page
    numbers = reports.report(campaign.pk)
    assert (numbers.measuring, numbers.clicks, numbers.clicked, numbers.opens) == ("off", None, None, None)


def test_shares_are_compared_with_the_median_of_earlier_campaigns(console, reported):
    for share in (10, 20, 30):
        earlier = Campaign.objects.create(
            name="Before", version=reported.version, sender=reported.sender, actor=reported.actor, state="sent", recipients=40,
            finished_at=reported.finished_at - timedelta(days=share),
        )  # fmt: skip
        earlier.lists.set(reported.lists.all())
        totals = {"accepted": 40, "delivered": share, "bounced": 4, "unsubscribed": 1, "complained": 0, "clicks": None}
        campaign_totals.count_of(earlier).keep(totals | {"measuring": "off"}, 0.1)
    usual = usual_shares.usual(reported)
    assert (usual["delivered"], usual["bounced"], usual["unsubscribed"], usual["complained"]) == (0.5, 0.1, 0.05, 0)
    assert "clicks" not in usual
    assert "usual 50.0%" in console.get(url(reported)).content.decode()


def test_a_link_shows_the_numbers_and_nobody(client, console, reported):
    people.make_people(3, people.make_list(), domain="small.example", prefix="few")
    answer = console.post(url(reported, "share/"), {"name": "The director", "days": "7"})
    assert answer.status_code == 302
    address = console.get(url(reported)).content.decode().split("</textarea>")[0].rsplit(">", 1)[1]
    path = "/" + address.split("/", 3)[3]
    client.logout()
    page = client.get(path)
    text = page.content.decode()
    assert "28 people got “News”." in text
    assert "@" not in text.replace("@media", "")
    assert "/console/" not in text
    assert (page["Cache-Control"], page["X-Robots-Tag"]) == ("no-store", "noindex")
    link = ReportLink.objects.get()
    assert client.get(path[:-2] + "xx/").status_code == 404
    link.expires_at = clock.now() - timedelta(seconds=1)
    link.save()
    assert client.get(path).status_code == 404


def test_links_are_made_and_revoked_by_publishers_only(console, reported):
    assert console.post(url(reported, "share/"), {"name": "", "days": "7"}).status_code == 422
    console.post(url(reported, "share/"), {"name": "The director", "days": "7"})
    link = ReportLink.objects.get()
    client = Client()
    client.force_login(make_staff("reader", "campaigns.view_campaign"))
    assert "share-title" not in client.get(url(reported)).content.decode()
    assert client.post(url(reported, "share/"), {"name": "x", "days": "7"}).status_code == 403
    assert client.post(url(reported, f"links/{link.pk}/revoke/")).status_code == 403
    console.post(url(reported, f"links/{link.pk}/revoke/"))
    link.refresh_from_db()
    assert link.revoked_at is not None


class TestOnPaper:
    pytestmark = MARKS

    def test_two_sheets_of_a4_have_everything_also_what_is_folded(self, console, reported):
        """Of a report as long as they come: twelve links with long names, and three parts with thirteen lines."""
        html = console.get(url(reported)).content.decode()
        link = re.search(r"<tr><th scope=\"row\">Our site.*?</tr>", html, re.DOTALL)[0]
        html = html.replace(link, link * 11)
        half = re.search(
            r"<details class=\"panel part half\">(?:(?!<details).)*Why mail came back.*?</details>", html, re.DOTALL
        )[0]
        line = re.search(r"<tbody>(<tr>.*?</tr>)", half, re.DOTALL)[1]
        html = html.replace(half, half + half.replace(" half", "").replace(line, line * 13) * 3)
        html = re.sub(r'<link rel="stylesheet" href="/static/([\w-]+)(?:\.\w+)?\.css">', _style, html)
        with chromium() as browser:
            page = browser.new_page()
            page.emulate_media(media="print", color_scheme="dark")
            page.set_content(html)
            assert page.evaluate("getComputedStyle(document.body).backgroundColor") in ("rgba(0, 0, 0, 0)", "rgb(255, 255, 255)")
            pages = list(extract_pages(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True))))
        assert len(pages) <= 2
        printed = " ".join(element.get_text() for sheet in pages for element in sheet if hasattr(element, "get_text"))
        assert "28 people got “News”." in printed
        assert "clicks of programs" in printed, "a folded table"
        assert "Sign out" not in printed


def _style(found: re.Match[str]) -> str:
    return f"<style>{(ROOT / 'templates' / 'static' / f'{found[1]}.css').read_text('utf-8')}</style>"


@pytest.fixture
def asking(settings, tmp_path, composed_once) -> Campaign:
    """Sent to 30 people: 12 answered Yes, 3 answered No."""
    settings.SENDGRID_API_KEY = "SG.test"
    campaign, readers = asked.begun(tmp_path / "issue", 30)
    for at, reader in enumerate(readers[:15]):
        answers.give(asked.question_of(campaign), reader.pk, 1 if at < 12 else 3, named=False)
    measured.finish(campaign, delivered=30)
    return campaign


def test_the_report_counts_answers_and_a_link_shows_no_small_group(console, asking):
    page = console.get(url(asking)).content.decode()
    assert "Was this useful?" in page
    rows = list(csv.reader(io.StringIO(console.get(url(asking, "question-question.csv")).getvalue().decode("utf-8-sig"))))
    assert rows[1:] == [["Yes", "12", "80.0%"], ["Partly", "0", "0.0%"], ["No", "3", "20.0%"]]
    console.post(url(asking, "share/"), {"name": "Director", "days": "3"})
    link = ReportLink.objects.get()
    address = f"/report/{report_links.token_of(link)}/"
    assert "shown here when the question is closed" in (shared := Client().get(address).content.decode())
    assert "Yes" not in shared
    questions.close(audit.system(), asking, "question")
    shared = Client().get(address).content.decode()
    assert re.findall(r'<th scope="row">(\w+)</th><td [^>]*>([^<]*)</td><td [^>]*>([^<]*)</td></tr>', shared) == [
        ("Yes", "12", "–"), ("Partly", "0", "–"), ("No", "&lt; 10", "–"),
    ]  # fmt: skip


def test_a_shared_report_has_no_key_of_the_pages_of_a_mail(console, reported):
    address = f"{public_urls.read_url('key-of-the-mail')}/first"
    MeasuredLink.objects.filter(pk=measured.links_of(reported)[1]).update(url=address)
    assert "key-of-the-mail" in console.get(url(reported)).content.decode()
    console.post(url(reported, "share/"), {"name": "Director", "days": "3"})
    shared = Client().get(f"/report/{report_links.token_of(ReportLink.objects.get())}/").content.decode()
    assert "key-of-the-mail" not in shared
    assert "/read/…/first" in shared


def test_closing_a_question_asks_first_and_is_on_record(console, asking):
    address = f"/console/campaigns/{asking.pk}/questions/question/close/"
    assert address in console.get(url(asking)).content.decode()
    assert "Close it for good" in console.get(address).content.decode()
    assert asked.question_of(asking).key is not None
    page = console.post(address, follow=True).content.decode()
    assert "The question is closed." in page
    assert address not in page
    assert "This question was closed before." in console.post(address, follow=True).content.decode()
    assert "It is closed." in console.get(address).content.decode()
    assert Audit.objects.filter(verb="question_close").count() == 1
    assert console.get(address.replace("/question/", "/other/")).status_code == 404


def test_the_archive_shows_counts_only_of_closed_questions_and_only_if_asked(console, asking):
    address, issue = f"/console/campaigns/{asking.pk}/questions/question/archive/", asking.version.issue
    MailingList.objects.update(archive="public")
    page = f"/archive/{asking.lists.get().slug}/{issue.slug}/"
    assert "once the question is closed" in console.post(address, {"shown": "1"}, follow=True).content.decode()
    questions.close(audit.system(), asking, "question")
    assert "What readers answered" not in Client().get(page).content.decode()
    assert "beside the issue" in console.post(address, {"shown": "1"}, follow=True).content.decode()
    shown = Client().get(page).content.decode()
    cells = re.findall(r'<th scope="row" lang="en">(\w+)</th><td>([^<]*)</td><td>([^<]*)</td>', shown)
    assert cells == [("Yes", "12", "–"), ("Partly", "0", "–"), ("No", "&lt; 10", "–")]
    sources = asking.version.sources
    without = {name: text.replace("::: question", "::: question other") for name, text in sources.items()}
    for kept, is_shown in ((without, False), (sources, True)):
        IssueVersion.objects.filter(pk=asking.version_id).update(sources=kept)
        assert ("What readers answered" in Client().get(page).content.decode()) is is_shown, "only what everybody was asked"
    console.post(address)
    assert "What readers answered" not in Client().get(page).content.decode()
    verbs = Audit.objects.filter(verb__in=["question_archive", "question_withhold"]).order_by("pk")
    assert [*verbs.values_list("verb", flat=True)] == ["question_archive", "question_withhold"]
