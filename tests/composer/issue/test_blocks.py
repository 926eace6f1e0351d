"""Tables, profiles, calendars, calls to action, passages, conditions: how each is parsed, and the position of each fault."""

from datetime import date

import pytest

from composer.errors import MOST_TOLD, ComposeError
from composer.issue.document import (
    Action,
    Block,
    Calendar,
    CalendarEvent,
    EditorMark,
    Emphasis,
    Field,
    Figure,
    Link,
    ListBlock,
    Only,
    Paragraph,
    Passage,
    Profile,
    Quote,
    ReaderQuestion,
    Sources,
    Span,
    Strong,
    SubHeading,
    Table,
    Text,
)
from composer.issue.parsing.issue_file import parse_issue
from tests.composer.making import BODY_LINE, HEAD, codes, paragraph

START = "# S\n## One {#one}\n"


def words(text: str) -> tuple[Text, ...]:
    return (Text(text),)


def blocks_of(body: str) -> tuple[Block, ...]:
    return parse_issue(HEAD + START + body).sections[0].articles[0].blocks


def places(body: str) -> list[tuple[str, int, int | None]]:
    """Returns (code, line, column) of every finding; line 1 is the heading of the section."""
    try:
        found = parse_issue(HEAD + body).findings
    except ComposeError as error:
        found = error.findings
    return [(finding.code, (finding.line or 0) - BODY_LINE + 1, finding.column) for finding in found]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("| a | b |\n|:--|--:|\n| *c* | |\n| d \\| e | f |",
         Table((words("a"), words("b")), (((Emphasis(words("c")),), ()), (words("d | e"), words("f"))), ("left", "right"))),
        ("Table: Members\n\n| a |\n|---|\n| 1 |", Table((words("a"),), ((words("1"),),), (), words("Members"))),
        ("table：成员\n\n| a |\n|---|", Table((words("a"),), (), (), words("成员"))),
        ("::: profile\n![she](missing)\nName: Zhang Weiqing\nRole: Chief engineer\nCredit: *DICP*\n\nSince 1999.\n\n- a\n:::",
         Profile("Zhang Weiqing", "Chief engineer", Figure("missing", "she", (), (Emphasis(words("DICP")),)),
                 (paragraph("Since 1999."), ListBlock(((paragraph("a"),),))))),
        ("::: profile\nName：张\n:::", Profile("张")),
        ("::: calendar\n- 2023-04-12 to 2023-04-14: [Robots](https://e.org/); Beijing\n- 2023-05-30: A \\; B\n:::",
         Calendar((CalendarEvent(date(2023, 4, 12), (Link("https://e.org/", words("Robots")),), date(2023, 4, 14), words("Beijing")),
                   CalendarEvent(date(2023, 5, 30), words("A ; B"))))),
        ("::: calendar\n- 2023-04-12–2023-04-14：机器人\n\n* 2023-05-01/2023-05-02: x\n:::",
         Calendar((CalendarEvent(date(2023, 4, 12), words("机器人"), date(2023, 4, 14)),
                   CalendarEvent(date(2023, 5, 1), words("x"), date(2023, 5, 2))))),
        ("::: action\n[Register **now**](https://e.org/)\n:::",
         Action(Link("https://e.org/", (Text("Register "), Strong(words("now")))))),
        ("::: action\n[Stop](<{{ unsubscribe_url }}>)\n:::", Action(Link("{{ unsubscribe_url }}", words("Stop")))),
        ("::: question\nWas it\nuseful?\n\n- Yes\n- No\n:::", ReaderQuestion("Was it useful?", ("Yes", "No"))),
        ("::: question next-1\n\\# one?\n\n* 1\\. 是\n* \\- 否\n* ?\n:::", ReaderQuestion("# one?", ("1. 是", "- 否", "?"), "next-1")),
        ("::: lang zh-CN\n中国\n\n> 科学\n:::", Passage("zh-CN", (paragraph("中国"), Quote((paragraph("科学"),))))),
        (":::: only country=='CN'\n::: lang ar\nx\n:::\n::::".replace("'", '"'),
         Only('country = "CN"', (Passage("ar", (paragraph("x"),)),))),
        (':::   only\tcountry in ("CN")\nx\n:::', Only('country = "CN"', (paragraph("x"),))),
        ("### 1. The economy", SubHeading("The economy", 1)),
        ("### 12) \\*The economy", SubHeading("*The economy", 12)),
        ("### 1\\. The economy", SubHeading("1. The economy")),
        ("### 1.5 degrees", SubHeading("1.5 degrees")),
        ("### 2023. ", SubHeading("2023.")),
    ],
)  # fmt: skip
def test_each_block_is_read(body: str, expected: Block) -> None:
    assert blocks_of(body)[0] == expected
    assert len(blocks_of(body)) == 1


