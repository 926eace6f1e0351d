"""Web pages and Markdown: single rules, each with the smallest page that shows it; no script runs, nothing is downloaded."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from composer.importing.files.file_kinds import find_kind
from composer.importing.importer import Imported, import_file
from composer.importing.readers.html.html_nodes import decode_page, read_tree, refuse_depth
from composer.importing.refusals import ImportRefusedError, TooLongError
from composer.issue.document import Figure, Issue, Link, ListBlock, Paragraph, Table, Text, plain
from composer.issue.parsing.issue_file import parse_issue
from tests.composer.importing.comparing import questions_of
from tests.samples.make_documents import EXAMPLE, small_picture
from tests.support.effort import at_most
from tests.support.variations import first

HEAD = "<h1>The Harbour Post</h1><h2>News</h2><h3>Robots learn to weld</h3>"
Import = Callable[..., tuple[Imported, Issue]]


@pytest.fixture
def imported(tmp_path: Path) -> Import:
    def run(body: str, name: str = "post.html") -> tuple[Imported, Issue]:
        path = tmp_path / name
        path.write_text(f"<!DOCTYPE html><html><body>{body}</body></html>" if name.endswith("html") else body, encoding="utf-8")
        done = import_file(path)
        assert done.missing == ()
        return done, parse_issue(done.issue_md, unfinished=True)

    return run


def blocks_of(issue: Issue, kind: type) -> list[object]:
    return [block for article in issue.articles() for block in article.blocks if isinstance(block, kind)]


def test_scripts_styles_and_hidden_text_are_not_in_the_issue(imported: Import) -> None:
    done, _ = imported(
        f"{HEAD}<script>alert('never')</script><p onclick='x()'>We weld.</p><div style='DISPLAY: none'>a secret line</div>"
        "<nav><a href='/'>Home page</a></nav><a href='javascript:alert(1)'>Press here.</a>"
    )
    assert "never" not in done.issue_md
    assert "javascript" not in done.issue_md.split("check:")[0]
    assert "secret" not in done.issue_md
    assert "hidden in the page: a secret line" in done.report
    assert "the navigation of the page: Home page" in done.report


def test_pictures_embedded_or_next_to_the_page_are_taken_and_others_are_marked(imported: Import, tmp_path: Path) -> None:
    (tmp_path / "seam.jpg").write_bytes(small_picture("pacifichem.jpg"))
    data = base64.b64encode(small_picture("zhang-weiqing.jpg")).decode()
    done, issue = imported(
        f"{HEAD}<p>We weld.</p><img src='seam.jpg' alt='A seam'><p>And</p><img src='data:image/jpeg;base64,{data}' alt='A man'>"
        "<p>and</p><img src='http://127.0.0.1:9/x.png' alt='Far away'><p>or</p><img src='../../../etc/hostname' alt='Outside'>"
        "<img src='http://127.0.0.1:9/count.gif' width=1 height=1>"
    )
    figures = [(block.src, block.alt) for block in blocks_of(issue, Figure)]  # type: ignore[attr-defined]
    assert figures == [
        ("images/seam.jpg", "A seam"),
        ("images/picture-2.jpg", "A man"),
        ("missing", "Far away"),
        ("missing", "Outside"),
    ]
    assert set(done.pictures) == {"seam.jpg", "picture-2.jpg"}
    marks = " ".join(questions_of(issue))
    assert "an import downloads nothing" in marks
    assert "outside the folder of the page" in marks


def test_a_table_whose_merged_cells_add_up_to_27_000_is_taken_apart(imported: Import) -> None:
    row = "<tr>" + "<td rowspan=30>a</td>" * 30 + "</tr>"
    done, issue = imported(f"{HEAD}<p>We weld.</p><table><thead><tr><th>b</th></tr></thead>{row * 30}</table>")
    assert blocks_of(issue, Table) == []
    assert len(done.issue_md) < 50_000
    assert done.issue_md.count("a\n") >= 900, "no word is lost"


def test_data_tables_are_kept_and_layout_tables_are_not(imported: Import) -> None:
    _, issue = imported(
        f"<table role=presentation><tr><td>{HEAD}<p>We weld.</p></td><td><p>Beside it.</p></td></tr></table>"
        "<table><tr><th>Field</th><th>Members</th></tr><tr><td rowspan=2>Physics</td><td>12</td></tr><tr><td>13</td></tr></table>"
    )
    [table] = blocks_of(issue, Table)
    assert [[plain(cell) for cell in row] for row in (table.head, *table.rows)] == [  # type: ignore[attr-defined]
        ["Field", "Members"], ["Physics", "12"], ["", "13"],
    ]  # fmt: skip
    assert "merged" in " ".join(questions_of(issue))


def test_relative_links_are_resolved_and_lists_nest(imported: Import) -> None:
    _, issue = imported(
        f"<base href='https://harbour.example/news/'>{HEAD}<p>Read <a href='report'>the report</a>.</p>"
        "<ul><li>wash<ol start=3><li>weld</ol><li>look</ul>"
    )
    assert Link("https://harbour.example/news/report", (Text("the report"),)) in blocks_of(issue, Paragraph)[0].content  # type: ignore[attr-defined]
    [block] = blocks_of(issue, ListBlock)
    inner = block.items[0][1]  # type: ignore[attr-defined]
    assert (len(block.items), inner.ordered, inner.start) == (2, True, 3)  # type: ignore[attr-defined]


def test_html_saved_by_word_is_imported(imported: Import) -> None:
    _, issue = imported(
        "<p class=MsoTitle>The Harbour Post</p><h1>News</h1><h2>Robots learn to weld</h2><p class=MsoNormal>We weld.</p>"
        "<p class=MsoListParagraph>·&nbsp;&nbsp; wash</p><p class=MsoListParagraph>·&nbsp;&nbsp; look</p>"
    )
    assert issue.title == "The Harbour Post"
    assert [section.title for section in issue.sections] == ["News"]
    [block] = blocks_of(issue, ListBlock)
    assert len(block.items) == 2  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "body",
    ["<div>" * 100_000 + "words", "<p " + " ".join(f"a{number}=1" for number in range(100_000)) + ">words"],
    ids=["nested", "attributes"],
)
def test_pages_that_would_take_too_long_are_refused_quickly(imported: Import, body: str) -> None:
    with at_most(8), pytest.raises(ImportRefusedError, match=r"which cannot be read"):
        imported(body)


@pytest.mark.parametrize("ending", ["html", "txt", "md", ""])
@pytest.mark.parametrize("comments", ["<!---->" * 26, "<!-- a -->\n" * 10_000, "<!--" * 20_000], ids=["26", "10,000", "open"])
def test_a_page_of_comments_is_read_in_linear_time(comments: str, ending: str) -> None:
    """26 empty comments made the import hang: each further comment doubled the time."""
    with at_most(1):
        find_kind(comments.encode(), f"post.{ending}")


def test_a_page_that_begins_with_comments_is_imported_within_a_second(tmp_path: Path) -> None:
    path = tmp_path / "post.html"
    path.write_text("<!---->" * 10_000 + f"<body>{HEAD}<p>They do not tire.</p></body>", encoding="utf-8")
    with at_most(1):
        done = import_file(path)
    assert "They do not tire." in done.issue_md
    path.write_text("<!---->" * 26, encoding="utf-8")
    with at_most(1), pytest.raises(ImportRefusedError):
        import_file(path)


@pytest.mark.parametrize(
    "body",
    first(["&" * 2_000_000, "&nbsp;" * 700_000, "a&b " * 400_000, "&" * 50_000 + "word " * 900_000, "&" * 20_000 + "中" * 3_000_000]),
    ids=["bare", "named", "in words", "before a long text", "before a long text of three bytes a character"],
)  # fmt: skip
def test_too_many_ampersands_are_refused_quickly(imported: Import, body: str) -> None:
    with at_most(2), pytest.raises(ImportRefusedError, match=r"ampersands \(&\).* limit for a page of this size is [0-9,]+\."):
        imported(body)


@pytest.mark.soak
def test_a_long_page_of_character_references_is_read() -> None:
    for reference in ("&#x4e2d;", "&#20013;", "&eacute;", "a &amp; b "):
        page = read_tree("<p>" + reference * 60_000, "post.html")
        assert len(page.text) >= 60_000


def test_many_tags_just_below_the_longest_take_linear_time() -> None:
    tag = "<br" * 6_660 + ">"
    with at_most(2):
        refuse_depth(tag * 240, "post.html")
    with pytest.raises(ImportRefusedError, match=r"an HTML tag of more than 20,000 characters"):
        refuse_depth("<p>" + "<p " + "x" * 20_000, "post.html")


def test_a_page_in_gb2312_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "post.html"
    page = f"<html><head><meta charset=gb2312></head><body>{HEAD}<p>中国科学技术协会</p></body></html>"
    path.write_bytes(page.encode("gb2312"))
    assert "中国科学技术协会" in import_file(path).issue_md


@pytest.mark.parametrize(
    "element",
    ["<noframes><body>wombats dig</body></noframes>", "<title>wombats dig</title>", "<svg data-x='a<b'><text>wombats dig</text></svg>",
     "<svg><svg></svg><text>wombats dig</text></svg>", "<svg><text>wombats dig</text>", "<svg><title>wombats dig</title></svg>",
     "<math><mtext>wombats dig</mtext></math>", "<template><p>wombats dig</p></template>", "<object><p>wombats dig</object>",
     "<iframe>wombats dig</iframe>", "<svg><foreignObject><p>wombats dig</p></foreignObject></svg>"],
)  # fmt: skip
def test_words_in_elements_that_are_not_read_are_counted(imported: Import, element: str) -> None:
    done, _ = imported(f"<title>The Harbour Post, in full</title>{HEAD}<p>We weld.</p>{element}<style>p {{ color: red }}</style>")
    assert "2 words of drawings, formulas or frames of the page were not read" in done.report
    assert "the title of the page: The Harbour Post, in full" in done.report


def labelled(label: str, body: bytes) -> bytes:
    return b"<html><head><meta charset='%b'></head><body>%b" % (label.encode(), HEAD.encode()) + body


@pytest.mark.parametrize("label", ["punycode", "undefined", "idna", "hex", "unicode_escape", "replacement", "no-such-label"])
def test_a_page_cannot_choose_a_codec_that_is_not_a_web_encoding(label: str) -> None:
    body = "中国科学技术协会".encode() * 8 + b"a-" * 300_000
    with at_most(4):
        assert "中国科学技术协会" in decode_page(labelled(label, body), "post.html")[0]


@pytest.mark.parametrize(
    ("label", "encoding"),
    [("utf-16", "utf-8"), ("UTF-16BE", "utf-8"), ("gbk", "gb18030"), ("x-gbk", "gb18030"), ("iso-8859-1", "utf-8"),
     ("big5", "big5"), ("utf-8", "gb18030")],
)  # fmt: skip
def test_a_label_means_the_encoding_that_browsers_use_for_it(label: str, encoding: str) -> None:
    body = "<p>機器人在港口焊接。</p>"
    assert decode_page(labelled(label, body.encode(encoding)), "post.html")[0].endswith(body)


def test_a_page_labelled_latin_1_is_read_as_windows_1252() -> None:
    page = "<p>“café” – 5 €</p>"
    assert decode_page(labelled("latin1", page.encode("cp1252")), "post.html")[0].endswith(page)


@pytest.mark.parametrize("label", ["", "latin1"])
def test_a_cyrillic_page_is_not_read_as_western_and_its_encoding_is_called_a_guess(label: str) -> None:
    page = "<p>Институт сообщает, что новый корабль вышел в море.</p>"
    text, guess = decode_page(labelled(label, page.encode("cp1251")), "post.html")
    assert (text.endswith(page), guess) == (True, "windows-1251")


# -- Markdown -------------------------------------------------------------------------------------------------------

MARKDOWN = """---
title: "The Harbour Post"
author: Anne
---

