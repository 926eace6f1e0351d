"""Where in the finished mail something of the issue stands."""

import pytest

from composer.issue.document import EditorMark
from composer.issue.parsing.issue_file import parse_issue
from editorial.previewing import mail_locator
from tests.composer.making import HEAD
from tests.support.issues import FOR_SOME


@pytest.fixture
def mail(composition):
    variant = composition.choose("en", {"country": "CN", "interests": "chemistry"})
    return composition.issues[0], variant.mail.html


@pytest.mark.parametrize(
    ("beginning", "expected"),
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
def test_a_line_of_the_issue_has_its_place(mail, beginning, expected):
    issue, html = mail
    line = next(at for at, line in enumerate(FOR_SOME.split("\n"), 1) if line.startswith(beginning))
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
    targets = {text: mail_locator.target_of_line(issue, line) for text, line in marks.items()}
    assert {text: target.picture or target.texts[0] for text, target in targets.items()} == {
        "section": "S", "heading": "First paragraph.", "again": "First paragraph.", "within": "Second  one.", "list": "An item",
        "inside": "Third paragraph", "picture": "A ring", "quotation": "Quoted words", "the end, on two lines": "Quoted words",
    }  # fmt: skip


@pytest.mark.parametrize("key", ["subject", "preheader"])
def test_what_only_inboxes_show_has_no_place_in_the_mail(mail, key):
    issue, html = mail
    assert mail_locator.locate(mail_locator.read(html), mail_locator.target_of_line(issue, issue.lines[key])) is None