def test_any_block_may_contain_spans_with_a_language_and_merge_fields() -> None:
    table, *_ = blocks_of('| [词]{lang=zh-CN} |\n|---|\n| {{ name or "you" }} |')
    assert table == Table((((Span("zh-CN", words("词"))),),), (((Field("name", "you"),),),))


def test_a_link_may_contain_a_span_with_a_language_but_no_link() -> None:
    assert blocks_of("[a [词]{lang=zh-CN}](https://e.org)")[0] == Paragraph(
        (Link("https://e.org", (Text("a "), Span("zh-CN", words("词")))),)
    )
    assert blocks_of("[a [b](https://e.org/b)](https://e.org)")[0] == Paragraph(
        (Text("[a "), Link("https://e.org/b", words("b")), Text("](https://e.org)"))
    )


def test_editor_marks_follow_the_block_that_contained_them() -> None:
    body = "| a <!-- one --> |\n|---|\n| b |\n\n::: calendar\n- 2023-04-12: x <!-- two -->\n:::\n\n::: action\n[x](https://e.org) <!-- three -->\n:::"
    found = blocks_of(f"{body}\n\n::: profile\nName: x <!-- four -->\n:::")
    assert [block.text for block in found if isinstance(block, EditorMark)] == ["one", "two", "three", "four"]
    assert [type(block).__name__ for block in found if not isinstance(block, EditorMark)] == [
        "Table",
        "Calendar",
        "Action",
        "Profile",
    ]
    assert all(isinstance(block, EditorMark) for block in found[1::2])


def test_sections_and_articles_can_have_conditions() -> None:
    body = '# S <!-- m -->\nOnly: country = "CN"\n\n## One\nOnly：a != 1 and b not in (True, "*x*")\n\nText.\n'
    section = parse_issue(HEAD + body).sections[0]
    assert section.only == 'country = "CN"'
    assert section.articles[0].only == 'a != 1 and b not in (True, "*x*")'
    assert section.articles[0].blocks == (paragraph("Text."),)


