"""Public pages and error pages have the publication's name, and the colours and the logo of its newest issue's theme."""

import re
import shutil

import pytest
from django.db import OperationalError, connections
from django.test import Client

from campaigns.models import Campaign
from composer.themes.theme_loading import DEFAULT_ROOT
from editorial.models import IssueVersion
from publication import audit
from publication.models import Publication
from subscribers import tokens
from subscribers.consent import subscriptions
from subscribers.models import MailingList
from tests.composer.making import picture_bytes, theme_copy
from tests.support import archives
from tests.support.people import make_version
from tests.support.variations import first
from web import page_identity
from web.public.picture_files import FOR_EVER

pytestmark = pytest.mark.django_db
ARTICLE = "\n# Section\n\n## One\n\nText.\n"
ACCENTS = {"bulletin": "#d0000e", "cast": "#b92d17", "journal": "#1b5c4b", "plain": "#0b57a4"}  # in light mode


@pytest.fixture
def news(settings, tmp_path) -> MailingList:
    """A public list to which an issue was sent in the theme `cast`."""
    settings.MEDIA_ROOT = tmp_path / "media"
    Publication.objects.update_or_create(pk=1, defaults={"name": "Tides & Winds", "postal_address": "Street 1\nCity"})
    made = archives.open_list()
    archives.send(archives.write(tmp_path / "one", ARTICLE), made)
    return made


def use_theme(mailing_list: MailingList, theme: str) -> None:
    """As if the issues of the list had been composed in this theme."""
    IssueVersion.objects.filter(campaign__lists=mailing_list).update(theme=theme)


def colours_of(client, page) -> str:
    """The style sheet with the theme's colours that a page links to; empty if there is none."""
    match = re.search(r'href="(/design/[^"]+\.css)"', page.content.decode())
    return client.get(match[1]).content.decode() if match else ""


def accent_of(client, page) -> str:
    match = re.search(r"--theme-accent:(#[0-9a-f]{6})", colours_of(client, page))
    return match[1] if match else ""


# --------------------------------------------------------------------------------------------------- colours and name
@pytest.mark.parametrize("theme", first(ACCENTS))
def test_every_kind_of_page_has_the_colours_of_the_newest_issues_theme(client, news, theme):
    use_theme(news, theme)
    asked = subscriptions.subscribe(audit.subscriber(), news, "new@people.example", consent="yes")
    pages = [
        "/", "/u/test", "/u/nonsense", f"/c/{tokens.confirm_token(asked.pk)}", "/nothing", "/archive/news/",
        "/archive/news/2025/", "/archive/news/news-1/",
    ]  # fmt: skip
    for address in pages:
        page = client.get(address)
        assert accent_of(client, page) == ACCENTS[theme], address
        assert "Tides &amp; Winds" in page.content.decode(), address
        assert "Mailroom" not in page.content.decode(), address


def test_a_page_about_one_list_has_the_colours_of_that_list(client, news, tmp_path):
    other = archives.open_list("other")
    archives.send(archives.write(tmp_path / "two", ARTICLE, number="2"), other, at=archives.later(1))
    use_theme(other, "journal")
    assert accent_of(client, client.get("/archive/news/")) == ACCENTS["cast"]
    assert accent_of(client, client.get("/archive/other/")) == ACCENTS["journal"]
    assert accent_of(client, client.get("/")) == ACCENTS["journal"], "the newest of all"
    asked = subscriptions.subscribe(audit.subscriber(), news, "new@people.example", consent="yes")
    assert accent_of(client, client.get(f"/c/{tokens.confirm_token(asked.pk)}")) == ACCENTS["cast"]


def test_drafts_cancelled_campaigns_and_segments_do_not_change_the_colours(client, news, tmp_path):
    for number, state in enumerate(("draft", "cancelled", "sending"), start=2):
        folder = archives.write(tmp_path / state, ARTICLE, number=str(number))
        sent = archives.send(folder, news, at=archives.later(number), state=state)
        IssueVersion.objects.filter(pk=sent.version_id).update(theme="journal")
    part = archives.send(archives.write(tmp_path / "part", ARTICLE, number="9"), news, at=archives.later(9))
    Campaign.objects.filter(pk=part.pk).update(segment_text='language = "en"')
    IssueVersion.objects.filter(pk=part.version_id).update(theme="journal")
    assert accent_of(client, client.get("/")) == ACCENTS["cast"]


def test_before_the_first_issue_is_sent_the_stored_one_counts(client):
    assert colours_of(client, client.get("/")) == "", "neutral: there is no issue"
    version = make_version()
    IssueVersion.objects.filter(pk=version.pk).update(theme="plain")
    assert accent_of(client, client.get("/")) == ACCENTS["plain"]


def test_a_theme_that_is_gone_leaves_the_neutral_colours(client, news):
    use_theme(news, "removed")
    for address in ("/", "/archive/news/", "/archive/news/news-1/", "/nothing"):
        page = client.get(address)
        assert colours_of(client, page) == ""
        assert b"/static/icon.svg" in page.content


def test_the_front_page_is_the_publications_own(client, news):
    page = client.get("/").content.decode()
    assert "<title>Tides &amp; Winds</title>" in page
    assert "<h1>Tides &amp; Winds</h1>" in page
    assert "Street 1<br>City" in page


