"""The pages of articles: where a digest leads, who may read them, and what the archive shows of them."""

import json
import re

import pytest

from campaigns import launch_checks
from campaigns.models import Campaign
from composer.issue.parsing.body import GOOD_ID
from editorial import issue_versions
from editorial.models import IssueVariant
from publication import audit, clock
from publication.models import Publication
from subscribers import mailing_lists
from subscribers.models import MailingList, Subscription
from subscribers.segments import saved_segments
from tests.subscribers.conftest import Clock
from tests.support import archives, people
from tests.support import issues as samples
from tests.web.public.forms import token_of
from web.public import cached_pages

pytestmark = pytest.mark.django_db
BODY = """
# News

## The first lamp {#first}

Summary: A lamp was lit.
By: Wei <b>Yumeng</b>

Nobody had seen such a lamp. It stands beside [the second](#second).

::: only country = "CN"
Members in China see it at night.
:::

Sources: The Harbour Post

## The second & last {#second}

It burns until morning.
"""
PUBLIC = "/archive/news/news-1/read/"


@pytest.fixture
def news(settings, tmp_path) -> MailingList:
    settings.MEDIA_ROOT = tmp_path / "media"
    return archives.open_list()


@pytest.fixture
def folder(tmp_path):
    folder = archives.write(tmp_path / "one", BODY)
    file = folder / "issue.md"
    file.write_text(file.read_text().replace("footer:", "layout: digest\nfooter:", 1))
    return folder


def mails(campaign: Campaign) -> list[IssueVariant]:
    return list(IssueVariant.objects.filter(version=campaign.version).order_by("number"))


def pages_of(mail: IssueVariant, settings) -> list[str]:
    addresses = re.findall(r'href="([^"]*/read/[^"]*)"', mail.html)
    assert all(address.startswith(settings.PUBLIC_URL) for address in addresses)
    assert set(re.findall(r"https?://\S*/read/\S*", mail.text)) == set(addresses)
    return [address.removeprefix(settings.PUBLIC_URL) for address in dict.fromkeys(addresses)]


@pytest.mark.parametrize("state", ["draft", "sending", "paused", "cancelled"])
@pytest.mark.parametrize("visibility", ["public", "unlisted"])
def test_every_link_of_a_digest_leads_to_a_page_that_nothing_lists(client, settings, news, folder, state, visibility):
    mailing_lists.set_archive(audit.system(), "news", visibility)
    usual, chinese = mails(archives.send(folder, news, state=state))
    assert usual.page_key != chinese.page_key
    for mail in (usual, chinese):
        addresses = pages_of(mail, settings)
        assert len(addresses) == 2
        for address in addresses:
            answer = client.get(address)
            assert (answer.status_code, answer.headers["X-Robots-Tag"]) == (200, "noindex")
            assert not answer.cookies
    for place in ("/", "/archive/news/", "/archive/news/feed.xml", "/sitemap.xml", "/robots.txt"):
        shown = client.get(place).content.decode()
        assert "/read/" not in shown
        assert usual.page_key not in shown
    first = client.get(f"/read/{chinese.page_key}/first").content.decode()
    assert not re.findall(r'href="/(?:archive|console)/', first), "it leads to no other page of a list or of staff"
    assert "Members in China see it at night." in first
    assert f'href="/read/{chinese.page_key}/second"' in first
    assert "Members in China" not in client.get(f"/read/{usual.page_key}/first").content.decode()


def test_what_went_to_a_segment_stays_unlisted(client, settings, news, folder):
    campaign = archives.send(folder, news, segment=saved_segments.create(audit.system(), "china", 'country = "CN"'))
    for address in pages_of(mails(campaign)[0], settings):
        assert client.get(address).status_code == 200
    assert client.get(f"{PUBLIC}first/").status_code == 404


