"""Searching the archive: words, pairs of characters, years and sections; never what the archive does not show."""

import re
from html import unescape

import pytest
from PIL import Image

from campaigns.reporting import archive_search
from composer.rendering.search_terms import query_of, terms_of
from editorial import archive_texts, issue_versions
from editorial.models import ArticleText, IssueVersion
from publication import audit
from subscribers.models import MailingList
from tests.support import archives

pytestmark = pytest.mark.django_db
ENGLISH = """
# Headlines

## The lamp of Dalian {#lamp}

Summary: It shines.

Nobody's café saw such a light-source in <b>Łódź</b>.

::: only country = "CN"
Secretword for members.
:::

# Profiles

## A keeper {#keeper}

She keeps lamps.
"""
CHINESE = """
# 要闻

## 大连光源开放 {#lamp}

中国科学家建成了世界上最亮的光源。
"""


@pytest.fixture
def news(settings, tmp_path) -> MailingList:
    settings.MEDIA_ROOT = tmp_path / "media"
    mailing_list = archives.open_list()
    folder = archives.write(tmp_path / "one", ENGLISH)
    archives.write(folder, CHINESE, language="zh-Hans", name="issue.zh-Hans.md", subject="光源", preheader="内容")
    archives.send(folder, mailing_list)
    archives.send(
        archives.write(tmp_path / "two", "\n# Headlines\n\n## Ships {#ships}\n\nNo lamps on board.\n", number="2"),
        mailing_list,
        at=archives.later(400),
    )
    return mailing_list


def found(client, query: str) -> list[str]:
    answer = client.get(f"/archive/news/search/?{query}")
    assert answer.status_code == 200
    assert answer.headers["X-Robots-Tag"] == "noindex"
    return re.findall(r'<h2><a href="/archive/news/([^"]*)"', answer.content.decode())


LAMP, KEEPER, CHINESE_LAMP, SHIPS = "news-1/read/lamp/", "news-1/read/keeper/", "news-1/zh-Hans/read/lamp/", "news-2/read/ships/"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=lamp", [LAMP, SHIPS, KEEPER]), ("q=LAMP+dalian", [LAMP]), ("q=cafe", [LAMP]), ("q=łodz", [LAMP]), ("q=shin", [LAMP]),
        ("q=光源", [CHINESE_LAMP]), ("q=科学家", [CHINESE_LAMP]), ("q=科家", []), ("q=亮", [CHINESE_LAMP]), ("q=secretword", []),
        ("q=lamp&year=2025", [LAMP, KEEPER]), ("q=lamp&section=Profiles", [KEEPER]), ("section=Headlines", [SHIPS, LAMP]),
        ("year=2026", [SHIPS]), ("q=", []), ("q=%27%3A*+%26+%00", []), ("q=lamp&page=9", [LAMP, SHIPS, KEEPER]),
        ("year=x", []), ("q=" + "a" * 5000, []),
    ],
)  # fmt: skip
def test_articles_are_found_by_terms_year_and_section(client, news, query, expected):
    assert found(client, query) == expected


def test_what_was_withheld_is_not_found_and_texts_of_old_versions_are_made_later(client, news):
    ArticleText.objects.all().delete()
    IssueVersion.objects.update(is_searchable=False)
    assert found(client, "q=lamp") == []
    assert archive_texts.keep_waiting() == 2
    assert archive_texts.keep_waiting() == 0
    assert found(client, "q=lamp") == [LAMP, SHIPS, KEEPER]
    issue_versions.show_in_archive(audit.system(), "news-1", "withheld")
    assert found(client, "q=lamp") == [SHIPS]


def test_the_page_shows_an_excerpt_and_what_else_may_be_chosen(client, news):
    html = client.get("/archive/news/search/?q=source").content.decode()
    assert "Nobody’s café saw such a light-<mark>source</mark> in &lt;b&gt;Łódź&lt;/b&gt;" in html
    assert "1 article" in html
    assert 'class="facets"' not in html, "all results have the same year and section"
    html = client.get("/archive/news/search/?q=lamp").content.decode()
    assert 'href="/archive/news/search/?q=lamp&amp;year=2025"' in html
    assert 'href="/archive/news/search/?q=lamp&amp;section=Headlines"' in html
    assert ">All years</a>" in client.get("/archive/news/search/?q=source&year=2026").content.decode()
    assert 'href="/archive/news/search/?language=zh-hans"' in client.get("/archive/news/search/").content.decode()
    assert client.get("/archive/other/search/").status_code == 404