# News

## Robots learn to weld

They weld *under* water, see [the report][r].

![A seam](images/pacifichem.jpg "The seam, after an hour")

| Field | Members |
|---|---|
| Physics | 12 |

1. wash
2. weld

    code of a machine

[r]: https://harbour.example/report
"""


def test_markdown_from_another_program_is_imported(tmp_path: Path) -> None:
    path = tmp_path / "post.md"
    path.write_text(MARKDOWN, encoding="utf-8")
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "pacifichem.jpg").write_bytes(small_picture("pacifichem.jpg"))
    done = import_file(path)
    issue = parse_issue(done.issue_md, unfinished=True)
    assert done.missing == ()
    assert (issue.title, issue.sections[0].title) == ("The Harbour Post", "News")
    assert "[the report](https://harbour.example/report)" in done.issue_md
    assert "from the head of the file: author: Anne" in done.report
    [figure] = blocks_of(issue, Figure)
    assert (figure.src, plain(figure.caption)) == ("images/pacifichem.jpg", "The seam, after an hour")  # type: ignore[attr-defined]
    assert len(blocks_of(issue, Table)) == 1
    assert [len(block.items) for block in blocks_of(issue, ListBlock)] == [2]  # type: ignore[attr-defined]


MORE_THAN_IS_SHOWN = """# Post

