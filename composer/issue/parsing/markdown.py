"""The Markdown parser as the issue file uses it: CommonMark with tables, blocks between `:::`, words with a language.

`composer.issue.parsing.emphasis` says where emphasis begins and ends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, MutableMapping
from functools import cache
from types import SimpleNamespace
from typing import Any

from markdown_it import MarkdownIt, helpers
from markdown_it.common.utils import mdTrim
from markdown_it.ruler import Ruler
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.attrs import attrs_plugin
from mdit_py_plugins.container import container_plugin

from composer.issue.parsing.emphasis import EmphasisInline
from composer.issue.parsing.table_rows import note_more_cells

DEEPEST = 60  # nested elements; lxml drops the rest of a document silently somewhere above 200
CONTAINER = "container_block"  # the node type of a block between `:::`

# The first character of what a rule reads. A rule that is not named here may read any line; the one without a sign, what is left.
_LINE_SIGNS = {CONTAINER: ":", "fence": "`~", "blockquote": ">", "hr": "*-_", "list": "*-+0123456789", "heading": "#"}
_SIGNS = {
    "escape": "\\", "emphasis": "*_", "link": "[", "span": "[", "image": "!", "autolink": "<", "entity": "&",
    "text": "",
}  # fmt: skip
_ENDS_OF_TEXT = "*_[]\\!<&"  # the signs, and what ends the words of a link
_END_OF_TEXT = re.compile(f"[{re.escape(_ENDS_OF_TEXT)}]")
_BLANKS_BESIDE = re.compile(r" ?\n[ \t]*")


class Markdown(MarkdownIt):
    """CommonMark without what a newsletter has no place for. Links are judged by `composer.issue.links`, not here."""

    def __init__(self) -> None:
        super().__init__("commonmark", {"html": False, "maxNesting": DEEPEST + 10})
        self.disable(["code", "lheading", "reference", "html_block", "html_inline", "backticks"])
        # A text has one kind of line ends when it comes here; `_text` reads them.
        self.disable(["normalize", "newline", "text_join"])
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
        self.inline.ruler.at("text", _text)
        self.inline = _Inline(_RulesBySign(self.inline.ruler, _SIGNS, _at_character), self.inline.ruler2)
        self.block.ruler.at("paragraph", _paragraph)
        self.block.ruler = _RulesBySign(self.block.ruler, _LINE_SIGNS, _at_line)

    def normalizeLink(self, url: str) -> str:  # noqa: N802  (the parser's own name)
        return url

    def validateLink(self, url: str) -> bool:  # noqa: N802  (the parser's own name)
        return True


Rules = list[Callable[..., bool]]


class _RulesBySign(Ruler[Any]):
    """The rules of a parser that asks, of each of its chains, only those that can read what begins with a character.

    For the parser each chain is one rule: `asking` makes it from the rules by sign and from those for any other.
    """

    def __init__(
        self, ruler: Ruler[Any], signs: Mapping[str, str], asking: Callable[[dict[str, Rules], Rules], Callable[..., bool]]
    ) -> None:
        super().__init__()
        self._names = ruler.get_active_rules()
        self._chains: dict[str, Rules] = {}
        name_of = dict(zip(ruler.getRules(""), self._names, strict=True))
        for chain in ("", "paragraph", "blockquote", "list"):
            rules = ruler.getRules(chain)
            others = [rule for rule in rules if not signs.get(name_of[rule])]
            by_sign = {
                sign: [rule for rule in rules if sign in signs.get(name_of[rule], sign)]
                for sign in sorted(set("".join(signs.values())))
            }
            self._chains[chain] = [asking(by_sign, others)]

    def getRules(self, chainName: str = "") -> Rules:  # noqa: N802, N803  (the parser's own names)
        return self._chains[chainName]

    def get_active_rules(self) -> list[str]:
        return self._names


class _Inline(EmphasisInline):
    """Words without any sign are one text, whatever the rules."""

    def parse(self, src: str, md: MarkdownIt, env: MutableMapping[str, Any], tokens: list[Token]) -> list[Token]:
        if "  \n" in src or _has_sign(src):
            return super().parse(src, md, env, tokens)
        if src:
            tokens.append(Token("text", "", 0, content=_without_blanks_beside_line_ends(src)))
        return tokens


def _has_sign(words: str) -> bool:
    """Whether _END_OF_TEXT finds one; asked one by one, the signs are found to be absent much sooner."""
    return any(map(words.__contains__, _ENDS_OF_TEXT))


def _at_line(by_sign: dict[str, Rules], others: Rules) -> Callable[..., bool]:
    def ask(state: StateBlock, line: int, end: int, silent: bool) -> bool:
        at = state.bMarks[line] + state.tShift[line]
        for rule in by_sign.get(state.src[at : at + 1], others):  # noqa: SIM110  (asked for every line: any() takes longer)
            if rule(state, line, end, silent):
                return True
        return False

    return ask


def _paragraph(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """The lines up to an empty one, or to one with which another block begins: as the parser's own rule reads them, but as most
    of a text is paragraphs, by fewer calls."""
    (begins_block,) = state.md.block.ruler.getRules("paragraph")
    end, at = state.lineMax, start + 1
    around, state.parentType = state.parentType, "paragraph"
    while at < end and not state.isEmpty(at):
        # A line that is set in far goes on with the paragraph, and so does one that a quotation has taken for its own.
        if 0 <= state.sCount[at] <= state.blkIndent + 3 and begins_block(state, at, end, True):
            break
        at += 1
    state.parentType, state.line = around, at
    if state.level:
        words = state.getLines(start, at, state.blkIndent, False)
    else:  # around it is nothing that has taken signs or blanks from its lines
        words = state.src[state.bMarks[start] : state.eMarks[at - 1]]
    opening, inline, closing = Token("paragraph_open", "p", 1), Token("inline", "", 0), Token("paragraph_close", "p", -1)
    opening.map = inline.map = [start, at]
    opening.level = closing.level = state.level
    inline.level, inline.content = state.level + 1, mdTrim(words)
    state.tokens += (opening, inline, closing)
    return True


def _at_character(by_sign: dict[str, Rules], others: Rules) -> Callable[..., bool]:
    def ask(state: StateInline, silent: bool) -> bool:
        for rule in by_sign.get(state.src[state.pos], others):  # noqa: SIM110  (as above)
            if rule(state, silent):
                return True
        return False

    return ask


def _text(state: StateInline, silent: bool) -> bool:
    """Text up to the next sign, in as many lines as it takes: a line end stays in it, without the blanks beside it."""
    if state.src[state.pos] == "\n" and not silent and state.pending.endswith("  "):
        return _line_break(state)
    sign = _END_OF_TEXT.search(state.src, state.pos)
    words = state.src[state.pos : sign.start() if sign else state.posMax]
    if not words:
        return False
    if (two_blanks := words.find("  \n")) >= 0:
        words = words[: words.index("\n", two_blanks)]
    state.pos += len(words)
    if not silent:
        state.append_pending(_without_blanks_beside_line_ends(words))
    return True


def _without_blanks_beside_line_ends(words: str) -> str:
    beside = " \n" in words or "\n " in words or "\n\t" in words
    return _BLANKS_BESIDE.sub("\n", words) if beside else words


def _line_break(state: StateInline) -> bool:
    state.pending = state.pending.rstrip(" ")
    state.push("hardbreak", "br", 0)
    state.pos += 1
    while state.pos < state.posMax and state.src[state.pos] in " \t":
        state.pos += 1
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
        children = token.children or ()
        # None of them can be deeper than there are tokens: mostly, counting is enough.
        deep = token.level + len(children) > DEEPEST
        if deep and token.level + max((child.level for child in children), default=0) > DEEPEST:
            return token
    return None