@pytest.mark.parametrize(
    ("body", "code", "line", "column"),
    [
        ("::: profil\nx\n:::", "block-unknown", 3, 5),
        ("::: \nx\n:::\n\n::: action now\n[a](https://e.org)\n:::", "block-words", 7, 12),
        ("::: lang zh\nx", "block-open", 3, 5),
        (":::: only a = 1\n::: lang zh\nx\n::::", "block-open", 4, 5),
        ("> ::: lang zh\n> x\n> :::", "block-place", 3, 7),
        ("- | a |\n  |---|", "block-place", 3, 1),
        ("::: lang zh\n:::", "block-empty", 3, 5),
        ("::: lang zh\n<!-- m -->\n:::", "block-empty", 3, 5),
        ("::: only a = 1\n:::", "block-empty", 3, 5),
        ("::: calendar\n:::", "block-empty", 3, 5),
        ("::: lang not!\nx\n:::", "language-wrong", 3, 10),
        ("::: lang zh\nSource: x\n:::", "sources-place", 4, 1),
        ("::: only a = b\nx\n:::", "condition", 3, 14),
        ('::: only a = "b" and c\nx\n:::', "condition", 3, 23),
        ('::: only a = "{{ name or \'x\' }}"\nx\n:::', "condition", 3, 15),
        ('text\n\nOnly: a = "b"', "only-place", 5, 1),
        ('Only: a = "b"\n\nOnly: a = "c"\n\nx', "only-place", 5, 1),
        ("Only: a = b\n\nx", "condition", 3, 11),
        ("Only: a = 1\nand text", "condition", 3, 12),
        ("::: action\nwords\n:::", "action-shape", 3, 1),
        ("::: action\n[a](https://e.org) and more\n:::", "action-shape", 3, 1),
        ("::: action\n[a](https://e.org)\n\n[b](https://e.org)\n:::", "action-shape", 3, 1),
        ("::: question\nA?\n\n- b\n:::", "question-shape", 3, 1),
        ("::: question\nA?\n\n- b\n- B\n:::", "question-shape", 3, 1),
        ("::: question\nA?\n\n- 1\n- 2\n- 3\n- 4\n- 5\n- 6\n:::", "question-shape", 3, 1),
        ("::: question\n- b\n- c\n:::", "question-shape", 3, 1),
        ("::: question\nA?\n\n- b\n\n  more\n- c\n:::", "question-shape", 3, 1),
        ("::: question\nA?\n\n1. b\n2. c\n:::", "question-shape", 3, 1),
        ("::: question So_so\nA?\n\n- b\n- c\n:::", "question-name", 3, 14),
        ("::: question\nA?\n\n- b\n- {{ name or 'x' }}\n:::", "field-place", 7, 1),
        ("::: question\nA?\n\n- b\n- c\n:::\n\n::: question\nB?\n\n- b\n- c\n:::", "question-twice", 10, 5),
        ("::: calendar\nwords\n:::", "calendar-shape", 4, 1),
        ("::: calendar\n- 12 April: Robots\n:::", "calendar-shape", 4, 3),
        ("::: calendar\n- 2023-04-12: a; b; c\n:::", "calendar-shape", 4, 3),
        ("::: calendar\n- 2023-04-12:\n:::", "calendar-shape", 4, 3),
        ("::: calendar\n- *x*\n:::", "calendar-shape", 4, 1),
        ("::: calendar\n- 2023-02-30: x\n:::", "date-wrong", 4, 3),
        ("::: calendar\n- 2023-04-12 to 2023-04-12: x\n:::", "calendar-days", 4, 1),
        ("::: profile\nRole: x\n:::", "profile-name", 3, 1),
        ("::: profile\n:::", "profile-name", 3, 1),
        ("::: profile\nName: x\nhello\n:::", "profile-line", 5, 1),
        ("::: profile\nName: x\nCredit: y\n:::", "profile-line", 5, 1),
        ("::: profile\nName: x\nName: y\n:::", "figure-twice", 5, 1),
        ("::: profile\nName: {{ name or 'x' }}\n:::", "field-place", 4, 1),
        ("::: profile\nName: *x*\n:::", "title-markup", 4, 1),
        ("::: profile\nName: x\n\n![a](missing)\n:::", "image-in-text", 6, 1),
        ("### 1. a\n\n### 3. b", "part-number", 5, 1),
        ("[x]{.red}", "span-attribute", 3, 1),
        ("[x]{lang=not!}", "markup-left", 3, 3),
        ("[x]{lang=toolonglanguage}", "language-wrong", 3, 10),
        ("| | b |\n|---|---|\n| 1 | 2 |", "table-head", 3, 1),
        ("| a | b |\n|---|---|\n| 1 | 2 | zebra |", "table-row", 5, 11),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n1 | 2 | | okapi", "table-row", 6, 11),
        ("::: only a = 1\n| a |\n|---|\n| `x|yak` |\n:::", "table-row", 6, 6),
        ('see [x](https://e.org "walrus herd")', "link-title", 3, 24),
        ('![x](missing "walrus")', "link-title", 3, 15),
        ("words before [x](htp://foo) and behind", "link-scheme", 3, 18),
        ("- ![a](missing)\n- b", "image-in-list", 3, 1),
        ("> x\n>\n> ![a](missing)", "image-in-list", 5, 1),
        ("::: table\n| a |\n|---|\n:::", "block-table", 3, 5),
        ("::: only a = 1 and b = 2 or c = 3\nx\n:::", "condition-mixed", 3, 26),
        ("{{ naem }}", "field-unknown", 3, 4),
    ],
)  # fmt: skip
def test_each_fault_has_its_line_and_column(body: str, code: str, line: int, column: int) -> None:
    assert (code, line, column) in places(START + body)


