"""A printed issue is parsed back as the same issue, whatever it contains."""

import pytest
from hypothesis import assume, example, given

from composer.errors import ComposeError
from composer.issue.document import (
    Article,
    Emphasis,
    LineBreak,
    ListBlock,
    Paragraph,
    Section,
    Strong,
    SubHeading,
    Table,
    Text,
)
from composer.issue.links import links_of
from composer.issue.parsing.issue_file import parse_issue
from composer.issue.printing.issue_printer import print_issue
from tests.composer.making import HEAD, issue_of, paragraph
from tests.composer.strategies import BODIES, SECTIONS
from tests.support.variations import examples

many = examples(200)


def _in_one(*blocks: object) -> Section:
    return Section("S", (Article("one", "One", blocks),))  # type: ignore[arg-type]


@many
@given(BODIES)
@example("### 5. \\*x")
@example("Source：a")
@example("\\\\{{ name }} \\\\<!-- m -->")
@example("a|b\\\n:--|--")
@example("**Caption: a\\\nb**")
@example("![x](missing)\nCaption: **a\\\nb**")
def test_a_parsed_issue_is_printed_and_parsed_back_the_same(body: str) -> None:
    try:
        first = parse_issue(HEAD + "# S\n## One {#one}\nx\n\n" + body)
    except ComposeError:
        return
    printed = print_issue(first)
    assert parse_issue(printed) == first, printed


@many
@given(SECTIONS)
@example(_in_one(Paragraph((Text("1"), Emphasis((Text("1"), Strong((Text(":"),)), Text("1")))))))
@example(_in_one(SubHeading("*x", 5)))
@example(_in_one(SubHeading("2. x", 1)))
@example(_in_one(SubHeading("2) x")))
@example(_in_one(Table(((Text("a|b\\"),),), (((Text("\\|"),),), ((),)))))
@example(_in_one(Paragraph((Text("a|b"), LineBreak(), Text(":--|--")))))
@example(_in_one(Paragraph((Emphasis((Text("data_set_b"), Strong((Text("(new)"),)))),))))
@example(_in_one(Paragraph((Text("a"), Emphasis((Text("a_b_c"), Strong((Text("(x)"),))))))))
@example(_in_one(ListBlock(((paragraph("a"),), (paragraph("b"),)), True, 999_999_999)))
def test_a_generated_issue_is_printed_and_parsed_back_the_same(section: Section) -> None:
    """Importers generate issues, which must also survive being written to a file."""
    issue = issue_of(sections=(section,))
    assume(all("-mr_" not in str(content) for block in issue.blocks() for content in block.contents()))
    names = [question.name for question in issue.questions()]
    assume(len(names) == len(set(names)))  # two with one name are an error
    printed = print_issue(issue)
    assert parse_issue(printed).sections == issue.sections, printed


@pytest.mark.parametrize("words", ["Only", "Source", "Sources", "Table", "Caption", "Name"])
@pytest.mark.parametrize("colon", [":", "：", " :"])
def test_a_paragraph_that_begins_with_a_keyword_stays_a_paragraph(words: str, colon: str) -> None:
    section = _in_one(paragraph(f"{words}{colon} x"), Table(((Text("a"),),), ()))
    assert parse_issue(print_issue(issue_of(sections=(section,)))).sections == (section,)


def test_a_link_in_a_cell_keeps_its_address() -> None:
    issue = parse_issue(HEAD + "# S\n## One\n| a |\n|---|\n| [x](https://e.org/a\\|b) |\n")
    again = parse_issue(print_issue(issue))
    assert again == issue
    found = [link.href for block in again.blocks() for content in block.contents() for link in links_of(content)]
    assert found == ["https://e.org/a|b"]
