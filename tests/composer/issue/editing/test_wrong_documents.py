"""Valid documents, changed at random: read or refused, whatever a browser sends, and what is read can be stored."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composer.issue.editing.part_document import source_of
from composer.issue.editing.source_blocks import blocks_to_editor, raw_node
from composer.issue.inlines.node_reading import EditorDocumentError
from tests.composer import strategies

KINDS = [
    "doc", "paragraph", "text", "hardBreak", "mergeField", "subHeading", "figure", "caption", "credit", "portrait", "profile",
    "blockquote", "bulletList", "orderedList", "listItem", "table", "captionedTable", "tableCaption", "tableRow", "tableCell",
    "calendar", "calendarEvent", "eventTitle", "eventPlace", "action", "passage", "only", "sources", "sourceEntry", "editorMark",
    "rawSource", "strong", "emphasis", "link", "language",
]  # fmt: skip
JUNK: list[Any] = [
    None, True, 0, -1, 1.5, 10**12, "", "x", " ", "*a*", "\ud800", "\ufeff", "\u202e", "\x00", "\r\n\t", "\ufdd00\ufdd1", "_", "-->",
    [], [1], [None], ["x"], {}, {"type": "text"}, {"type": "text", "text": "b"}, {"content": [1]}, {"marks": "x"}, {"marks": [1]},
    {"type": "credit", "content": [1]}, {"type": "strong"}, {"type": "hardBreak", "text": 5, "marks": [{"type": "strong"}]},
    "Only: country = \"CN\"", "::: lang de\nx", "| a |\n|--|", "{{ name }}", "<!-- x",
]  # fmt: skip
KEYS = [
    "type",
    "attrs",
    "content",
    "marks",
    "text",
    "number",
    "start",
    "end",
    "src",
    "href",
    "tag",
    "condition",
    "source",
    "align",
]
DOCUMENTS = st.builds(
    lambda article, raw: {"only": article.only, "doc": {"type": "doc", "content": [*blocks_to_editor(article.blocks), *raw]}},
    strategies.ARTICLES,
    st.lists(strategies.BODIES.map(lambda source: raw_node(source, "")), max_size=1),
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every value in a document, as what holds it and its key there."""
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from places(value[key])


def mutate(document: Any, random: Random) -> None:
    found = list(places(document))
    if not found:
        return
    holder, key = random.choice(found)
    other, other_key = random.choice(found)
    match random.randrange(7):
        case 0:
            holder[key] = json.loads(json.dumps(random.choice(JUNK)))
        case 1:
            holder[key] = json.loads(json.dumps(other[other_key]))  # a valid value in the wrong place
        case 2 if isinstance(holder, dict):
            del holder[key]
        case 3 if isinstance(holder, dict):
            holder[random.choice(KEYS)] = json.loads(json.dumps(random.choice(JUNK)))
        case 4 if isinstance(holder, list):
            holder.insert(key, json.loads(json.dumps(random.choice([*JUNK, other[other_key]]))))
        case 5 if isinstance(holder, dict) and "type" in holder:
            holder["type"] = random.choice(KINDS)
        case 6 if isinstance(holder[key], str):
            holder[key] += random.choice([each for each in JUNK if isinstance(each, str)])


def read_or_refused(document: Any, seed: int, before: str) -> None:
    """Twenty changed copies of a document: drawing documents takes longer than reading them."""
    random, written = Random(seed), json.dumps(document)
    for _ in range(20):
        changed = json.loads(written)
        for _ in range(random.randint(1, 4)):
            mutate(changed, random)
        try:
            source_of(json.loads(json.dumps(changed)), before).encode()
        except EditorDocumentError:
            continue


SEEDS = st.integers(0, 2**32)


@given(DOCUMENTS, SEEDS, st.sampled_from(["", "One.\n\n::: box\nx\n:::\n\nTwo *words*."]))
@settings(max_examples=10)
def test_a_changed_document_is_read_or_refused(document: Any, seed: int, before: str) -> None:
    read_or_refused(document, seed, before)


