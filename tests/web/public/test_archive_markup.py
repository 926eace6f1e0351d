"""Markup in every text of an issue is text on all pages of the archive, in its feeds and in the data for search engines."""

import json
import re
from itertools import cycle
from urllib.parse import parse_qs, quote, urlsplit
from xml.etree import ElementTree

import pytest

from publication.models import Publication
from tests.support import archives
from tests.support import issues as samples
from tests.support.archive_crawl import Crawl
from tests.support.html_check import CheckedPage
from tests.web.hostile_markup import EXITS, VECTORS

pytestmark = pytest.mark.django_db
# Links with `javascript:` are refused when an issue is stored.
MARKUP = [
    exit_ + vector for exit_, vector in zip(cycle(EXITS), (vector for vector in VECTORS if "](" not in vector), strict=False)
]
PAGE = '<!DOCTYPE html>\n<html lang="en"><head><title>x</title></head><body><main><h1>x</h1>{}</main></body></html>'
ARTICLE = """
## {text} title {{#story-{at}}}

Summary: {text} summary
By: {text} byline

{text} body

![{text} alt](images/only-en.png)
Caption: {text} caption
Credit: {text} credit

- {text} item

> {text} quotation

Table: {text} table

| {cell} | b |
|---|---|
| {cell} | d |

Sources: {text} source
"""


@pytest.fixture
def folder(settings, tmp_path):
    """An issue in which every text has markup, another one in each article."""
    settings.MEDIA_ROOT = tmp_path / "media"
    Publication.objects.update_or_create(pk=1, defaults={"name": MARKUP[0]})
    samples.two_languages(tmp_path / "one")
    (tmp_path / "one" / "issue.zh-Hans.md").unlink()
    articles = [ARTICLE.format(text=text, cell=text.replace("|", ""), at=at) for at, text in enumerate(MARKUP)]
    folder = archives.write(
        tmp_path / "one", f"\n{MARKUP[1]} opening\n\n# {MARKUP[2]} section\n{''.join(articles)}", subject=f"{MARKUP[5]} subject",
        preheader=f"{MARKUP[4]} preheader", title=f"News {MARKUP[3]}",
    )  # fmt: skip
    file, head = folder / "issue.md", json.dumps(f"{MARKUP[1]} organisation")
    text = file.read_text(encoding="utf-8").replace("organisation: Organisation", f"organisation: {head}")
    file.write_text(text.replace("footer:\n  about: About us.", f"layout: digest\nfooter:\n  about: {head}"), encoding="utf-8")
    return folder


def test_markup_in_an_issue_is_text_on_every_page_of_the_archive(client, folder):
    news = archives.open_list()
    campaign = archives.send(folder, news)
    issue = f"/archive/news/{campaign.version.issue.slug}/"
    crawl = Crawl(client)
    asked = [f"/archive/news/search/?q={quote(text)}" for text in (*MARKUP, "onerror", "script")]
    crawl.follow(["/", "/sitemap.xml", *asked, *(f"/read/{mail.page_key}/story-0" for mail in campaign.version.variants.all())])
    assert crawl.faults == {}
    assert re.search(r"<p>[^<]*&lt;[^<]*<mark>onerror</mark>", client.get("/archive/news/search/?q=onerror").content.decode())
    shown = client.get(f"{issue}?text=whole").content.decode()
    for name in ("title", "summary", "byline", "body", "caption", "item", "quotation", "table", "source", "opening", "section"):
        assert f" {name}" in shown, name
    for at, text in enumerate(MARKUP):
        html = client.get(f"{issue}read/story-{at}/").content.decode()
        (data,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html)
        title = json.loads(data)["headline"]
        assert title.endswith(" title")
        assert re.sub(r"\W", "", title) == re.sub(r"\W", "", f"{text} title")
        weibo = next(link for link in CheckedPage(html).addresses if link.startswith("https://service.weibo.com/"))
        assert parse_qs(urlsplit(weibo).query)["title"] == [title]
    for name in ("feed.xml", "rss.xml"):
        feed = ElementTree.fromstring(client.get(f"/archive/news/{name}").content)
        fields = [
            field.text
            for field in feed.iter()
            if re.search(r"}?(content|encoded|description|summary)$", field.tag) and field.text
        ]
        assert len(max(fields, key=len)) > 1000
        for content in fields:
            assert CheckedPage(PAGE.format(content)).faults == []
