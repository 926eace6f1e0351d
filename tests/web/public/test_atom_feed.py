"""The feed as feed readers read it, and the sitemap as search engines do."""

import re
import shutil
from calendar import timegm
from xml.etree import ElementTree

import feedparser
import pytest
from django.utils.http import http_date
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from composer.rendering.archive_page import legible
from editorial.models import IssueVariant
from publication import audit
from publication.models import Publication
from subscribers import mailing_lists
from subscribers.models import MailingList
from tests.support import archives
from tests.support import issues as samples
from tests.support.variations import examples
from tests.web.public.test_archive_pages import Page
from web.public.archive import atom_feed

pytestmark = pytest.mark.django_db
FEED = "/archive/news/feed.xml"
BODY = """
# Section

## First {#first}

Seen *in full*, with a [link](https://example.org/?a=1&b=2) and [another](#first).

![A lamp](images/only-en.png)
"""
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"


@pytest.fixture
def news(settings, tmp_path) -> MailingList:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.PUBLIC_HOST = "news.example.org"
    Publication.objects.update_or_create(pk=1, defaults={"name": "The House & Co."})
    news = archives.open_list()
    MailingList.objects.update(description="Once a <month>", language="en")
    return news


@pytest.fixture
def sent(news, tmp_path) -> MailingList:
    samples.two_languages(tmp_path / "two")
    folder = archives.write(tmp_path / "one", BODY, subject='A & <b>"B"</b>', preheader="What is in it & more")
    shutil.copytree(tmp_path / "two" / "images", folder / "images")
    archives.send(folder, news)
    archives.send(tmp_path / "two", news, at=archives.later(365))
    return news


def read(client, address: str = FEED):
    answer = client.get(address)
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    parsed = feedparser.parse(answer.content, response_headers={"content-type": answer.headers["Content-Type"]})
    assert not parsed.bozo, parsed.get("bozo_exception")
    assert parsed.version == "atom10"
    return parsed


def test_the_feed_has_the_full_content_of_every_issue(client, sent, settings):
    parsed = read(client)
    root = settings.PUBLIC_URL
    assert (parsed.feed.title, parsed.feed.subtitle) == ("CAST Newsletter", "Once a <month>")
    assert parsed.feed.link == f"{root}/archive/news/"
    assert [link.href for link in parsed.feed.links if link.rel == "self"] == [root + FEED]
    assert parsed.feed.author == "The House & Co."
    assert parsed.feed.language == "en"
    assert [entry.title for entry in parsed.entries] == ["Light in Dalian", 'A & <b>"B"</b>']
    entry = parsed.entries[1]
    assert entry.link == f"{root}/archive/news/news-1/"
    assert entry.summary == "What is in it &amp; more"
    assert (timegm(entry.published_parsed), timegm(entry.updated_parsed)) == (archives.FIRST.timestamp(),) * 2
    (content,) = entry.content
    assert content.type == "text/html"
    assert "Seen <em>in full</em>" in content.value
    assert f'href="{root}/archive/news/news-1/#first"' in content.value, "a reader elsewhere needs whole addresses"
    assert re.search(rf'src="{re.escape(root)}/media/only-en-[0-9a-f]{{12}}\.png"', content.value)
    assert "-mr_" not in content.value


def link_triples(entry) -> list[tuple[str, str | None, str]]:
    return [(link.rel, link.get("hreflang"), link.href) for link in entry.links]


def test_an_entry_is_in_the_lists_language_and_links_to_the_others(client, sent, settings):
    root = f"{settings.PUBLIC_URL}/archive/news/cast-newsletter-2026-12/"
    entry = read(client).entries[0]
    assert entry.link == root
    assert link_triples(entry) == [("alternate", None, root), ("related", "zh-Hans", f"{root}zh-Hans/")]
    MailingList.objects.update(language="zh-CN")
    entry = read(client).entries[0]
    assert entry.title == "大连之光：自由电子激光器"
    assert link_triples(entry) == [("alternate", None, f"{root}zh-Hans/"), ("related", "en", root)]


def test_ids_do_not_change_with_the_servers_name(client, sent, settings):
    before = read(client)
    ids = [before.feed.id, *(entry.id for entry in before.entries)]
    assert all(
        re.fullmatch(r"tag:news\.example\.org,\d{4}-\d\d-\d\d:archive/news(/[a-z0-9-]+)?", entry_id) for entry_id in ids
    ), ids
    assert len(set(ids)) == 3
    settings.PUBLIC_URL, settings.PUBLIC_HOST = "https://elsewhere.example", "elsewhere.example"
    for visibility in ("off", "unlisted"):
        mailing_lists.set_archive(audit.system(), "news", visibility)
    after = read(client)
    assert [after.feed.id, *(entry.id for entry in after.entries)] == ids
    assert after.entries[0].link.startswith("https://elsewhere.example/")