@pytest.mark.parametrize(
    "row", ["1 | 2", "| 1 | 2 |", "| 1 | x \\| y |", "| 1 | `x \\| y` |", "| 1 |", "| 1 | 2 | |", "| 1 | 2 | | |"]
)
def test_a_row_with_only_empty_surplus_cells_is_allowed(row: str) -> None:
    assert "table-row" not in [code for code, *_ in places(START + f"| a | b |\n|---|---|\n{row}")]


@pytest.mark.parametrize(
    ("body", "code", "line"),
    [
        ("::: only a = 1\n### x\n:::\n\n# S\n## One\nx", "heading-outside", 1),
        ("::: only a = 1\nSource: x\n:::\n\n# S\n## One\nx", "block-outside", 1),
        ("# S\n::: only a = 1\nx\n:::\n## One\nx", "block-outside", 2),
        ("# S\n## One\n::: only a = 1\n## Two\n:::", "heading-outside", 4),
        ("# S\n\nSummary: x\n\n## One\nx", "summary-outside", 3),
        ("# S\n## One\n\nSummary:\nBy: Mei Lin\n\nx", "summary-empty", 4),
        ("# S\n## One\n\nSumary: told\n\nx", "summary-label", 4),
        ("# S\n## One\n\n摘要：told\n\nx", "summary-label", 4),
        ("# S\n## One\n\n**Summary:** told\n\nx", "summary-label", 4),
        ("# S\n## One\n\nAuthor: Li Wei\n\nx", "author-label", 4),
        ("# S\n## One\n\n摘要：told\n作者：李伟\nx", "author-label", 5),
        ("# S\n## One\n\nSummary: told\nAutor: Li Wei\n\nx", "author-label", 5),
        ("# S\n## One\n\nSummary: told\n\n正文：x", "text-label", 6),
        ("# S\n## One\n\nText: full\n\nx", "text-label", 4),
        ("# S\n## One\n\nText&#x3a; full\n\nx", "text-label", 4),  # as the editor writes it
        ("# S\n## One\n\nText: whole\nx", "label-continued", 5),
        ("# S\n## One\n\nBy: Li Wei\nText: whole\nx", "label-continued", 6),
        ("# S\n## One\n\nSummary: told\nin two lines\nBy: Li Wei\nShe *built* it", "label-continued", 7),
        ("# S\n## One\n\nx\n\nBy: Li Wei", "author-not-first", 6),
        ("# S\n## One\n\nx\n\nText: whole", "text-not-first", 6),
    ],
)
def test_misplaced_content_inside_a_block_is_reported(body: str, code: str, line: int) -> None:
    assert (code, line) in [(found, at) for found, at, _ in places(body)]


def test_text_that_begins_like_other_labels_is_no_fault() -> None:
    for text in ("Author\\: Li Wei", "Authority: that of the court", "Next: the prize", "x\n\nAuthor: Li Wei", "- Text: full"):
        assert places(f"# S\n## One\n\n{text}") == [], text


def test_sources_inside_a_conditional_part_are_recognised() -> None:
    found = blocks_of("x\n\n::: only a = 1\nSource: news.cn\n:::")
    assert found[1] == Only("a = 1", (Sources((words("news.cn"),)),))


def test_the_number_of_listed_faults_is_limited() -> None:
    with pytest.raises(ComposeError) as caught:
        parse_issue(HEAD + START + "\n".join(f"{{{{ f{number} }}}}" for number in range(2000)))
    found = codes(caught.value.findings)
    assert len(found) == MOST_TOLD + 1
    assert found.count("many-faults") == 1


def test_errors_are_listed_even_with_too_many_warnings() -> None:
    many = "\n\n".join(f"<b>x{number}</b>" for number in range(MOST_TOLD))
    with pytest.raises(ComposeError) as caught:
        parse_issue(HEAD + START + many + "\n\n# Two\n## Three\n#### Too deep\n")
    found = caught.value.findings
    assert "heading-deep" in {finding.code for finding in found if finding.level == "error"}
    assert [finding.level for finding in found if finding.code == "many-faults"] == ["warning"]
    assert "more than 500 warnings; the rest is not listed" in str(caught.value)


def test_a_duplicate_fault_is_reported_once() -> None:
    assert [code for code, *_ in places(START + "<b>x</b> <b>x</b>")] == ["html-in-text", "html-in-text"]