def test_a_page_leads_to_the_public_one_once_that_says_the_same(client, news, folder):
    usual, chinese = mails(archives.send(folder, news))
    assert client.get(f"/read/{usual.page_key}/first").headers["Location"] == f"{PUBLIC}first/"
    assert client.get(f"/read/{chinese.page_key}/second").headers["Location"] == f"{PUBLIC}second/"
    own = client.get(f"/read/{chinese.page_key}/first")  # says more
    assert own.status_code == 200
    assert own.headers["X-Robots-Tag"] == "noindex"
    source = folder / "issue.md"
    source.write_text(source.read_text().replace("until morning.", "until noon."))
    archives.send(folder, news, at=archives.later(1))
    assert client.get(f"/read/{usual.page_key}/first").headers["Location"] == f"{PUBLIC}first/", "a correction is for all"
    assert client.get(f"/read/{chinese.page_key}/first").status_code == 200, "it still says more"


def test_a_page_that_differs_in_an_address_only_is_kept(client, settings, news, folder):
    source = folder / "issue.md"
    choice = ('::: only country {} "CN"\nRead [more](https://{}.example.org/).\n:::').format
    text = f"{choice('=', 'cn')}\n\n{choice('!=', 'www')}\n\n[This page]({{{{ view_url }}}})"
    source.write_text(source.read_text().replace("It burns until morning.", text))
    usual, chinese = mails(archives.send(folder, news))
    assert client.get(f"/read/{usual.page_key}/second").headers["Location"] == f"{PUBLIC}second/"
    address = f"/read/{chinese.page_key}/second"
    own = client.get(address).content.decode()
    assert "https://cn.example.org/" in own
    assert f'href="{settings.PUBLIC_URL}{address}">This page' in own


def test_what_a_segment_read_does_not_lead_to_what_all_read_later(client, news, folder):
    first = archives.send(folder, news, segment=saved_segments.create(audit.system(), "china", 'country = "CN"'))
    source = folder / "issue.md"
    source.write_text(source.read_text().replace("until morning.", "until noon."))
    archives.send(folder, news, at=archives.later(1))
    assert "until morning" in client.get(f"/read/{mails(first)[0].page_key}/second").content.decode()


def test_a_withheld_issue_and_lists_without_an_archive_end_the_pages(client, news, folder):
    mail = mails(archives.send(folder, news))[0]
    address = f"/read/{mail.page_key}/first"
    issue_versions.show_in_archive(audit.system(), "news-1", "withheld")
    gone = client.get(address)
    assert gone.status_code == 410
    assert "no longer available" in gone.content.decode()
    issue_versions.show_in_archive(audit.system(), "news-1", "usual")
    mailing_lists.set_archive(audit.system(), "news", "off")
    assert client.get(address).status_code == 410
    mailing_lists.set_archive(audit.system(), "news", "unlisted")
    assert client.get(address).status_code == 200


def test_a_digest_needs_a_list_with_an_archive(news, folder):
    campaign = archives.send(folder, news, state="draft")
    assert launch_checks.standing_faults(campaign) == ()
    mailing_lists.set_archive(audit.system(), "news", "off")
    (fault,) = launch_checks.standing_faults(campaign)
    assert (fault.code, fault.params["slug"]) == ("digest-archive", "news")
    people.make_list("open")
    mailing_lists.set_archive(audit.system(), "open", "unlisted")
    campaign.lists.add(MailingList.objects.get(slug="open"))
    assert launch_checks.standing_faults(campaign) == ()


@pytest.mark.parametrize("address", ["/read/x/first", "/read/KEY/none", "/read/KEY/", "/archive/news/news-1/read/none/"])
def test_other_addresses_are_unknown(client, news, folder, address):
    mail = mails(archives.send(folder, news))[0]
    assert client.get(address.replace("KEY", mail.page_key)).status_code == 404


