"""Markup that is not part of the format stays in the mail as written: each kind is a warning at its position, unless escaped."""

import pytest

from composer.errors import ComposeError, Finding
from composer.issue.document import ListBlock, Quote, Table, Text
from composer.issue.parsing.issue_file import parse_issue
from composer.issue.printing.issue_printer import print_issue
from tests.composer.making import BODY_LINE, HEAD, issue_of, paragraph

START = "# S\n## One {#one}\n"


def findings(body: str) -> tuple[Finding, ...]:
    try:
        return parse_issue(HEAD + START + body).findings
    except ComposeError as error:
        return error.findings


def places(body: str) -> list[tuple[str, int, int | None]]:
    """Returns (code, line, column); line 1 is the first line of `body`."""
    return [(each.code, (each.line or 0) - BODY_LINE - 1, each.column) for each in findings(body)]


@pytest.mark.parametrize(
    ("body", "code", "line", "column"),
    [
        ("some `code` here", "markup-foreign", 1, 6),
        ("first\n**a `b` c**", "markup-foreign", 2, 5),
        ("### Of `code`", "markup-foreign", 1, 8),
        ("| a |\n|---|\n| ~~z z~~ |", "markup-foreign", 3, 3),
        ("was ~~ten~~ twelve", "markup-foreign", 1, 5),
        ("said so[^1] twice", "markup-foreign", 1, 8),
        ("[^1]: a note", "markup-foreign", 1, 1),
        ("- a\n- [ ] task", "markup-foreign", 2, 3),
        ("- [x] done", "markup-foreign", 1, 3),
        ("A title\n===", "markup-foreign", 2, 1),
        ('[ref]: https://e.org "walrus"', "markup-foreign", 1, 1),
        ("see [the report][ref]", "markup-foreign", 1, 5),
        (":: action\n[a](https://e.org)\n::", "block-colons", 1, 1),
        ("| a | b |\n| 1 | 2 |\n| 3 | 4 |", "table-line", 1, 1),
        ("text\n| a | b |", "table-line", 2, 1),
        ("| a | b |\n|---|\n| 1 | 2 |", "table-line", 1, 1),
        ("a | b\n---|---|---", "table-line", 2, 1),
        ("Caption: the laser", "figure-alone", 1, 1),
        ("text\nCredit：DICP", "figure-alone", 2, 1),
        ("> Credit: DICP", "figure-alone", 1, 3),
        ("see [link] (https://e.org)", "markup-left", 1, 10),
        ("a lone *star", "markup-left", 1, 8),
    ],
)
def test_each_kind_of_foreign_markup_gives_one_warning_at_its_place(body: str, code: str, line: int, column: int) -> None:
    assert places(body) == [(code, line, column)]
    assert [each.level for each in findings(body)] == ["warning"]


@pytest.mark.parametrize(
    "body",
    [
        "\\`code\\`",
        "\\~~ten\\~~ or 5 ~~ 6 ~ 7",
        "said so\\[^1] \\[^1]: a note",
        "\\[^1]: a note",
        "- \\[ ] task",
        "\\===",
        "\\[ref]: https://e.org",
        "see [the report\\][ref] and [1] and [2](https://e.org)",
        "\\:: action",
        "a :: b, 12:30",
        "\\| a | b |",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "either | or",
        "Caption\\: the laser",
        "![a](missing)\nCredit: x\nCaption: y",
        "[link\\] (https://e.org), [link](https://e.org) (see there)",
        "Prices* rise; 5 * 3, 2*3; \\*star",
        "[1] (2023)",
    ],
)
def test_escaped_or_harmless_characters_give_no_warning(body: str) -> None:
    assert set(places(body)) <= {("image-missing", 1, 1)}


@pytest.mark.parametrize(
    "text",
    [
        "`a` b", "~~x~~ y ~~z~~", "~~~a", "[^1] [^2]: a", "[x][y] [l] (https://e.org)", "Caption: a", ":: action", "| a | b |", "===",
        "*star", "[ ] task", "[ref]: https://e.org", "|---|", "---|---",
    ],
)  # fmt: skip
def test_text_that_looks_like_markup_is_printed_escaped(text: str) -> None:
    """As an import finds such text in other documents."""
    blocks = (
        paragraph(text),
        ListBlock(((paragraph(text),),)),
        Quote((paragraph(text),)),
        Table(((Text(text),), (Text("x"),)), ()),
    )
    read = parse_issue(print_issue(issue_of(blocks)))
    assert read.sections[0].articles[0].blocks == blocks
    assert read.findings == ()


def test_each_kind_of_foreign_markup_has_its_own_hint() -> None:
    (code,), (box,), (alone,) = (findings(body) for body in ("`x`", "- [ ] x", "Credit: x"))
    assert "does not support code — delete the backticks; if it is meant as text, put a backslash" in str(code)
    assert "does not support check boxes — delete the box;" in str(box)
    assert str(alone).endswith("to show it as text, write `Credit\\:`")


@pytest.mark.parametrize(
    ("written", "field"),
    [
        ("*|FNAME|*", '{{ name or "reader" }}'),
        ("\\*|LNAME|\\*", '{{ name or "reader" }}'),  # as the editor escapes it
        ("*|UNSUB|*", "{{ unsubscribe_url }}"),
        ("%%FIRST%%", '{{ name or "reader" }}'),
        ("%%emailaddr%%", "{{ email }}"),
        ("{first_name}", '{{ name or "reader" }}'),
        ("${subscriber.email}", "{{ email }}"),
        ("{姓名}", '{{ name or "reader" }}'),
        ("[[name]]", '{{ name or "reader" }}'),
        ("%recipient.name%", '{{ name or "reader" }}'),
        ("*|LIST:COMPANY|*", "available: name, email, view_url"),
    ],
)
def test_a_merge_field_of_another_system_is_a_warning_with_the_nearest_field(written: str, field: str) -> None:
    (warning,) = findings(f"first\nDear {written}, hello")
    assert (warning.code, warning.level, warning.line) == ("field-foreign", "warning", BODY_LINE + 3)
    assert field in str(warning)


def test_merge_fields_of_other_systems_are_found_in_the_head_and_not_in_code_or_other_braces() -> None:
    head = HEAD.replace("Light in Dalian", "Light for {first_name}")
    assert [(each.code, each.line) for each in parse_issue(head + START + "x").findings] == [("field-foreign", 6)]
    assert {code for code, *_ in places("`*|FNAME|*` and `{name}`")} == {"markup-foreign"}
    assert (
        places('{{ name or "x" }} {x} {year} [[1]](https://e.org) 100%% or 5% name% [科学]{lang=zh-CN} f(x)={x} *a*|b|*c*') == []
    )


@pytest.mark.parametrize(
    ("body", "address"),
    [
        ("![The reef](images/my reef.jpg)\nCaption: The reef", "images/my reef.jpg"),
        ("![The *reef*](images/reef (1).jpg)", "images/reef (1).jpg"),
        ('see [the report](https://e.org/the report.pdf "title")', "https://e.org/the report.pdf"),
    ],
)
def test_an_address_with_a_space_is_one_error_and_angle_brackets_mend_it(body: str, address: str) -> None:
    (error,) = findings(body)
    assert (error.code, error.level, error.line) == ("address-space", "error", BODY_LINE + 2)
    assert f"(<{address}>)" in str(error)
    assert {code for code, *_ in places(body.replace(address, f"<{address}>"))} <= {"link-title"}
