"""The archive's pages: visibility, languages, metadata, links, and no personal data."""

import re
import shutil
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from PIL import Image

from editorial import issue_versions
from publication import audit
from publication.models import Publication
from subscribers import mailing_lists, tokens
from subscribers.models import MailingList, Subscriber
from tests.support import archives, people
from tests.support import issues as samples
from web.public.cached_pages import KEPT_FOR

pytestmark = pytest.mark.django_db
BODY = """
Dear {{ name or "friend" }} ({{ email }}),

# Section

## First {#first}

[Leave](<{{ unsubscribe_url }}>) or [view](<{{ view_url }}>).

![A lamp](images/only-en.png)
Caption: The lamp

## Second

Text.
"""
ISSUE = "/archive/news/news-1/"
TWO = "/archive/news/cast-newsletter-2026-12/"


@pytest.fixture
def news(settings, tmp_path) -> MailingList:
    settings.MEDIA_ROOT = tmp_path / "media"
    Publication.objects.update_or_create(pk=1, defaults={"name": "The House"})
    return archives.open_list()


@pytest.fixture
def sent(news, tmp_path) -> MailingList:
    """An issue with a picture in March 2025, one in two languages a year later."""
    samples.two_languages(tmp_path / "two")
    folder = archives.write(tmp_path / "one", BODY, subject='Light for {{ name or "all" }} & <b>"more"</b>')
    shutil.copytree(tmp_path / "two" / "images", folder / "images")
    archives.send(folder, news)
    archives.send(tmp_path / "two", news, at=archives.later(365))
    return news


class Page(HTMLParser):
    """A parsed page: meta elements by name, link elements, all URLs, images and text."""

    def __init__(self, answer) -> None:
        assert answer.status_code == 200
        super().__init__(convert_charrefs=True)
        self.metas: dict[str, str] = {}
        self.links: list[dict[str, str]] = []
        self.addresses: list[str] = []
        self.images: list[dict[str, str]] = []
        self.html: dict[str, str] = {}
        self.words = ""
        self.feed(answer.content.decode())

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "html":
            self.html = given
        if tag == "meta" and "content" in given:
            self.metas[given.get("name") or given.get("property")] = given["content"]
        if tag == "link":
            self.links.append(given)
        if tag == "img":
            self.images.append(given)
        self.addresses += [given[key] for key in ("href", "src") if key in given]

    def handle_data(self, data):
        self.words += data

    def alternates(self) -> dict[str, str]:
        return {link["hreflang"]: link["href"] for link in self.links if link["rel"] == "alternate" and "hreflang" in link}

    def canonical(self) -> str:
        return next(link["href"] for link in self.links if link["rel"] == "canonical")


def opened(client, address: str) -> int:
    """The status of an address whose file is read to its end."""
    answer = client.get(address)
    if answer.streaming:
        assert b"".join(answer)
    return answer.status_code


def page(client, address: str, **headers: str) -> Page:
    return Page(client.get(address, headers=headers))


ADDRESSES = [
    "/", "/archive/news/", "/archive/news/2025/", "/archive/news/feed.xml", ISSUE, f"{ISSUE}mail", TWO, f"{TWO}zh-Hans/",
    f"{TWO}zh-Hans/mail",
]  # fmt: skip
NOT_THERE = [
    "/archive", "/archive/newz/", "/archive/news/none/", "/archive/news/1999/", "/archive/news/news-1", f"{ISSUE}de/",
    f"{ISSUE}de/mail", "/archive/news/99999999999999999999/", "/archive/news/none/mail", "/archive/news/0/", "/archive/NEWS/",
    "/archive/none/feed.xml", "/archive/news/none/en/", "/archive/news/%00/", "/archive/news/news-1/mail/",
]  # fmt: skip
PAGES = [address for address in ADDRESSES if not address.endswith(("mail", ".xml"))]


# ------------------------------------------------------------------------------------------------------ who may see what
@pytest.mark.soak
def test_caches_may_store_and_revalidate_every_page(client, sent):
    for address in ADDRESSES:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert answer.headers["Cache-Control"] == f"public, max-age={KEPT_FOR}"
        assert not answer.cookies
        assert "Cookie" not in answer.headers["Vary"]
        head = client.head(address)
        assert (head.status_code, head.content, head.headers["ETag"]) == (200, b"", answer.headers["ETag"])
        known = client.get(address, headers={"If-None-Match": answer.headers["ETag"]})
        assert (known.status_code, known.content) == (304, b"")
        for name in ("Cache-Control", "ETag", "Content-Security-Policy", "Cross-Origin-Opener-Policy", "X-Frame-Options"):
            assert known.headers[name] == answer.headers[name], "a cache takes what a 304 says for what the page said"
        assert client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            assert client.generic(method, address).status_code == 405