def test_a_corrected_issue_keeps_its_id_and_is_updated(client, sent, tmp_path):
    old = read(client).entries[1]
    folder = archives.write(tmp_path / "corrected", BODY.replace("![A lamp](images/only-en.png)", ""), subject="Corrected")
    archives.send(folder, sent, at=archives.later(400))
    new = next(entry for entry in read(client).entries if entry.id == old.id)
    assert (new.title, new.published) == ("Corrected", old.published)
    assert timegm(new.updated_parsed) == archives.later(400).timestamp()


def test_in_rss_only_the_description_of_an_item_is_html(client, sent):
    channel = ElementTree.fromstring(client.get("/archive/news/rss.xml").content).find("channel")
    assert channel.findtext("description") == read(client).feed.subtitle == "Once a <month>"
    item = channel.findall("item")[1]
    assert item.findtext("title") == 'A & <b>"B"</b>'
    assert item.findtext("description") == "What is in it &amp; more"


def test_an_unchanged_feed_is_answered_304(client, sent):
    answer = client.get(FEED)
    again = client.get(FEED, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", answer.headers["ETag"])
    by_time = {"If-Modified-Since": http_date(archives.later(9999).timestamp())}
    assert client.get(FEED, headers=by_time).status_code == 200, "an older issue may have been withheld since"


def test_the_feed_has_the_newest_issues_only(client, sent, monkeypatch):
    monkeypatch.setattr("web.public.archive.atom_feed.NEWEST", 1)
    assert [entry.title for entry in read(client).entries] == ["Light in Dalian"]
    monkeypatch.undo()
    monkeypatch.setattr("web.public.archive.atom_feed.LARGEST", 100)
    assert len(read(client).entries) == 2, "a few issues are in it however long they are"
    monkeypatch.setattr("web.public.archive.atom_feed.LEAST", 1)
    assert [entry.title for entry in read(client).entries] == ["Light in Dalian"]


def test_an_empty_feed_is_valid(client, news):
    assert read(client).entries == []


# -------------------------------------------------------------------------------------------------------------- sitemap
def addresses(client) -> dict[str, dict[str, str]]:
    """Each address of the sitemap with its alternates."""
    answer = client.get("/sitemap.xml")
    assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
    tree = ElementTree.fromstring(answer.content)
    assert tree.tag == f"{SITEMAP}urlset"
    return {
        url.findtext(f"{SITEMAP}loc"): {link.get("hreflang"): link.get("href") for link in url.findall(f"{XHTML}link")}
        for url in tree
    }


def test_the_sitemap_has_every_issue_and_article_of_public_archives(client, sent, tmp_path, settings, monkeypatch):
    archives.send(tmp_path / "two", archives.open_list("quiet", "unlisted"), archives.open_list("other"))
    root = f"{settings.PUBLIC_URL}/archive/"
    both = {"en": f"{root}news/cast-newsletter-2026-12/", "zh-Hans": f"{root}news/cast-newsletter-2026-12/zh-Hans/"}
    assert addresses(client) == {
        f"{settings.PUBLIC_URL}/": {}, f"{root}news/": {}, f"{root}other/": {}, f"{root}news/news-1/": {}, both["en"]: both, both["zh-Hans"]: both,
        f"{root}news/news-1/read/first/": {}, f"{both['en']}read/light/": {}, f"{both['zh-Hans']}read/light/": {},
    }  # fmt: skip
    for address in addresses(client):
        assert client.get(address.removeprefix(settings.PUBLIC_URL)).status_code == 200
    monkeypatch.setattr(atom_feed, "MOST", 7)
    assert f"{root}news/news-1/" in addresses(client)
    assert f"{root}news/news-1/read/first/" not in addresses(client), "it is the oldest article"
    answer = client.get("/sitemap.xml")
    assert client.get("/sitemap.xml", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


# ---------------------------------------------------------------------------------------------------------- odd letters
odd = st.text(
    st.one_of(
        st.characters(exclude_categories=("Cs",), exclude_characters="\x00"),
        st.sampled_from("<>&\"'\x01\x0b\x1f\x7f\x85\ufffe\uffff\u2028\u202e\u2066\u0627\u05d0\u200f😀中\u0301"),
    ),
    min_size=1, max_size=40,
)  # fmt: skip


@pytest.mark.soak
@examples(20, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(odd)
def test_pages_feed_and_sitemap_are_valid_with_any_title(client, sent, text):
    title = f"a{text}b"
    # A stored subject is text for mail; these are letters that got in under any older rule.
    IssueVariant.objects.update(subject=title, preheader=title)
    expected = legible(title)
    for page in ("/", "/archive/news/", "/archive/news/2025/", "/archive/news/news-1/"):
        html = client.get(page).content.decode()
        assert expected in Page(client.get(page)).words, page
        assert not set(html) & set("\x01\x0b\x1f\x7f\x85\ufffe\uffff\u2028\u202e\u2066")
    parsed = ElementTree.fromstring(client.get(FEED).content)
    atom = "{http://www.w3.org/2005/Atom}"
    assert [entry.findtext(f"{atom}title") for entry in parsed.findall(f"{atom}entry")] == [expected] * 2
    assert len(addresses(client)) == 8