## News

See [the harbour](https://harbour.example "wombat") and [ref], [again][ref].

[ref]: https://harbour.example/ref "walrus herd"
[unused]: https://harbour.example/unused "okapi"
[REF]: https://harbour.example/second "tapir"

> | A | B |
> |---|---|
> | 1 | *zebra* | **lion** |
> | 2 | x \\| y | |
"""


def test_link_titles_unused_definitions_and_surplus_cells_are_not_lost(imported: Import) -> None:
    done, issue = imported(MORE_THAN_IS_SHOWN, "post.md")
    assert "Every word of the source is in the issue" in done.report
    [table] = blocks_of(issue, Table)
    assert [[plain(cell) for cell in row] for row in table.rows] == [["1", "zebra", "lion"], ["2", "x | y", ""]]  # type: ignore[attr-defined]
    left_out = done.report.partition("Left out")[2].partition("Changed")[0]
    for words in ("wombat", "walrus herd", "https://harbour.example/unused okapi", "https://harbour.example/second tapir"):
        assert words in left_out


def test_the_title_of_a_link_in_a_web_page_is_not_part_of_its_text(imported: Import) -> None:
    done, _ = imported('<h1>Post</h1><h2>News</h2><p>See <a href="https://e.org" title="wombat">x</a>.</p>')
    assert "wombat" not in done.report


def test_an_issue_file_is_not_imported_as_markdown() -> None:
    with pytest.raises(ImportRefusedError, match="already an issue file"):
        import_file(EXAMPLE / "issue.md")


@pytest.mark.parametrize(
    "body",
    first(["<table>" + ("<tr>" + "<td>" * 1000) * 1240, ("<table>" + ("<tr>" + "<td></td>" * 30) * 30 + "</table>") * 600,
     "<table><tr><td>a</table>" * 20_000]),
    ids=["one table", "large tables", "small tables"],
)  # fmt: skip
def test_too_many_table_cells_are_refused_before_they_are_arranged(imported: Import, body: str) -> None:
    with at_most(8), pytest.raises(TooLongError) as caught:
        imported(body)
    assert caught.value.finding.code == "import-too-long"
    assert caught.value.finding.params["unit"] == "cells of tables"


def test_a_long_run_of_markup_characters_is_refused_quickly(imported: Import) -> None:
    with at_most(8), pytest.raises(ImportRefusedError, match="in a row, which is not text"):
        imported("# News\n\n" + "[" * 50_000, "post.md")