# ------------------------------------------------------------------------------------------------------------ the files
def test_a_design_file_is_kept_for_ever_and_needs_no_database(client, news, django_assert_num_queries):
    address = re.search(r'href="(/design/cast/colours-[0-9a-f]{12}\.css)"', client.get("/").content.decode())[1]
    with django_assert_num_queries(0):
        answer = client.get(address)
    assert answer.headers["Cache-Control"] == FOR_EVER
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "prefers-color-scheme: dark" in answer.content.decode()
    assert client.head(address).status_code == 200
    assert client.post(address).status_code == 405


def test_an_old_digest_gets_the_present_colours_which_caches_must_not_keep(client):
    present = page_identity.design_files("cast").by_kind["colours"]
    answer = client.get("/design/cast/colours-0123456789ab.css")
    assert (answer.content, answer.headers["Cache-Control"]) == (present.content, "no-cache")


@pytest.mark.parametrize(
    "address",
    ["nothing/colours-0123456789ab.css", "cast/logo-0123456789ab.png", "cast/theme.yaml", "cast/colours.css", "cast/",
     "..%2Fcast/x", "cast/..%2Ftheme.yaml", "cast/colours-0123456789ab.css%00"],
)  # fmt: skip
def test_nothing_else_of_a_theme_is_served(client, address):
    assert client.get(f"/design/{address}").status_code == 404


def test_the_logo_of_the_theme_is_on_the_pages(client, news, settings, tmp_path):
    logo = "logo: { light: mark.png, dark: dark.png, alt: Society, width: 120 }\nwidth: 600"
    settings.EMAIL_THEMES = theme_copy(tmp_path, theme__yaml=("width: 600", logo))
    shutil.copytree(DEFAULT_ROOT / "cast", tmp_path / "cast")  # the theme of the stored issue
    for name in ("mark.png", "dark.png"):
        (tmp_path / "ours" / name).write_bytes(picture_bytes(240, 60, "PNG"))
    use_theme(news, "ours")
    for address in ("/", "/u/test", "/archive/news/", "/archive/news/news-1/", "/nothing"):
        page = client.get(address).content.decode()
        dark = r'<source srcset="/design/ours/logo-dark-[0-9a-f]{12}\.png" media="\(prefers-color-scheme: dark\)">'
        assert re.search(dark, page)
        shown = re.search(r'<img class="logo" src="(/design/ours/logo-[0-9a-f]{12}\.png)" alt="" width="120" height="30">', page)
        answer = client.get(shown[1])
        assert (answer.headers["Content-Type"], answer.content[:4]) == ("image/png", b"\x89PNG")


# ----------------------------------------------------------------------------------------------------------- error pages
@pytest.fixture
def no_database(monkeypatch):
    """Every statement fails, as when the server is down."""

    def away(*_: object, **__: object) -> None:
        raise OperationalError("the server is away: password=hunter2")

    def end() -> None:
        monkeypatch.setattr(connections["default"], "cursor", away)

    return end


def test_error_pages_work_without_the_database(news, no_database, monkeypatch):
    client = Client(raise_request_exception=False)
    no_database()
    missing = client.get("/nothing")
    strange = client.get("/", headers={"Host": "evil.example"})
    unavailable = client.get("/")
    monkeypatch.setattr("web.public.front_page.show", lambda *_, **__: 1 / 0)
    monkeypatch.setattr("web.public.front_page.archive_entries.public_lists", list)
    monkeypatch.setattr("web.public.front_page.mailing_lists.open_lists", list)
    broken = client.get("/")
    assert [answer.status_code for answer in (missing, strange, unavailable, broken)] == [404, 400, 503, 500]
    for answer in (missing, strange, unavailable, broken):
        page = answer.content.decode()
        assert "public.css" in page
        assert "/design/" not in page, "neutral: this process has never read the name"
        assert "hunter2" not in page
        assert not answer.cookies


def test_error_pages_remember_the_publication_when_the_database_fails(client, news, no_database, django_assert_num_queries):
    client.get("/subscribe/")
    with django_assert_num_queries(0):
        assert b"Tides &amp; Winds" in client.get("/nothing").content, "read less than a minute ago"
    no_database()
    client.raise_request_exception = False
    for status, address in ((404, "/nothing"), (503, "/")):
        answer = client.get(address)
        assert answer.status_code == status
        assert b"Tides &amp; Winds" in answer.content
        assert accent_of(client, answer) == ACCENTS["cast"], "the colours come from files"


def test_an_error_page_asks_a_failing_database_once_a_minute(no_database, monkeypatch):
    asked = []
    monkeypatch.setattr(page_identity.archive_entries, "newest_theme", lambda *_: asked.append(1) or 1 / 0)
    assert page_identity.of_error_page()["publication"].name == ""
    assert page_identity.of_error_page()["publication"].name == ""
    assert asked == [1]
    page_identity.of_error_page(ask_database=False)
    assert asked == [1]


def test_a_form_without_its_csrf_token_gets_a_page_that_says_what_to_do(browser_client):
    answer = browser_client.post("/console/login/", {"username": "x", "password": "y"})
    assert answer.status_code == 403
    assert b"reload the page and try again" in answer.content
