"""The Markdown parser, which asks few of its rules, finds what one finds that asks all of them; so do YAML's two parsers."""

from __future__ import annotations

import functools

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt, helpers
from mdit_py_plugins.attrs import attrs_plugin
from mdit_py_plugins.container import container_plugin

from composer.errors import ComposeError, Findings
from composer.issue.parsing import head
from composer.issue.parsing.issue_file import parse_issue
from composer.issue.parsing.markdown import DEEPEST, Markdown, parser
from composer.yaml_tree import compose_yaml
from tests.composer.making import codes

_PIECES = ("a", "b c", " ", "  ", "\n", "\n\n", "\t", "*", "**", "_", "[", "]", "(x)", "](https://x.org)", "![", "{lang=fr}", "<https://x.org>",
           "\\", "&amp;", "&#10;", "#", "## ", "- ", "* ", "1. ", "> ", "---", "~~~", "```", ":::", "::: only\n", "|", "\n|-|-|\n", "=", "`")  # fmt: skip


@functools.cache
def _asking_all() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST + 10})
    made.disable(["code", "lheading", "reference", "html_block", "html_inline", "backticks", "text_join"]).enable("table")
    container_plugin(made, "block", validate=lambda words, _: bool(words.strip()))
    attrs_plugin(made, after=(), spans=True, span_after="link")
    made.helpers = parser().helpers
    for name in ("normalizeLink", "validateLink"):
        setattr(made, name, getattr(parser(), name))
    return made


def _shown(reader: MarkdownIt, text: str) -> list[tuple[object, ...]]:
    """The tokens, those of a text in several lines as one."""
    shown: list[tuple[object, ...]] = []
    for token in reader.parse(text):
        shown.append((token.type, token.tag, token.level, token.map, token.info, token.attrs))
        for child in token.children or ():
            kind, words = ("text", "\n") if child.type == "softbreak" else (child.type, child.content)
            if kind == "text" and shown[-1][0] == "text" and shown[-1][1] == child.level:
                shown[-1] = ("text", child.level, f"{shown[-1][2]}{words}")
            elif kind == "text":
                shown.append(("text", child.level, words))
            else:
                shown.append((kind, child.tag, child.level, words, child.attrs))
    return shown


@given(st.lists(st.sampled_from(_PIECES), max_size=30).map("".join))
@example("a  \nb \n c\n\td\\\ne")
@example("[a *b*\nc](https://x.org) \n*d*  \n![e\nf](g)")
@example("a | b\n--|--\nc | d\n::: only\n- e\n  1. f\n> g\nh\n:::\n***")
def test_asking_rules_by_their_sign_finds_what_asking_all_finds(text: str) -> None:
    assert _shown(Markdown(), text) == _shown(_asking_all(), text)


@given(st.text(alphabet="ab/#()<>&;\\ \n\t\x7f", max_size=12), st.integers(0, 4), st.integers(0, 12))
@example("a&amp;b)", 0, 8)
@example("a\\)b)", 0, 6)
@example("a(b)c)", 0, 6)
@example("ab", 0, 1)
def test_addresses_are_read_as_the_parser_reads_them(text: str, start: int, end: int) -> None:
    ours = parser().helpers.parseLinkDestination(text, start, min(end, len(text)))
    theirs = helpers.parseLinkDestination(text, start, min(end, len(text)))
    assert ours.ok == theirs.ok
    assert not ours.ok or (ours.pos, ours.str) == (theirs.pos, theirs.str)


_YAML = ("a: b\n", "- c\n", "key: ", "  ", "\n", '"', "'", "|\n", ">-\n", "#", " # x", "[", "]", "{", "}", ", ", ": ", "? ", "!t ", "&a ", "*a", "\t", "~", "é", "---")  # fmt: skip


@given(st.lists(st.sampled_from(_YAML), max_size=12).map("".join))
@example("title: x\nfooter:\n  about: >-\n    y\n    z\n")
@example("a:\tb\n")
@example("a: |-# x\n  b\n")
@example("a: >2# x\n  b\n")
@example("a: b\n\ufeffc: d\n")
@example("!x a: b\n")
def test_a_head_means_the_same_to_both_parsers_of_yaml(text: str) -> None:
    def outline(node: yaml.Node | None) -> object:
        if isinstance(node, yaml.ScalarNode):
            return (node.start_mark.line, node.value, bool(node.style))
        if node is None:
            return None
        inner = [outline(part) for entry in node.value for part in (entry if isinstance(entry, tuple) else (entry,))]
        return (node.start_mark.line, type(node), inner)

    try:
        wanted = outline(yaml.compose(text, Loader=yaml.SafeLoader))
    except yaml.YAMLError:
        wanted = "a fault"
    if wanted != "a fault":
        assert outline(compose_yaml(text)) == wanted
        return
    found = Findings("issue.md")
    head.read_head(text, found)
    assert codes(found.found) == ["head-yaml"]


def test_a_block_named_by_nothing_but_a_mark_is_told() -> None:
    text = "---\ntitle: x\n---\n\n# A\n\n## B\n\n::: <!-- c -->\nd\n:::\n"
    with pytest.raises(ComposeError) as caught:
        parse_issue(text)
    assert "block-unknown" in codes(caught.value.findings)
