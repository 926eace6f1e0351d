"""Where in the finished mail something of the issue stands."""

from __future__ import annotations

import pytest

from cli.issue.preview.folder_watch import FolderWatcher
from composer.errors import Finding
from composer.issue.document import EditorMark
from composer.issue.parsing.issue_file import parse_issue
from editorial.previewing import mail_locator
from tests.cli.issue.preview.conftest import ISSUE
from tests.composer.making import HEAD


@pytest.fixture
def mail(folder):
    composition = FolderWatcher(folder).look().composition
    variant = composition.choose("en", {"country": "CN", "interests": "chemistry"})
    return composition.issues[0], variant.mail.html


def element(html: str, at: int | None) -> str:
    assert at is not None
    return html[at : html.index("<", html.index(">", at))]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("title: CAST", "CAST Newsletter"),
        ("  about: CAST", "CAST is the largest"),
        ("Dear {{", "this issue has parts"),
        ("# Headlines", "Headlines"),
        ("## Madrid", "Madrid hosts"),
        ("The first paragraph", "The first paragraph tells"),
        ("![A ring", 'alt="A ring of molecules'),
        ("Caption: Pacifichem", 'alt="A ring of molecules'),
        ("The congress is open", "The congress is open"),
        ("## For chemists", "For chemists"),
        ("Only chemists read", "Only chemists read"),
        ("<!-- check", "Somebody is told about here"),
    ],
)
def test_a_line_of_the_issue_has_its_place(mail, words, expected):
    issue, html = mail
    line = next(at for at, line in enumerate(ISSUE.split("\n"), 1) if line.startswith(words))
    at = mail_locator.locate(mail_locator.read(html), mail_locator.target_of_line(issue, line))
    assert at is not None
    assert expected in html[at : at + 900].replace("\n", " ")
    assert html[at] == "<"


def test_a_mark_that_stands_alone_means_what_is_below_it():
    issue = parse_issue(
        HEAD
        + """# S

<!-- section -->

## One
<!-- heading -->

<!-- again -->

First paragraph.

Second <!-- within --> one.

<!-- list -->

- An item
- Another

Third paragraph
<!-- inside -->

<!-- picture -->

![A ring](missing)

> <!-- quotation -->
>
> Quoted words

<!-- the end,
on two lines -->
"""
    )
    marks = {block.text: block.line for block in issue.blocks() if isinstance(block, EditorMark)}
    found = {text: mail_locator.target_of_line(issue, line) for text, line in marks.items()}
    assert {text: place.picture or place.words[0] for text, place in found.items()} == {
        "section": "S", "heading": "First paragraph.", "again": "First paragraph.", "within": "Second  one.", "list": "An item",
        "inside": "Third paragraph", "picture": "A ring", "quotation": "Quoted words", "the end, on two lines": "Quoted words",
    }  # fmt: skip


@pytest.mark.parametrize("key", ["subject", "preheader"])
def test_what_stands_in_the_inbox_is_shown_there(mail, key):
    issue, _ = mail
    assert mail_locator.target_of_line(issue, issue.lines[key]).inbox


def test_a_finding_is_found_by_its_link_picture_or_words(mail):
    issue, html = mail
    index = mail_locator.read(html)

    def found(code, line=None, **params):
        return element(html, mail_locator.locate(index, mail_locator.target_of(Finding(code, params=params, line=line), issue)))

    assert found("link-http", url="http://english.cast.org.cn/").endswith("plain link")
    assert 'alt="A ring' in found("image-small", src="images/pacifichem.jpg")
    picture = index.pictures[0][1].rpartition("/")[2]
    assert 'alt="A ring' in found("images-weight", problem=f"{picture} has 300000 bytes, more than 200000")
    assert "Only chemists" in found("markup-left", text="chemists read this")


def test_a_finding_of_nothing_in_particular_has_no_place(mail):
    issue, html = mail
    assert (
        mail_locator.locate(
            mail_locator.read(html), mail_locator.target_of(Finding("size-gmail", params={"size": 1, "limit": 2}), issue)
        )
        is None
    )


def test_the_first_change_is_the_first_block_that_says_something_else(mail):
    _, html = mail
    changed = html.replace("Only chemists read", "None but chemists read")
    at = mail_locator.first_change(html, changed)
    assert changed[at] == "<"
    assert "None but chemists" in changed[at : at + 200]
    assert mail_locator.first_change(html, html.replace("#ffffff", "#fffffe")) is None
    cut = html.replace("Only chemists read this article.", "")
    assert "A portrait" in cut[mail_locator.first_change(html, cut) :][:400]


def test_a_picture_that_changed_is_a_change(mail):
    _, html = mail
    src = mail_locator.read(html).pictures[0][1]
    assert mail_locator.first_change(html, html.replace(src, "https://media.invalid/other.jpg")) is not None
