"""The Markdown parser of the issue file: CommonMark with tables, blocks between `:::` and spans with a language.

`composer.issue.inlines.emphasis` has the rules for emphasis.
"""

from functools import cache
from types import SimpleNamespace
from typing import Any

from markdown_it import MarkdownIt, helpers
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.attrs import attrs_plugin
from mdit_py_plugins.container import container_plugin

from composer.issue.inlines.emphasis import EmphasisInline
from composer.issue.inlines.table_rows import note_more_cells

DEEPEST = 60  # nested elements; above about 200, lxml silently drops the rest of a document
CONTAINER = "container_block"  # the node type of a block between `:::`


class Markdown(MarkdownIt):
    """CommonMark without the features that a newsletter does not need. `composer.issue.links` checks links, not this parser."""

    def __init__(self) -> None:
        super().__init__("commonmark", {"html": False, "maxNesting": DEEPEST + 10})
        self.disable(["code", "lheading", "reference", "html_block", "html_inline", "backticks"])
        # Line ends are already normalised, and escaped characters must stay separate tokens.
        self.disable(["normalize", "text_join"])
        self.enable("table")
        note_more_cells(self)
        container_plugin(self, "block", validate=lambda opening, _: bool(opening.strip()))
        attrs_plugin(self, after=(), spans=True, span_after="link")
        functions: Any = SimpleNamespace(  # the parser uses these three
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
    """Returns the parser, which keeps no state between texts."""
    return Markdown()


def _end_of_label(state: StateInline, start: int, disable_nested: bool = False) -> int:
    """Returns where the bracket at `start` closes, or -1. A link may contain spans with a language, but no links."""
    before, depth, end = state.pos, 1, -1
    state.pos = start + 1
    while state.pos < state.posMax:
        character, at = state.src[state.pos], state.pos
        depth -= character == "]"
        if depth == 0:
            end = at
            break
        state.md.inline.skipToken(state)
        if character == "[":
            if state.pos == at + 1:
                depth += 1
            elif disable_nested and state.src[state.pos - 1 : state.pos] != "}":
                break
    state.pos = before
    return end


def too_deep(tokens: list[Token]) -> Token | None:
    for token in tokens:
        if token.level + max((child.level for child in token.children or ()), default=0) > DEEPEST:
            return token
    return None
