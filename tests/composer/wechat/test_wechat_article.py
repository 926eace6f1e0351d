"""The article for WeChat: what the editor of an official account keeps, its links as notes, its pictures in order, its limits."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from lxml import html as lxml_html

from composer.composition import load_issues
from composer.errors import ComposeError
from composer.issue import document as doc
from composer.issue.variants import variants_of
from composer.pipeline import encode_pictures
from composer.themes.theme_loading import load_theme, theme_names
from composer.wechat import export
from composer.wechat.article import write_article
from composer.wechat.rules import PictureFile, check_article
from tests.composer import strategies
from tests.composer.making import issue_of

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = (ROOT / "templates" / "specimen", *(path.parent for path in sorted((ROOT / "examples").glob("*/issue.md"))))
LINK = "https://example.org/report?a=1&b=2"
FILES = {"images/01-lab.jpg": PictureFile("image/jpeg", 100_000)}


def text_of(html: str) -> str:
    return " ".join(lxml_html.fragment_fromstring(html).text_content().split())


def article_of(*blocks: doc.Block, **changes: object):
    return write_article(issue_of(blocks, **changes), load_theme("cast"), {})


def linked(text: str, href: str) -> doc.Paragraph:
    return doc.Paragraph((doc.Link(href, (doc.Text(text),)),))


@pytest.mark.parametrize("theme", theme_names())
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_every_example_passes_the_checks_in_every_theme(folder: Path, theme: str) -> None:
    for issue in load_issues(folder):
        pictures = encode_pictures(issue, folder)
        for variant in variants_of((issue,))[0]:
            checked = export.checked_article(variant.issue, load_theme(theme), pictures)
            of_wechat = [finding for finding in checked.findings if finding.code.startswith("wechat-")]
            assert [str(finding) for finding in of_wechat if finding.level == "error"] == []
            sources = re.findall(r'<img src="([^"]*)"', checked.article.html)
            names = [f"images/{placed.name}" for placed in checked.article.pictures]
            assert list(dict.fromkeys(sources)) == names, "pictures are numbered in the order of the text"
            assert [name[7:10] for name in names] == [f"{number:02}-" for number in range(1, len(names) + 1)]


@given(strategies.SECTIONS)
def test_no_text_of_an_issue_can_become_markup_that_wechat_drops(section: doc.Section) -> None:
    article = write_article(issue_of(sections=(section,)), load_theme("plain"), {})
    structural = ("wechat-element", "wechat-attribute", "wechat-style", "wechat-link", "wechat-picture")
    findings = check_article("x", "", "", article.html, {})
    assert [str(finding) for finding in findings if finding.code in structural] == []


def test_the_list_of_contents_has_the_lead_because_here_it_is_one_of_the_articles_below() -> None:
    [section] = issue_of().sections
    section = replace(section, articles=tuple(doc.Article(f"a{at}", f"Title {at}", ()) for at in range(5)))

    def listed(**head: object) -> list[str]:
        article = article_of(sections=(section,), layout=doc.DIGEST, **head)
        [contents] = re.findall("<strong[^>]*>In this issue</strong>(.*?)</p>", article.html)
        return re.findall(r"Title \d", contents)

    assert listed(lead="a1") == [f"Title {at}" for at in range(5)]
    assert listed(highlights=("a4", "a1", "a2")) == ["Title 4", "Title 1", "Title 2"]


def test_links_are_numbered_notes_with_each_address_once() -> None:
    article = article_of(linked("The report", LINK), linked("again", LINK), linked("Mail", "mailto:a@example.org"))
    assert "The report</p>" not in article.html
    assert "<a " not in article.html
    text = text_of(article.html)
    assert "The report[1]" in text
    assert "again[1]" in text
    assert f"[1] The report: {LINK}" in text
    assert text.count(LINK) == 1
    assert "[2] Mail: a@example.org" in text
    assert [link.address for link in article.links] == [LINK, "a@example.org"]


def test_links_to_articles_of_wechat_stay_links_and_those_of_one_recipient_are_text() -> None:
    inside, similar = "https://mp.weixin.qq.com/s/abc", "https://mp.weixin.qq.com.example.org/s/abc"
    article = article_of(linked("Before", inside), linked("Similar", similar), linked("Leave", "{{ unsubscribe_url }}"))
    assert re.findall(r'<a href="([^"]*)"', article.html) == [inside]
    assert [link.address for link in article.links] == [similar]
    assert "Leave</p>" in article.html


def test_a_link_to_an_article_names_it_because_wechat_removes_ids() -> None:
    article = article_of(linked("below", "#one"))
    assert "below (→ One)" in text_of(article.html)
    assert article.links == ()


def test_title_digest_and_author_are_not_in_the_html() -> None:
    field = '{{ name or "reader" }}'
    article = article_of(subject=f"Light for {field}", preheader="A laser.", organisation="Society", title="News")
    assert (article.title, article.digest, article.author) == ("Light for reader", "A laser.", "Society")
    assert "Light for" not in article.html
    assert article_of(organisation="x" * 9, title="News").author == "News"


def test_the_public_variant_is_exported_in_chinese_if_there_is_any() -> None:
    folder = ROOT / "templates" / "specimen"
    assert export.choose_issue(load_issues(folder)).language == "zh-Hans"
    assert export.choose_issue(load_issues(folder), "en").language == "en"
    with pytest.raises(ComposeError, match="not written in the language “fr” — choose one of: en, zh-Hans"):
        export.choose_issue(load_issues(folder), "fr")
    secret = issue_of([doc.Paragraph((doc.Text("all"),)), doc.Only('country = "CN"', (doc.Paragraph((doc.Text("some"),)),))])
    article = write_article(export.choose_issue([secret]), load_theme("plain"), {})
    assert "some" not in text_of(article.html)


@pytest.mark.parametrize(
    ("html", "code"),
    [
        ("<p>x</p><script>1</script>", "wechat-element"),
        ("<style>p{color:red}</style>", "wechat-element"),
        ('<iframe src="images/01-lab.jpg"></iframe>', "wechat-element"),
        ("<form><p>x</p></form>", "wechat-element"),
        ("<p>x</p><!-- x -->", "wechat-element"),
        ('<p class="x">x</p>', "wechat-attribute"),
        ('<p id="x">x</p>', "wechat-attribute"),
        ('<p onclick="x">x</p>', "wechat-attribute"),
        ('<p style="color:red; position:absolute">x</p>', "wechat-style"),
        ('<p style="background:url(https://example.org/a.png)">x</p>', "wechat-style"),
        ('<p style="color:var(--ink)">x</p>', "wechat-style"),
        ('<a href="https://example.org/">x</a>', "wechat-link"),
        ('<a href="https://mp.weixin.qq.com@example.org/">x</a>', "wechat-link"),
        ('<a href="#x">x</a>', "wechat-link"),
        ('<img src="https://example.org/a.png" alt="">', "wechat-picture"),
        (f"<p>{'x' * 20_000}</p>", "wechat-characters"),
        (f"<p>{'字' * 334_000}</p>", "wechat-bytes"),
    ],
)
def test_the_checks_find_what_wechat_drops(html: str, code: str) -> None:
    assert [finding.code for finding in check_article("Title", "", "", html, FILES)] == [code]


def test_the_checks_find_fields_and_pictures_beyond_the_limits() -> None:
    def codes(title: str = "x", digest: str = "", author: str = "", pictures: dict[str, PictureFile] = FILES) -> list[str]:
        return [f"{finding.level} {finding.code}" for finding in check_article(title, digest, author, "<p>x</p>", pictures)]

    assert codes("题" * 32, "摘" * 120, "作" * 8) == []
    assert codes("题" * 33) == ["warning wechat-title-draft"]
    assert codes("题" * 65) == ["warning wechat-title"]
    assert codes(" ") == ["warning wechat-title-empty"]
    assert codes(digest="摘" * 121, author="作" * 9) == ["warning wechat-digest", "warning wechat-author"]
    assert codes(pictures={}) == ["warning wechat-cover"]
    pictures = {
        "images/01-a.webp": PictureFile("image/webp", 1), "images/02-b.gif": PictureFile("image/gif", 5_000_001),
        "images/03-c.png": PictureFile("image/png", 1_000_000),
    }  # fmt: skip
    assert codes(pictures=pictures) == [
        "error wechat-picture-type", "error wechat-picture-bytes", "warning wechat-picture-draft",
    ]  # fmt: skip


def test_the_files_of_an_export(tmp_path: Path) -> None:
    out = tmp_path / "out"
    exported = export.export(FOLDERS[1], out, theme_root=None)
    article = exported.checked.article
    assert (out / "article.html").read_text("utf-8") == article.html
    facts = json.loads((out / "wechat.json").read_text("utf-8"))
    assert facts["title"] == article.title
    assert [picture["file"] for picture in facts["pictures"]] == sorted(
        path.relative_to(out).as_posix() for path in (out / "images").iterdir()
    )
    page = (out / "wechat.html").read_text("utf-8")
    assert article.html in page
    [clipboard] = re.findall("<template[^>]*>(.*)</template>", page, re.DOTALL)
    assert "<img" not in clipboard
    assert f"[{article.pictures[0].name}]" in clipboard
    (out / "mine.txt").write_text("x")
    with pytest.raises(ComposeError, match="out-exists"):
        export.export(FOLDERS[1], out)
