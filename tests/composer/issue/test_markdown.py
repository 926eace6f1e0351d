"""The Markdown parser of the issue file and its nodes."""

import pytest

from composer.errors import ComposeError
from composer.issue.inlines.markdown import parser
from composer.issue.inlines.markdown_nodes import nodes_of
from composer.issue.parsing.issue_file import parse_issue
from tests.composer.making import codes


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("a\n b \n*c*\nd", [("text", "a\nb\n"), ("em", ""), ("text", "\nd")]),
        ("a  \nb\\\nc", [("text", "a"), ("hardbreak", ""), ("text", "b"), ("hardbreak", ""), ("text", "c")]),
        ("a\\*\nb", [("text", "a"), ("text_special", "*"), ("text", "\nb")]),
        ("\n[a\nb](https://x.org)", [("link", "")]),
    ],
)
def test_the_lines_of_a_text_are_one_node(text: str, nodes: list[tuple[str, str]]) -> None:
    (paragraph,) = nodes_of(parser().parse(text))
    assert [(node.type, node.content) for node in paragraph.children] == nodes


def test_a_block_with_only_an_editor_mark_as_name_is_reported() -> None:
    text = "---\ntitle: x\n---\n\n# A\n\n## B\n\n::: <!-- c -->\nd\n:::\n"
    with pytest.raises(ComposeError) as caught:
        parse_issue(text)
    assert "block-unknown" in codes(caught.value.findings)
