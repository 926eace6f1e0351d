"""The document of the rich text editor: lossless from blocks and back, and lines that nobody changed stay as they are."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composer.issue import document as doc
from composer.issue.blocks.list import print_blocks
from composer.issue.document import Block
from composer.issue.editing.part_document import document_of, source_of
from composer.issue.editing.source_blocks import blocks_of_editor, blocks_to_editor, read_groups
from composer.issue.inlines.editor_inlines import inlines_of_editor, inlines_to_editor
from composer.issue.inlines.node_reading import EditorDocumentError
from composer.issue.parts.id_writing import with_ids
from composer.issue.parts.part_texts import opened
from composer.issue.parts.splitting import split
from tests.composer import strategies
from tests.support.variations import examples

ROOT = Path(__file__).parents[4]
FILES = sorted(path for folder in ("examples", "templates") for path in (ROOT / folder).rglob("issue*.md"))
WRITTEN = """Only:   country="CN"

One line
of *two*  lines.
- an item without an empty line before it
* another list


Table: A caption
|a|b|
|-|-:|
|1|2|

<!-- check: this
date -->

Source: [A](https://e.org/a) ; B
"""
FAULTY = {
    "heading": "#### deep",
    "rule": "- - -",
    "field": "Dear {{ first_name }},",
    "table": "|a|\n|-|\n|b|c|",
    "block": "::: box\nx\n:::",
    "open block": "::: lang de\nWort",
    "open mark": "text <!-- no end",
    "picture": "![]()",
    "date": "::: calendar\n- 2026-02-30: x\n:::",
    "language": "::: lang not a tag\nx\n:::",
    "condition": "::: only country ~ 1\nx\n:::",
}


def bodies() -> list[str]:
    files = [with_ids({"issue.md": path.read_text()})["issue.md"] for path in FILES]
    found = [opened(part.text).body for file in files for part in split(file) if not part.id.startswith("@")]
    return [*found, WRITTEN]


RANK = ["link", "language", "emphasis", "strong"]


def by_rank(node: dict[str, Any]) -> dict[str, Any]:
    """The node as an editor returns it: marks sorted by their rank, not as they nest; neighbours with the same marks joined."""
    changed = {key: joined([by_rank(each) for each in value]) if key == "content" else value for key, value in node.items()}
    if node.get("type") == "hardBreak":
        changed.pop("marks", None)  # a line break is neither bold nor in a language
    elif "marks" in node:
        changed["marks"] = sorted(node["marks"], key=lambda mark: RANK.index(mark["type"]))
    return changed


def joined(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for node in nodes:
        if found and node["type"] == "text" == found[-1]["type"] and node.get("marks") == found[-1].get("marks"):
            found[-1] = {**found[-1], "text": found[-1]["text"] + node["text"]}
        else:
            found.append(node)
    return found


def over_the_wire(document: dict[str, Any]) -> Any:
    return json.loads(json.dumps({**document, "doc": by_rank(document["doc"])}, ensure_ascii=False))


@pytest.mark.parametrize("body", bodies())
def test_a_part_that_nobody_changed_stays_byte_for_byte(body: str) -> None:
    document = document_of(body)
    assert not [node for node in document.nodes if node["type"] == "rawSource"]
    assert source_of(over_the_wire(document.json()), body) == body


@pytest.mark.parametrize("body", FAULTY.values(), ids=FAULTY)
def test_lines_that_cannot_be_read_are_kept_as_they_are(body: str) -> None:
    whole = f"Before.\n\n{body}"
    document = document_of(whole)
    raw = [node["attrs"] for node in document.nodes if node["type"] == "rawSource"]
    assert [each["source"] for each in raw] == [body if body != FAULTY["open mark"] else whole]
    assert raw[0]["problem"]
    assert source_of(over_the_wire(document.json()), whole) == whole
    changed = document.json()
    changed["doc"]["content"].insert(0, {"type": "paragraph", "content": [{"type": "text", "text": "New"}]})
    assert source_of(over_the_wire(changed), whole) == f"New\n\n{whole}"


def test_lines_that_their_author_repaired_become_blocks() -> None:
    document = document_of("::: box\nx\n:::").json()
    document["doc"]["content"][0]["attrs"]["source"] = "::: lang de\nx\n:::"
    source = source_of(document, "::: box\nx\n:::")
    assert [node["type"] for node in document_of(source).nodes] == ["passage"]


def test_one_changed_block_leaves_the_lines_of_the_others() -> None:
    changed = document_of(WRITTEN).json()
    kinds = [node["type"] for node in changed["doc"]["content"]]
    assert kinds == ["paragraph", "bulletList", "bulletList", "captionedTable", "editorMark", "sources"]
    changed["doc"]["content"][0]["content"][0]["text"] = "Another line of "
    assert (
        source_of(over_the_wire(changed), WRITTEN)
        == WRITTEN.replace("One line\nof *two*  lines.\n", "Another line of *two*  lines.\n\n").rstrip()
    )


def test_deleting_moving_and_adding_blocks_changes_only_these() -> None:
    before = "One.\n\n* two\n\nThree  with *care*.\n\n\nFour."
    document = document_of(before).json()
    _, two, three, four = document["doc"]["content"]
    new = {"type": "subHeading", "attrs": {"number": None}, "content": [{"type": "text", "text": "New"}]}
    document["doc"]["content"] = [three, four, new, two]
    assert source_of(over_the_wire(document), before) == "Three  with *care*.\n\n\nFour.\n\n### New\n\n* two"
    document["doc"]["content"] = []
    assert source_of(document, before) == ""


@pytest.mark.parametrize(
    "source",
    ["::: action\n[]()\n:::", "::: action\n[](https://e.org)\n:::", "::: action\n[Register]()\n:::", "::: profile\nName: \n:::",
     "::: calendar\n- 2026-01-01: \n:::", "::: calendar\n- 2026-01-01: ; Town\n:::", "### ", "### 3. &nbsp;", "::: only \n\n:::", "::: lang de\n\n:::", "![](missing)"],
)  # fmt: skip
def test_an_unfinished_card_comes_back_as_a_card(source: str) -> None:
    (group,) = read_groups(source)
    assert group.fault is None
    nodes = blocks_to_editor(group.blocks)
    assert print_blocks(blocks_of_editor(nodes)) == source


def unchanged(blocks: tuple[Block, ...]) -> None:
    nodes = json.loads(json.dumps(blocks_to_editor(blocks)))
    # Emphasis that goes on into a word of another language may be around that word or in it: for the editor it is the same.
    again = blocks_to_editor(blocks_of_editor(nodes))
    assert [by_rank(node) for node in again] == [by_rank(node) for node in nodes]
    body = print_blocks(blocks)
    document = document_of(body)
    assert source_of(over_the_wire(document.json()), body) == body


@pytest.mark.soak
@given(strategies.ARTICLES)
@settings(max_examples=15)
def test_blocks_survive_the_editor(article: Any) -> None:
    unchanged(article.blocks)


def test_a_language_within_another_one_stays_within_it() -> None:
    german: doc.Inlines = (doc.Span("de", (doc.Text("1"),)),)
    content = (doc.Strong((*german, doc.Span("zh-CN", german))),)
    assert inlines_of_editor(json.loads(json.dumps(inlines_to_editor(content)))) == content


@pytest.mark.soak
@given(strategies.ARTICLES)
@settings(max_examples=2_000)
def test_two_thousand_articles_survive_the_editor(article: Any) -> None:
    unchanged(article.blocks)


WRONG: dict[str, Callable[[dict[str, Any]], None]] = {
    "node": lambda node: node.update(type="script"),
    "field": lambda node: node["content"].append({"type": "mergeField", "attrs": {"name": "password"}}),
    "mark": lambda node: node["content"][0].update(marks=[{"type": "textStyle", "attrs": {"style": "color:red"}}]),
    "text": lambda node: node["content"][0].update(text=5),
    "content": lambda node: node.update(content="x"),
    "language": lambda node: node["content"][0].update(marks=[{"type": "language", "attrs": {"tag": '"><script>'}}]),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_what_the_editor_never_makes_is_refused(change: Callable[[dict[str, Any]], None]) -> None:
    document = document_of("One paragraph.").json()
    change(document["doc"]["content"][0])
    with pytest.raises(EditorDocumentError):
        source_of(document, "One paragraph.")


MISPLACED = 'For members of the board.\n\nOnly: country = "CN"\n\nMore.'


def text_node(words: str) -> dict[str, Any]:
    return {"type": "paragraph", "content": [{"type": "text", "text": words}]}


def test_a_misplaced_condition_stays_while_another_block_changes() -> None:
    document = document_of(MISPLACED).json()
    document["doc"]["content"][0] = text_node("For all.")
    assert source_of(over_the_wire(document), MISPLACED) == MISPLACED.replace("For members of the board.", "For all.")


def test_a_misplaced_condition_that_is_typed_as_lines_stays() -> None:
    document = document_of("One.\n\n::: box\nx\n:::").json()
    document["doc"]["content"][1]["attrs"]["source"] = 'Only: country = "CN"\n\nMore.'
    assert source_of(document, "One.\n\n::: box\nx\n:::") == 'One.\n\nOnly: country = "CN"\n\nMore.'


def test_a_misplaced_condition_at_the_beginning_becomes_that_of_the_part() -> None:
    document = document_of(MISPLACED).json()
    del document["doc"]["content"][0]
    source = source_of(document, MISPLACED)
    assert source == 'Only: country = "CN"\n\nMore.'
    assert document_of(source).only == 'country = "CN"'


@pytest.mark.parametrize("body", ["\ufeff", "A\n\n\ufeff\n\nB", "A\n\n> \ufeff\n\nB", 'Only: country = "\ufeff"\n\nA'])
def test_blocks_of_invisible_characters_are_shown_as_lines(body: str) -> None:
    document = document_of(body, lambda fault: fault.code)
    assert [node["attrs"]["problem"] for node in document.nodes if node["type"] == "rawSource"] == ["bad-character"]
    assert source_of(over_the_wire(document.json()), body) == body


ANY_TEXT = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=40),
    st.lists(
        st.sampled_from(["A.", 'Only: country = "CN"', "\ufeff", "<!-- m -->", "::: box\nx\n:::", "- - -", "\u202e", "> \ufeff"])
        | strategies.BODIES,
        max_size=5,
    ).map("\n\n".join),
)


def raw_sources(nodes: list[dict[str, Any]]) -> list[str]:
    return [node["attrs"]["source"] for node in nodes if node["type"] == "rawSource"]


@given(ANY_TEXT)
@examples(200)
def test_any_text_comes_back_unchanged(body: str) -> None:
    assert source_of(over_the_wire(document_of(body).json()), body) == body


@given(ANY_TEXT)
@examples(100)
def test_no_raw_line_is_lost_when_blocks_around_it_change(body: str) -> None:
    document = document_of(body).json()
    nodes = document["doc"]["content"]
    raw = raw_sources(nodes)
    for changed in (
        [text_node("New"), *nodes],
        [*nodes, text_node("New")],
        [text_node("New") if node["type"] == "paragraph" else node for node in nodes],
        raw and [node for node in nodes if node["type"] == "rawSource"],
    ):
        source = source_of(over_the_wire({**document, "doc": {"type": "doc", "content": list(changed)}}), body)
        at = 0
        for lines in raw:
            at = source.index(lines, at) + len(lines)