def test_the_public_page_of_an_article(client, settings, news, folder):
    archives.send(folder, news)
    html = client.get(f"{PUBLIC}first/").content.decode()
    for text in ("The first lamp", "A lamp was lit.", "Wei &lt;b&gt;Yumeng&lt;/b&gt;", "The Harbour Post", "1 min"):
        assert text in html
    assert "Members in China" not in html
    assert "X-Robots-Tag" not in client.get(f"{PUBLIC}first/").headers
    assert f'<link rel="canonical" href="{settings.PUBLIC_URL}{PUBLIC}first/">' in html
    assert f'rel="next" href="{PUBLIC}second/"' in html
    assert f">{settings.PUBLIC_URL}{PUBLIC}first/</p>" in html, "to copy"
    assert 'rel="prev"' not in html
    story = json.loads(re.findall(r'<script type="application/ld\+json">(.*?)</script>', html)[0])
    assert (story["@type"], story["headline"], story["author"]["name"]) == ("NewsArticle", "The first lamp", "Wei <b>Yumeng</b>")
    assert html.count("<script") == 1
    whole = client.get("/archive/news/news-1/").content.decode()
    assert f'<a href="{PUBLIC}second/">The second &amp; last</a>' in whole


def test_an_article_leads_to_its_other_languages(client, settings, news, tmp_path):
    samples.two_languages(tmp_path / "two")
    archives.send(tmp_path / "two", news)
    mail = client.get("/archive/news/cast-newsletter-2026-12/").content.decode()
    english = re.findall(r'<h[23]><a href="([^"]*)"', mail)[0]
    html = client.get(english).content.decode()
    other = re.findall(r'hreflang="zh-Hans">', html)
    assert other
    chinese = re.findall(r'<a href="([^"]*)" lang="zh-Hans"', html)[0]
    assert client.get(chinese).status_code == 200


def test_a_key_that_no_mail_can_have_is_not_found(client, news):
    assert client.get("/read/%00/first").status_code == client.get("/read/nothing/first").status_code == 404


def test_the_id_of_an_article_is_never_that_of_another_element(client, news, folder):
    more = "".join(
        f"\n## One more {number} {{#more-{number}}}\n\nText.\n" for number in range(3)
    )  # so that the page has contents
    (folder / "issue.md").write_text((folder / "issue.md").read_text().replace("#second", "#content") + more)
    archives.send(folder, news)
    own = {"first", "content", "more-0", "more-1", "more-2"}
    for address in ("/archive/news/news-1/?text=whole", "/archive/news/news-1/", f"{PUBLIC}content/"):
        ids = re.findall(r' id="([^"]*)"', client.get(address).content.decode())
        assert ids.count("content") == (0 if address.startswith(PUBLIC) else 1)
        assert [name for name in ids if GOOD_ID.match(name) and name not in own] == []


def test_a_reader_subscribes_at_the_end_of_an_article(client, news, folder):
    archives.send(folder, news)
    assert 'name="address"' not in client.get(f"{PUBLIC}first/").content.decode(), "the list takes no subscribers"
    mailing_lists.change_list(audit.command_line(), "news", sign_up="open")
    moved = Clock()
    clock.move(moved)
    try:
        page = client.get(f"{PUBLIC}first/")
        assert "no-store" not in page.headers["Cache-Control"], "many people open it at once"
        for address in ("/archive/news/", "/archive/news/news-1/"):
            assert 'action="/subscribe/news/?language=en"' in client.get(address).content.decode()
        assert 'action="/subscribe/news/?language=en"' in page.content.decode()
        form = {"form": token_of(page), "address": "anna@example.org"}
        assert "Check your email" not in client.post("/subscribe/news/?language=en", form).content.decode(), "a program"
        moved.passes(seconds=cached_pages.KEPT_FOR + 5)
        for address in ("anna@example.org", "bert@example.org"):  # both have the page from a cache
            answer = client.post("/subscribe/news/?language=en", form | {"address": address})
            assert "Check your email" in answer.content.decode()
    finally:
        clock.move(None)
    assert Subscription.objects.filter(state="pending", source="form").count() == 2


