"""The Markdown parser as the issue file uses it: CommonMark with tables, blocks between `:::`, words with a language.

And its nodes, cut at places that are of no interest to Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from markdown_it import MarkdownIt, helpers
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from mdit_py_plugins.attrs import attrs_plugin
from mdit_py_plugins.container import container_plugin

DEEPEST = 60  # nested elements; lxml drops the rest of a document silently somewhere above 200
CONTAINER = "container_block"  # the node type of a block between `:::`


class Markdown(MarkdownIt):
    """CommonMark without what a newsletter has no place for. Links are judged by `composer.links`, not here."""

    def __init__(self) -> None:
        super().__init__("commonmark", {"html": False, "maxNesting": DEEPEST + 10})
        self.disable(["code", "lheading", "reference", "html_block", "html_inline", "backticks", "text_join"])
        self.enable("table")
        container_plugin(self, "block", validate=lambda words, _: bool(words.strip()))
        attrs_plugin(self, after=(), spans=True, span_after="link")
        functions: Any = SimpleNamespace(  # the parser asks it for these three
            parseLinkLabel=_end_of_label,
            parseLinkDestination=helpers.parseLinkDestination,
            parseLinkTitle=helpers.parseLinkTitle,
        )
        self.helpers = functions

    def normalizeLink(self, url: str) -> str:  # noqa: N802  (the parser's own name)
        return url

    def validateLink(self, url: str) -> bool:  # noqa: N802  (the parser's own name)
        return True


def _end_of_label(state: StateInline, start: int, disable_nested: bool = False) -> int:
    """Where the bracket at `start` closes, or -1. In a link may stand words with a language, but, as usual, no link."""
    before, depth, end = state.pos, 1, -1
    state.pos = start + 1
    while state.pos < state.posMax:
        sign, at = state.src[state.pos], state.pos
        depth -= sign == "]"
        if depth == 0:
            end = at
            break
        state.md.inline.skipToken(state)
        if sign == "[":
            if state.pos == at + 1:
                depth += 1
            elif disable_nested and state.src[state.pos - 1 : state.pos] != "}":
                break
    state.pos = before
    return end


def too_deep(tokens: list[Token]) -> Token | None:
    """The first token that is nested deeper than the engines bear."""
    for token in tokens:
        if token.level + max((child.level for child in token.children or ()), default=0) > DEEPEST:
            return token
    return None


def text_node(like: SyntaxTreeNode, words: str) -> SyntaxTreeNode:
    """A text node of the parser's kind with other words."""
    token = like.token
    assert token is not None  # noqa: S101  (a text node always has its token)
    return SyntaxTreeNode([token.copy(content=words)]).children[0]


def after(nodes: Sequence[SyntaxTreeNode], beginning: re.Pattern[str]) -> list[SyntaxTreeNode]:
    """The nodes without what `beginning` matches in the first."""
    first, *rest = nodes
    return [text_node(first, beginning.sub("", first.content, count=1)), *rest]


def at_line_ends(nodes: Sequence[SyntaxTreeNode]) -> list[list[SyntaxTreeNode]]:
    """The nodes of each line of a paragraph."""
    lines: list[list[SyntaxTreeNode]] = [[]]
    for node in nodes:
        if node.type in ("softbreak", "hardbreak"):
            lines.append([])
        else:
            lines[-1].append(node)
    return lines


def at_semicolons(nodes: Sequence[SyntaxTreeNode], skip: int = 0) -> list[list[SyntaxTreeNode]]:
    """The nodes between semicolons, without the first `skip` characters."""
    parts: list[list[SyntaxTreeNode]] = [[]]
    for number, node in enumerate(nodes):
        if node.type != "text":
            parts[-1].append(node)
            continue
        for part, words in enumerate(node.content[skip if number == 0 else 0 :].split(";")):
            if part:
                parts.append([])
            parts[-1].append(text_node(node, words))
    return parts