@pytest.mark.soak
@given(DOCUMENTS, SEEDS, strategies.BODIES)
@settings(max_examples=500)
def test_ten_thousand_changed_documents_are_read_or_refused(document: Any, seed: int, before: str) -> None:
    read_or_refused(document, seed, before)


CREDIT = {"type": "credit", "content": [{"type": "text", "text": "A"}]}
PORTRAIT = {"type": "portrait", "attrs": {"src": "missing", "alt": ""}, "content": [CREDIT, {"type": "credit", "content": [1]}]}


@pytest.mark.parametrize(
    "node",
    [
        {"type": "editorMark", "attrs": {"text": "check: a"}, "content": [1]},
        {"type": "profile", "attrs": {"name": "A"}, "content": [PORTRAIT]},
        {"type": "profile", "attrs": {"name": "A"}, "content": [{**PORTRAIT, "content": [CREDIT, CREDIT]}]},
    ],
    ids=["content of a mark", "a wrong second credit", "a second credit"],
)
def test_content_that_a_node_does_not_have_is_refused(node: Any) -> None:
    with pytest.raises(EditorDocumentError):
        source_of({"doc": {"type": "doc", "content": [node]}}, "")


def test_content_nested_deeply_where_nothing_is_read_is_refused() -> None:
    inner: Any = {"type": "paragraph"}
    for _ in range(900):
        inner = {"type": "x", "content": [inner]}
    with pytest.raises(EditorDocumentError):
        source_of({"doc": {"type": "doc", "content": [{"type": "editorMark", "content": [inner]}]}}, "")


def test_text_of_a_line_break_is_ignored() -> None:
    line_break = {"type": "hardBreak", "text": 5, "marks": [{"type": "strong"}]}
    words = {"type": "text", "text": "a", "marks": [{"type": "strong"}]}
    node = {"type": "paragraph", "content": [words, line_break, words]}
    assert source_of({"doc": {"type": "doc", "content": [node]}}, "") == "**a\\\na**"


def test_half_a_character_in_lines_is_dropped() -> None:
    node = raw_node("::: box\na\ud800b\u202e\n:::", "")
    assert source_of({"doc": {"type": "doc", "content": [node]}}, "") == "::: box\nab\n:::"


def paragraph(*content: dict[str, Any]) -> Any:
    return {"doc": {"type": "doc", "content": [{"type": "paragraph", "content": list(content)}]}}


def words(text: str, *marks: dict[str, Any]) -> dict[str, Any]:
    return {"type": "text", "text": text, "marks": list(marks)}


LINKS = [{"type": "link", "attrs": {"href": f"https://e.org/{number}"}} for number in range(2)]
LANGUAGES = [{"type": "language", "attrs": {"tag": f"a{chr(97 + at // 26)}{chr(97 + at % 26)}"}} for at in range(101)]


@pytest.mark.parametrize(
    "marks", [LINKS, [{"type": "strong"}, {"type": "strong"}], LANGUAGES], ids=["links", "bold", "languages"]
)
def test_marks_that_no_editor_puts_on_one_node_are_refused(marks: Any) -> None:
    with pytest.raises(EditorDocumentError):
        source_of(paragraph(words("a", *marks)), "")


def test_languages_nest_in_each_other() -> None:
    first, second, *_ = LANGUAGES
    node = paragraph(words("a", first), words("b", first, second), words("c", second))
    assert source_of(node, "") == "[a[b]{lang=aab}]{lang=aaa}[c]{lang=aab}"


def test_line_breaks_in_a_row_have_the_marks_of_both_sides() -> None:
    line_break, strong = {"type": "hardBreak"}, {"type": "strong"}
    emphasis = {"type": "emphasis"}
    node = paragraph(words("a", strong), line_break, line_break, words("b", strong, emphasis), line_break, words("c"))
    assert source_of(node, "") == "**a\\\n\\\n_b_**\\\nc"
