"""The front page for readers: the newest issue with its picture and stories, what comes when, and the forms to subscribe."""

import re
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from PIL import Image

from campaigns.reporting.issue_rhythm import Rhythm, rhythm_of
from editorial import issue_versions
from editorial.models import IssueVersion
from publication import audit, clock
from publication.models import Publication
from subscribers import mailing_lists
from subscribers.models import MailingList, Subscription
from tests.subscribers.conftest import Clock
from tests.support import archives
from tests.web.public.forms import text_of, token_of
from web.public import front_page

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 29)


@pytest.fixture(autouse=True)
def time():
    moved = Clock()
    clock.move(moved)
    yield moved
    clock.move(None)


@pytest.fixture
def news(settings, tmp_path) -> MailingList:
    """Two public lists: an issue to `notes` in March 2025, one with a picture to `news` a year later."""
    settings.MEDIA_ROOT = tmp_path / "media"
    Publication.objects.update_or_create(pk=1, defaults={"name": "The House", "description": "Tides, told monthly."})
    news, notes = archives.open_list(), archives.open_list("notes")
    archives.send(archives.write(tmp_path / "one", "# A\n\n## B\n\nC.\n", subject="Light"), notes)
    folder = archives.write(tmp_path / "two", "# A\n\n## B\n\n![A lamp](images/lamp.png)\n\nC.\n", subject="Lamps", number="2")
    (folder / "images").mkdir()
    Image.new("RGB", (1200, 800), "navy").save(folder / "images" / "lamp.png")
    archives.send(folder, news, at=archives.later(365))
    return news


def open_sign_up(*slugs: str) -> None:
    for slug in slugs:
        mailing_lists.change_list(audit.command_line(), slug, sign_up="open")


def test_the_newest_issue_of_all_lists_comes_first_with_its_picture(client, news):
    page = client.get("/")
    shown = page.content.decode()
    head = shown[: shown.index("Earlier issues")]
    assert 'href="/archive/news/news-2/' in head
    assert "<img" in head
    assert "/archive/notes/" not in head
    assert 'href="/archive/news/">All issues (1)' in shown
    assert 'href="/archive/notes/">All issues (1)' in shown
    assert "X-Robots-Tag" not in page.headers
    assert not page.cookies
    assert "no-store" not in page.headers["Cache-Control"], "the same page for everybody"
    assert "<form" not in shown.replace("/search", ""), "no list takes subscribers"
    chinese = text_of(client.get("/", headers={"accept-language": "zh-CN"}))
    assert "最新一期" in chinese
    assert "全部期次（1）" in chinese


def test_a_reader_subscribes_in_place(client, news, time):
    open_sign_up("news")
    page = client.get("/")
    assert "no-store" not in page.headers["Cache-Control"], "many people open it at once"
    shown = page.content.decode()
    assert 'action="/subscribe/news/?language=en"' in shown
    assert "<details>" not in shown, "the only form is open"
    time.passes(seconds=5)
    answer = client.post("/subscribe/news/?language=en", {"form": token_of(page), "address": "anna@example.org"})
    assert "Check your email" in answer.content.decode()
    assert (Subscription.objects.get().state, Subscription.objects.get().source) == ("pending", "form")
    open_sign_up("notes")
    shown = client.get("/").content.decode()
    assert shown.count("<details>") == 1, "the form of the newest issue's list is open, that of the other list closed"
    assert shown.index("The latest issue") < shown.index('action="/subscribe/news/?language=en"')


def test_stories_of_the_newest_issue_lead_to_their_pages(client, news, tmp_path):
    body = "".join(f"\n## Story {number} {{#story-{number}}}\n\nText.\n" for number in range(9))
    archives.send(archives.write(tmp_path / "many", f"# A\n{body}", subject="Many", number="3"), news, at=archives.later(400))
    shown = client.get("/").content.decode()
    assert re.findall(r'href="/archive/news/news-3/read/(story-\d)/"', shown) == [f"story-{number}" for number in range(6)]
    assert 'href="/archive/news/news-3/">All 9 stories of this issue' in shown
    assert shown.index("Earlier issues") < shown.index("/archive/news/news-2/") < shown.index("/archive/notes/news-1/")
    assert "Lamps" in shown


@pytest.mark.parametrize(("pictured", "shown"), [("bcde", "bcde"), ("cd", "cdbef"), ("", "bcdef")])
def test_only_stories_with_pictures_are_shown_if_they_fill_a_row(pictured, shown):
    articles = [SimpleNamespace(id=name, picture=name in pictured or None) for name in "abcdef"]
    stories = front_page._stories(SimpleNamespace(sections=[SimpleNamespace(articles=articles)], lead="a"))
    assert [story.id for story in stories["stories"]] == list(shown)


def test_an_issue_that_is_sent_late_is_not_the_newest(client, news, tmp_path):
    campaign = archives.send(archives.write(tmp_path / "late", "# A\n\n## B\n\nC.\n", number="0"), news, at=archives.later(500))
    IssueVersion.objects.filter(pk=campaign.version_id).update(dated=archives.FIRST.date() - timedelta(1))
    assert "/archive/news/news-2/read/" in client.get("/").content.decode()
    assert client.get("/archive/news/latest/").headers["Location"] == "/archive/news/news-2/"
    oldest = client.get("/archive/news/news-0/").content.decode()
    assert 'rel="next" href="/archive/news/news-2/"' in oldest
    assert 'rel="prev"' not in oldest


def test_withheld_and_unlisted_issues_are_never_the_newest(client, news):
    issue_versions.show_in_archive(audit.command_line(), "news-2", "withheld")
    assert "news-2" not in client.get("/").content.decode()
    issue_versions.show_in_archive(audit.command_line(), "news-2", "usual")
    assert "news-2" in client.get("/").content.decode()
    mailing_lists.set_archive(audit.command_line(), "news", "unlisted")
    shown = client.get("/").content.decode()
    assert "news-2" not in shown
    assert 'href="/archive/notes/' in shown


@pytest.mark.parametrize(
    ("gaps", "rhythm"),
    [
        ([1, 1, 1], Rhythm.DAILY), ([1, 3, 1, 1, 1, 3], Rhythm.DAILY), ([7, 7], Rhythm.WEEKLY), ([6, 9, 7, 20, 7], Rhythm.WEEKLY),
        ([14, 14, 13], Rhythm.FORTNIGHTLY), ([31, 28, 31], Rhythm.MONTHLY), ([92, 90, 91], Rhythm.QUARTERLY),
        ([30], None), ([3, 40, 9, 70], None), ([365, 365], None),
    ],
)  # fmt: skip
def test_how_often_issues_come_is_read_from_their_days(gaps, rhythm):
    days = [TODAY - timedelta(1)]
    for gap in gaps:
        days.append(days[-1] - timedelta(gap))
    assert rhythm_of(days, TODAY) == rhythm
    assert rhythm_of(reversed(days), TODAY + timedelta(400)) is None, "it no longer comes"
