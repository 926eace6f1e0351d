"""The Markdown parser of the issue file: CommonMark with tables, blocks between `:::` and spans with a language.

`composer.issue.parsing.emphasis` says where emphasis begins and ends.
"""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Any

from markdown_it import MarkdownIt, helpers
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.attrs import attrs_plugin
from mdit_py_plugins.container import container_plugin

from composer.issue.parsing.emphasis import EmphasisInline
from composer.issue.parsing.table_rows import note_more_cells

DEEPEST = 60  # nested elements; lxml drops the rest of a document silently somewhere above 200
CONTAINER = "container_block"  # the node type of a block between `:::`


class Markdown(MarkdownIt):
    """CommonMark without what a newsletter has no place for. Links are judged by `composer.issue.links`, not here."""

    def __init__(self) -> None:
        super().__init__("commonmark", {"html": False, "maxNesting": DEEPEST + 10})
        self.disable(["code", "lheading", "reference", "html_block", "html_inline", "backticks"])
        # A text has one kind of line ends when it comes here, and an escaped character stays a token of its own.
        self.disable(["normalize", "text_join"])
        self.enable("table")
        note_more_cells(self)
        container_plugin(self, "block", validate=lambda words, _: bool(words.strip()))
        attrs_plugin(self, after=(), spans=True, span_after="link")
        functions: Any = SimpleNamespace(  # the parser asks it for these three
            parseLinkLabel=_end_of_label,
            parseLinkDestination=helpers.parseLinkDestination,
            parseLinkTitle=helpers.parseLinkTitle,
        )
        self.helpers = functions
        self.inline = EmphasisInline(self.inline.ruler, self.inline.ruler2)

    def normalizeLink(self, url: str) -> str:  # noqa: N802  (the parser's own name)
        return url

    def validateLink(self, url: str) -> bool:  # noqa: N802  (the parser's own name)
        return True


@cache
def parser() -> Markdown:
    """It keeps nothing of what it has read."""
    return Markdown()


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