def test_another_language_of_the_page_keeps_what_was_asked_and_further_links_keep_the_language(client, news):
    asked = "q=lamp+%22%26&year=2025&section=Head+%26+lines"
    html = client.get(f"/archive/news/search/?{asked}").content.decode()
    (chinese,) = re.findall(r'href="(/archive/news/search/[^"]*language=zh-hans)"', html)
    assert unescape(chinese) == f"/archive/news/search/?{asked}&language=zh-hans"
    html = client.get("/archive/news/search/?q=lamp&language=zh-hans").content.decode()
    assert 'href="/archive/news/search/?q=lamp&amp;year=2025&amp;language=zh-hans"' in html
    assert '<input type="hidden" name="language" value="zh-hans">' in html
    assert 'href="/archive/news/search/?q=lamp&amp;language=en"' in html


ILLUSTRATED = """
# News

## A gear {#gear}

Summary: It turns & turns.
By: Wei Yumeng

Nobody touches it.

![An orange wheel](images/gear.png)
Caption: The same gear at night. Photo: Ludmila
"""


@pytest.mark.parametrize("looked_for", ["orange", "night", "ludmila", "yumeng", "gear"])
def test_an_article_is_found_by_the_texts_of_its_pictures_but_results_quote_its_prose(client, news, tmp_path, looked_for):
    folder = archives.write(tmp_path / "three", ILLUSTRATED, number="3")
    (folder / "images").mkdir()
    Image.new("RGB", (1200, 600)).save(folder / "images" / "gear.png")
    archives.send(folder, news)
    html = client.get(f"/archive/news/search/?q={looked_for}").content.decode()
    assert "<p>It turns &amp; turns.</p>" in html
    assert "wheel" not in html


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("Lamps shine; a LAMP, a clamp", "lamp", "[Lamps] shine; a [LAMP], a clamp"), ("It is in", "is", "It [is] in"),
        ("Ｃａｆé, cafe\u0301s", "CAFE", "[Ｃａｆé], [cafe\u0301s]"), ("最亮的光源开放", "光源开", "最亮的[光源开]放"),
        ("光与光源", "光", "[光]与[光]源"), ("ﬁre & Straße", "fire strasse", "[ﬁre] & [Straße]"), ("<b>a b</b>", "x", "<b>a b</b>"),
        ("", "x", ""), ("İstanbul", "istanbul", "[İstanbul]"),
    ],
)  # fmt: skip
def test_matches_are_marked_as_the_search_compares_them(text, query, expected):
    parts = archive_search.marked(text, query_of(query, 12))
    assert "".join(part for part, _ in parts) == text
    assert "".join(f"[{part}]" if is_match else part for part, is_match in parts) == expected


def test_an_excerpt_is_where_most_terms_are():
    text = "\n".join(["One lamp.", "x " * 200, "The old lamp of the keeper.", "y " * 200])
    assert archive_search.excerpt(text, query_of("keeper lamp", 12)).startswith("The old lamp of the keeper. y y")
    assert archive_search.excerpt(text, query_of("ship", 12)) == "One lamp."
    long = "It rained. " + "It was dark and wet, " * 20 + "and late."
    assert archive_search.excerpt(long, query_of("ship", 12)) == "It rained."
    assert archive_search.excerpt(long[11:], query_of("ship", 12)).endswith("…")
    everywhere = "the old lamp of the sea " * 5_000
    assert archive_search.excerpt(everywhere, query_of("the of lamp sea old", 12)).startswith("the old lamp of the sea"), (
        "quickly"
    )
    assert archive_search.excerpt("", query_of("ship", 12)) == ""


def test_terms_of_many_scripts():
    assert list(terms_of("Café, ＡＢＣ 光源 x")) == ["cafe", "abc", "光源", "源", "x"]
    assert query_of("光 光源开 of light", 12) == [("光", True), ("光源", False), ("源开", False), ("of", False), ("light", True)]