def test_pages_have_a_strict_policy_and_no_active_content(client, sent):
    for address in PAGES:
        answer = client.get(address)
        assert answer.headers["Content-Security-Policy"] == (
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
        assert not re.search(r'<script|<style|<form(?! class="search")|<iframe|\sstyle=|\son[a-z]+=', answer.content.decode()), (
            address
        )


def test_the_policy_allows_pictures_of_another_media_host(client, sent, settings):
    settings.MEDIA_URL = "https://pictures.example.org/m/"
    answer = client.get(ISSUE)
    assert "img-src 'self' https://pictures.example.org;" in answer.headers["Content-Security-Policy"]
    (image,) = Page(answer).images
    assert image["src"].startswith("https://pictures.example.org/m/only-en-")


def test_the_original_mail_is_sandboxed(client, sent):
    answer = client.get(f"{ISSUE}mail")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert b"style=" in answer.content


def test_one_address_always_leads_to_the_newest_issue(client, sent, tmp_path):
    def leads_to(language: str) -> str:
        pages = client.get("/archive/news/latest/", headers={"Accept-Language": language}, follow=True).redirect_chain
        return pages[-1][0]

    assert (leads_to("en"), leads_to("zh-CN")) == (TWO, f"{TWO}zh-Hans/")
    archives.send(archives.write(tmp_path / "three", "# News\n\n## Third\n\nText.\n", number="3"), sent, at=archives.later(400))
    assert leads_to("zh-CN") == "/archive/news/news-3/"


def test_an_archive_that_is_off_is_not_found(client, sent):
    missing = client.get("/archive/none/none/")
    assert missing.status_code == 404
    mailing_lists.set_archive(audit.system(), "news", "off")
    for address in ADDRESSES[1:]:
        answer = client.get(address)
        assert (answer.status_code, answer.content) == (404, missing.content), address
        assert "ETag" not in answer.headers


def test_everything_that_is_not_found_gets_the_same_page(client, sent):
    nothing = client.get("/nothing").content
    for address in NOT_THERE:
        answer = client.get(address)
        assert (answer.status_code, answer.content) == (404, nothing), address


def test_an_unlisted_archive_is_linked_from_nowhere(client, sent):
    mailing_lists.set_archive(audit.system(), "news", "unlisted")
    for address in ADDRESSES[1:]:
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer.headers["X-Robots-Tag"] == "noindex"
        if not address.endswith(("mail", ".xml")):
            shown = Page(answer)
            assert shown.metas["robots"] == "noindex"
            assert not [link for link in shown.links if link.get("type") == "application/atom+xml"]
            assert "/archive/" not in shown.addresses
    assert client.get("/sitemap.xml").status_code == 404
    assert b"/archive/" not in client.get("/").content


def test_a_public_archive_may_be_indexed(client, sent):
    for address in ("/", "/archive/news/", "/archive/news/2025/", ISSUE, f"{TWO}zh-Hans/"):
        answer = client.get(address)
        assert "X-Robots-Tag" not in answer.headers
        assert "robots" not in Page(answer).metas


def test_a_withheld_issue_and_its_mail_are_not_found(client, sent):
    issue_versions.show_in_archive(audit.system(), "news-1", "withheld")
    assert client.get(ISSUE).status_code == 404
    assert client.get(f"{ISSUE}mail").status_code == 404
    assert client.get(TWO).status_code == 200


# ----------------------------------------------------------------------------------------------------- nothing of anybody
def test_no_personal_data_of_a_recipient_is_shown(client, sent):
    (person,) = people.make_people(1, sent, prefix="Wei.Secret")
    Subscriber.objects.update(name="Wei Secret")
    for address in ADDRESSES:
        html = client.get(address).content.decode()
        assert "-mr_" not in html, address
        assert "Secret" not in html
        assert tokens.unsubscribe_token(person.pk) not in html
        assert not re.search(r"/[uvc]/[A-Za-z0-9_-]{8,}", html)


def test_personal_links_lead_to_the_archive_instead(client, sent, settings):
    for address in (f"{ISSUE}?text=whole", f"{ISSUE}mail"):
        addresses = page(client, address).addresses
        assert settings.PUBLIC_URL + "/archive/news/" in addresses
        assert settings.PUBLIC_URL + ISSUE in addresses
        assert not [linked for linked in addresses if "mr_" in linked]


# ---------------------------------------------------------------------------------------------------- what machines are told
def test_an_issue_has_metadata_for_search_engines_and_other_sites(client, sent, settings):
    shown = page(client, ISSUE)
    title = 'Light for all & <b>"more"</b>'
    assert shown.metas["og:title"] == title
    assert title in shown.words
    assert shown.metas["description"] == shown.metas["og:description"] == "What is in it"
    assert shown.metas["og:type"] == "article"
    assert shown.metas["og:site_name"] == "The House"
    assert shown.metas["og:locale"] == "en_US"
    assert shown.metas["og:url"] == shown.canonical() == settings.PUBLIC_URL + ISSUE
    assert re.fullmatch(re.escape(settings.PUBLIC_URL) + r"/media/only-en-[0-9a-f]{12}\.png", shown.metas["og:image"])
    assert (shown.metas["og:image:width"], shown.metas["og:image:alt"]) == ("40", "A lamp")
    assert shown.metas["twitter:card"] == "summary_large_image"
    assert shown.metas["article:published_time"] == archives.FIRST.isoformat()
    (image,) = page(client, f"{ISSUE}?text=whole").images
    assert image["src"] == shown.metas["og:image"].removeprefix(settings.PUBLIC_URL)
    assert (image["width"], image["height"], image["alt"]) == ("40", "30", "A lamp")
    assert opened(client, image["src"]) == 200
    assert page(client, TWO).metas["twitter:card"] == "summary"


def test_an_issue_and_the_list_of_issues_show_the_day_on_which_it_was_sent(client, sent):
    for address in ("/archive/news/", "/archive/news/2025/", ISSUE):
        assert '<time datetime="2025-03-04">4 March 2025</time>' in client.get(address).content.decode()
    assert '<time datetime="2026-03-04">2026年3月4日</time>' in client.get(f"{TWO}zh-Hans/").content.decode()


def test_languages_of_an_issue_link_to_each_other_as_alternates(client, sent, settings):
    english, chinese = page(client, TWO), page(client, f"{TWO}zh-Hans/")
    root = settings.PUBLIC_URL + TWO
    assert english.alternates() == chinese.alternates() == {"en": root, "zh-Hans": f"{root}zh-Hans/", "x-default": root}
    assert (english.html["lang"], chinese.html["lang"]) == ("en", "zh-Hans")
    assert (english.canonical(), chinese.canonical()) == (root, f"{root}zh-Hans/")
    assert chinese.metas["og:locale"] == "zh_CN"
    assert page(client, ISSUE).alternates() == {}
    assert client.get(f"{TWO}zh-hans/").headers["Location"] == f"{TWO}zh-Hans/"
    assert client.get(f"{TWO}en/").headers["Location"] == TWO


def test_an_issues_language_is_in_its_url_and_lists_use_the_readers(client, sent):
    assert client.get(TWO, headers={"Accept-Language": "zh-CN"}).content == client.get(TWO).content
    chinese = client.get("/archive/news/", headers={"Accept-Language": "zh-CN"})
    assert (chinese.headers["Content-Language"], Page(chinese).html["lang"]) == ("zh-hans", "zh-hans")
    assert "Accept-Language" in chinese.headers["Vary"]
    assert "大连之光" in Page(chinese).words
    assert "Light in Dalian" not in Page(chinese).words
    chosen = client.get("/archive/news/?language=en", headers={"Accept-Language": "zh-CN"})
    assert Page(chosen).html["lang"] == "en"
    assert page(client, "/archive/news/?language=x%00y").html["lang"] == "en"
    client.cookies["mailroom-language"] = "zh-hans"
    assert page(client, "/archive/news/").html["lang"] == "en", "a cookie of the console's makes no difference"


def test_an_issue_of_several_lists_has_one_canonical_page(client, sent, tmp_path, settings):
    archives.send(tmp_path / "two", archives.open_list("other"), at=archives.later(366))
    shown = page(client, "/archive/other/cast-newsletter-2026-12/zh-Hans/")
    assert shown.canonical() == f"{settings.PUBLIC_URL}{TWO}zh-Hans/"
    assert shown.alternates()["en"] == settings.PUBLIC_URL + TWO


# ----------------------------------------------------------------------------------------------------------- finding about
def test_every_issue_can_be_reached_from_the_archive_and_links_back(client, sent):
    moved = client.get("/archive/")
    assert (moved.status_code, moved.headers["Location"]) == (301, "/")
    assert "/archive/news/" in page(client, "/").addresses
    front = page(client, "/archive/news/").addresses
    assert {TWO, f"{TWO}zh-Hans/", ISSUE, "/archive/news/2025/", "/archive/news/2026/"} <= set(front)
    old = page(client, "/archive/news/2025/").addresses
    assert ISSUE in old
    assert TWO not in old
    assert {ISSUE, "/archive/news/", "/"} <= set(page(client, TWO).addresses)
    assert TWO in page(client, ISSUE).addresses
    assert {f"{ISSUE}read/first/", f"{ISSUE}read/second/", f"{ISSUE}?text=whole"} <= set(page(client, ISSUE).addresses)


def test_a_long_archive_shows_the_newest_and_the_years(client, sent, monkeypatch):
    monkeypatch.setattr("web.public.archive.archive_pages.ON_THE_FRONT", 1)
    front = page(client, "/archive/news/").addresses
    assert ISSUE not in front
    assert "/archive/news/2025/" in front


def test_an_empty_archive_says_that_it_is_empty(client, news):
    assert "No issue to read here yet." in page(client, "/archive/news/").words
    assert client.get("/archive/news/feed.xml").status_code == 200
    mailing_lists.set_archive(audit.system(), "news", "off")
    assert client.get("/").headers["X-Robots-Tag"] == "noindex"


def test_an_issue_whose_source_cannot_be_read_links_to_its_mail(client, sent):
    from editorial.models import IssueVersion

    IssueVersion.objects.update(sources={"issue.md": "---\nfrom: another time\n---\n"})
    shown = page(client, ISSUE)
    assert 'Light for all & <b>"more"</b>' in shown.words
    assert f"{ISSUE}mail" in shown.addresses
    assert client.get("/archive/news/").status_code == 200
    assert client.get("/archive/news/feed.xml").status_code == 200


def test_text_in_another_script_has_its_language_and_direction(client, news, tmp_path):
    archives.send(archives.write(tmp_path / "ar", "\n# قسم\n\n## خبر\n\nنص\n", subject="الضوء 2026", language="ar"), news)
    shown = page(client, ISSUE)
    assert (shown.html["lang"], shown.html["dir"]) == ("ar", "rtl")
    row = client.get("/archive/news/").content.decode()
    assert re.search(r'<h2 lang="ar" dir="rtl"><a href="[^"]+">الضوء 2026</a></h2>', row)
    archives.send(archives.write(tmp_path / "han", "\n# S\n\n## A\n\nx\n", subject="A prize for 施一公", number="2"), news)
    assert 'A prize for <span lang="zh-CN">施一公</span></h1>' in client.get("/archive/news/news-2/").content.decode()


def test_the_imprint_has_the_accounts_and_the_qr_code(client, news, tmp_path):
    samples.two_languages(tmp_path / "two")
    folder = archives.write(tmp_path / "one", "\n# Section\n\n## First\n\nText.\n")
    shutil.copytree(tmp_path / "two" / "images", folder / "images")
    path = folder / "issue.md"
    more = "  social:\n    - 微博: https://weibo.com/a?b=1&c=2\n  wechat: images/only-en.png\n"
    path.write_text(path.read_text(encoding="utf-8").replace("\n---\n", f"\n{more}---\n", 1), encoding="utf-8")
    archives.send(folder, news)
    answer = client.get(ISSUE)
    imprint = answer.content.decode().partition('<footer class="imprint">')[2].partition("</footer>")[0]
    assert '<li><a href="https://weibo.com/a?b=1&amp;c=2">微博</a></li>' in imprint
    assert 'alt="WeChat QR code of Organisation" width="120" height="120"' in imprint
    assert "<figcaption>Follow us on WeChat</figcaption>" in imprint
    [code] = [image for image in Page(answer).images if "QR code" in image["alt"]]
    assert opened(client, code["src"]) == 200


def test_one_picture_under_two_names_is_shown_under_both(client, news, settings, tmp_path):
    """In the mail and in the archive; the second issue uses it under a third name."""
    for number, names in (("1", ("first", "second")), ("2", ("third",))):
        figures = "\n\n".join(f"![A lamp](images/{name}.png)" for name in names)
        folder = archives.write(tmp_path / number, f"# A\n\n## B\n\n{figures}\n\nC.\n", number=number)
        (folder / "images").mkdir()
        for name in names:
            Image.new("RGB", (600, 400), "navy").save(folder / "images" / f"{name}.png")
        mail = archives.send(folder, news).version.variants.get()
        page, _, _ = (
            client.get(f"/archive/news/news-{number}/?text=whole").content.decode().partition('class="bounds neighbours"')
        )
        for html in (mail.html, page):
            shown = {urlsplit(src).path for src in re.findall(r'<img[^>]+src="([^"]+)"', html)}
            assert len(shown) == len(names)
            for path in shown:
                assert opened(client, path) == 200
    for address in ("", "search/?section=A"):
        names = re.findall(r'<img src="/media/([a-z]+)', client.get(f"/archive/news/{address}").content.decode())
        assert sorted(names) == ["first", "third"], "lists show the first picture"