def test_the_old_address_of_an_article_leads_to_the_new_one_only_if_its_version_was_sent(client, news, folder):
    def renamed(old: str, new: str) -> None:
        (folder / "issue.md").write_text((folder / "issue.md").read_text().replace(f"#{old}", f"#{new}"))

    archives.send(folder, news)
    renamed("second", "layoffs")  # only stored, as a draft
    archives.send(folder, news, state="draft")
    renamed("layoffs", "cancelled")
    archives.send(folder, news, state="cancelled")
    renamed("cancelled", "other-list")
    archives.send(folder, archives.open_list("other"))
    renamed("other-list", "last")
    archives.send(folder, news, at=archives.later(1))
    moved = client.get(f"{PUBLIC}second/")
    assert (moved.status_code, moved.headers["Location"]) == (301, f"{PUBLIC}last/")
    assert moved.headers["Cache-Control"] == f"public, max-age={cached_pages.KEPT_FOR}"
    for unknown in ("layoffs", "cancelled", "other-list", "none"):
        assert client.get(f"{PUBLIC}{unknown}/").status_code == 404, unknown
    issue_versions.show_in_archive(audit.system(), "news-1", "withheld")
    assert client.get(f"{PUBLIC}second/").status_code == 404


def test_an_article_ends_with_its_sources_a_link_to_share_its_neighbours_and_the_form(client, news, folder):
    archives.send(folder, news)
    mailing_lists.change_list(audit.command_line(), "news", sign_up="open")
    Publication.objects.update_or_create(pk=1, defaults={"postal_address": "Street 1, City"})
    html = client.get(f"{PUBLIC}first/").content.decode()
    places = [html.index(text) for text in ('class="sources"', 'class="share"', 'rel="next"', 'class="join"', 'class="foot')]
    assert places == sorted(places)
    assert client.get("/archive/news/news-1/").content.decode().count("Street 1, City") == 1
    assert 'class="years"' not in client.get("/archive/news/").content.decode(), "it has one year only"


def test_a_page_with_a_form_is_revalidated_as_long_as_its_token_is_accepted(client, news, folder):
    archives.send(folder, news)
    mailing_lists.change_list(audit.command_line(), "news", sign_up="open")
    moved = Clock()
    clock.move(moved)
    try:
        moved.passes(seconds=cached_pages.TOKENS_KEPT_FOR - clock.now().timestamp() % cached_pages.TOKENS_KEPT_FOR)
        page = client.get(f"{PUBLIC}first/")
        known = {"If-None-Match": page.headers["ETag"]}
        moved.passes(seconds=cached_pages.TOKENS_KEPT_FOR - 1)
        again = client.get(f"{PUBLIC}first/", headers=known)
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", page.headers["ETag"])
        moved.passes(seconds=1)
        fresh = client.get(f"{PUBLIC}first/", headers=known)
        assert fresh.status_code == 200
        assert token_of(fresh) != token_of(page)
        moved.passes(hours=17)  # a reader leaves the page of the last 304 open overnight
        form = {"form": token_of(page), "address": "anna@example.org"}
        assert "Check your email" in client.post("/subscribe/news/?language=en", form).content.decode()
        Publication.objects.update(organisation="Another one")  # other texts of the form
        assert client.get(f"{PUBLIC}first/", headers={"If-None-Match": fresh.headers["ETag"]}).status_code == 200
    finally:
        clock.move(None)


def test_an_article_has_a_code_for_wechat_on_chinese_pages_of_public_archives(client, news, folder):
    archives.write(folder, "\n# 要闻\n\n## 第一盏灯 {#first}\n\n它亮了。\n", language="zh-Hans", name="issue.zh-Hans.md")
    mail = mails(archives.send(folder, news))[0]
    chinese = client.get("/archive/news/news-1/zh-Hans/read/first/").content.decode()
    assert "选择并复制链接" in chinese
    assert "用微信扫一扫" in chinese
    assert chinese.count('<div class="wechat"><svg ') == 1
    assert 'class="wechat"' not in client.get(f"{PUBLIC}first/").content.decode()
    mailing_lists.set_archive(audit.system(), "news", "unlisted")
    assert 'class="wechat"' not in client.get("/archive/news/news-1/zh-Hans/read/first/").content.decode()
    assert client.get(f"/read/{mail.page_key}/first").status_code == 200
