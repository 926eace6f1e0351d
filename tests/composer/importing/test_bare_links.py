"""Web addresses in the text of a document become links."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from composer.building import build
from composer.importing.importer import import_file, write_import
from composer.importing.structure.bare_links import link_content
from composer.issue.document import Article, Emphasis, Inline, Link, Strong, Text, plain, walk_inlines
from composer.issue.parsing.issue_file import parse_issue
from tests.samples.word_file import WordFile
from tests.support.effort import at_most

SITE = "https://forum.example.org/2026"


def addresses(content: tuple[Inline, ...]) -> list[tuple[str, str]]:
    return [(plain(node.children), node.href) for node in walk_inlines(content) if isinstance(node, Link)]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (f"论坛网站：{SITE}。", SITE),
        (f"论坛网站{SITE}，报名截止", SITE),
        (f"请登录{SITE}查看", SITE),
        (f"论坛（{SITE}）已开始", SITE),
        (f"论坛【{SITE}】", SITE),
        (f"“{SITE}”", SITE),
        (f"See {SITE}.", SITE),
        (f"See {SITE}!", SITE),
        (f"The site ({SITE}).", SITE),
        (f"The site [{SITE}], and", SITE),
        (f'"{SITE}",', SITE),
        ("https://en.example.org/wiki/Brest_(France).", "https://en.example.org/wiki/Brest_(France)"),
        ("http://a.example.org/?q=1&r=2;s=3,4#top;", "http://a.example.org/?q=1&r=2;s=3,4#top"),
    ],
)
def test_an_address_in_a_text_is_a_link_without_the_punctuation_around_it(text: str, address: str) -> None:
    made = link_content((Text(text),))
    assert addresses(made) == [(address, address)]
    assert plain(made) == text


@pytest.mark.parametrize(("text", "address"), [("网址www.cast.org.cn，", "www.cast.org.cn"), ("www.a.cn/b.", "www.a.cn/b")])
def test_an_address_without_a_scheme_is_a_link_with_its_text_unchanged(text: str, address: str) -> None:
    made = link_content((Text(text),))
    assert (addresses(made), plain(made)) == ([(address, f"http://{address}")], text)


def test_two_addresses_next_to_each_other_are_two_links() -> None:
    made = link_content((Text("https://a.example.org,https://b.example.org；www.c.example.org"),))
    assert [text for text, _ in addresses(made)] == ["https://a.example.org", "https://b.example.org", "www.c.example.org"]


@pytest.mark.parametrize(
    "text", ["https://", "www.cast", "http://localhost/", "awww.a.cn", "x@www.a.cn", "ftp://www.a.cn", "http://…"]
)
def test_other_texts_are_no_links(text: str) -> None:
    assert link_content((Text(text),)) == (Text(text),)


def test_links_of_the_document_stay_and_bold_addresses_are_links() -> None:
    content = (Link("https://b.example.org", (Text(SITE),)), Text(" "), Strong((Text(SITE),)), Text(" "), Emphasis((Text("so"),)))
    made = link_content(content)
    assert addresses(made) == [(SITE, "https://b.example.org"), (SITE, SITE)]
    assert isinstance(made[2], Strong)


def test_every_kind_of_text_gets_its_links_and_titles_get_none(tmp_path: Path) -> None:
    file = WordFile()
    file.paragraph("江南科技通讯 2026年第11期", "title")
    file.paragraph("2026年11月30日")
    file.paragraph("要闻", "heading 1")
    file.paragraph(f"论坛网站{SITE}", "heading 2")
    file.paragraph(f"论坛网站{SITE}。")
    file.item((Text(f"报名{SITE}；"),))
    file.item((Text("资料。"),))
    file.table([[("论坛", 1, ""), ("网站", 1, "")], [("新材料", 1, ""), (SITE, 1, "")], [("生命健康", 1, ""), (SITE, 1, "")]])
    file.paragraph(f"详情{SITE}", "heading 3")
    file.paragraph("会议闭幕。")
    file.paragraph(f"（来源：科技日报、{SITE}）")
    path = tmp_path / "通讯.docx"
    path.write_bytes(file.save())
    done = import_file(path)
    assert "Every word of the source is in the issue" in done.report
    [article] = parse_issue(done.issue_md, unfinished=True).articles()
    assert [href for content in contents_of(article) for _, href in addresses(content)] == [SITE] * 5
    assert (article.title, f"### 详情{SITE}" in done.issue_md) == (f"论坛网站{SITE}", True)
    write_import(done, tmp_path / "issue")
    build(tmp_path / "issue", tmp_path / "mail")
    assert (tmp_path / "mail" / "issue.html").read_text(encoding="utf-8").count(f'href="{SITE}"') == 5


def contents_of(article: Article) -> Iterator[tuple[Inline, ...]]:
    waiting = list(article.blocks)
    while waiting:
        block = waiting.pop()
        yield from block.contents()
        waiting += [inner for run in block.nested() for inner in run]


@pytest.mark.parametrize(
    "text", ["www." * 50_000, "https://a" * 20_000, ")" * 100_000, "https://a.cn/" + ")" * 100_000, ",www.a" * 20_000]
)
def test_hostile_texts_are_read_in_linear_time(text: str) -> None:
    with at_most(6.0):
        assert plain(link_content((Text(text),))) == text
