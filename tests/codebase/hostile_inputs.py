"""Texts that make an expression slow: fixed ones, and others built from the parse tree of the expression itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from re import _constants as codes  # type: ignore[attr-defined]  # the parser of `re`, there since Python 3.11
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

UNITS = (" ", "\n", "\t", "a", "a ", " a", "a\n", "\na", "-", "<", "<a ", "<a", "</", "<a>", "<!--", "<!---->", "<!-- a -->", "<!-- a -->\n", "> <!---->",
         "<!--[if mso]>", "<!--[if mso]><![endif]-->", "<!DOCTYPE html>", "<style", "<style>", "<style></style>", '<a b="', '<a href="', "<table", "<td width=", '"', "'",
         '="', "{", "{}", "{{", "{{}}", "{{#", "}", "\\", "\\{{", "\\}}", "[", "[]", "[]()", "](", "()", "(", "**", "*", "*a* ", ":", ": ", ".", ".a", "a.", "@",
         "a@", "mailto:", "%", "&", "&amp;", "#", "1", "1.", "1 ", "1,", "-m", "-mr_", "mr_", "_", "a_", "-a", "\u4e2d", "\u4e2d\u3002", "=", "a=", " or ", "class=\"",
         " padding=\"", "/*", "/**/", ",", ", ", ";", "; ", "> <", ">\n", "\r\n", "\n\n", " \n", "|", "|-", "| ", "http://a", "//", "/a", "`", "~", "A", "A ", "Aa ", "1a", "a-")  # fmt: skip
SUFFIXES = ("\0\n\0", "a")  # endings at which most matches fail: NUL characters around a line break, and a letter


def sample(tree: Any, *, other: bool, before: list[Any] | None = None) -> str:
    """A text that a parsed expression matches: the shortest, or with `other` one with another alternative and one more repeat."""
    out = ""
    for code, value in tree:
        if code is codes.LITERAL:
            out += chr(value)
        elif code is codes.NOT_LITERAL:
            out += next(sign for sign in "a x" if ord(sign) != value)
        elif code is codes.ANY:
            out += "a"
        elif code is codes.IN:
            out += _member(value, other=other)
        elif code is codes.BRANCH:
            out += sample(value[1][-1 if other else 0], other=other)
        elif code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            out += sample(value[2], other=other) * min(value[1], value[0] + other)
        elif code is codes.SUBPATTERN:
            out += sample(value[3], other=other)
        elif code is codes.ATOMIC_GROUP:
            out += sample(value, other=other)
    return out


def _member(members: list[Any], *, other: bool) -> str:
    negated = members[0][0] is codes.NEGATE
    order = " a1-A_.,:;!\n\t\u4e2d" if other else "a1A-_.,:; !\n\t\u4e2d"
    for sign in order:
        if _is_in(sign, members[1:] if negated else members) is not negated:
            return sign
    first = next((value for code, value in members if code in (codes.LITERAL, codes.RANGE)), None)
    return "" if first is None or negated else chr(first if isinstance(first, int) else first[0])


_CLASSES = {
    codes.CATEGORY_DIGIT: str.isdigit, codes.CATEGORY_SPACE: str.isspace, codes.CATEGORY_WORD: lambda sign: sign.isalnum() or sign == "_",
}  # fmt: skip
_NOT = {
    codes.CATEGORY_NOT_DIGIT: str.isdigit,
    codes.CATEGORY_NOT_SPACE: str.isspace,
    codes.CATEGORY_NOT_WORD: _CLASSES[codes.CATEGORY_WORD],
}


def _is_in(sign: str, members: list[Any]) -> bool:
    for code, value in members:
        if code is codes.LITERAL and ord(sign) == value:
            return True
        if code is codes.RANGE and value[0] <= ord(sign) <= value[1]:
            return True
        if code is codes.CATEGORY and (_CLASSES[value](sign) if value in _CLASSES else not _NOT[value](sign)):
            return True
    return False


def pumps(tree: Any, before: str = "") -> Iterator[tuple[str, str]]:
    """Yield (text before, text to repeat) for every repeat in a parsed expression, in two variants."""
    for code, value in tree:
        inner: list[Any] = []
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            if value[1] > 20:
                for other in (False, True):
                    if unit := sample(value[2], other=other):
                        yield before, unit
            inner = [value[2]]
        elif code is codes.SUBPATTERN:
            inner = [value[3]]
        elif code is codes.ATOMIC_GROUP:
            inner = [value]
        elif code is codes.BRANCH:
            inner = value[1]
        elif code in (codes.ASSERT, codes.ASSERT_NOT):
            inner = [value[1]]
        for each in inner:
            yield from pumps(each, before)
        before += sample([(code, value)], other=False)


def inputs(pattern: re.Pattern[Any]) -> Iterator[tuple[str, str, str]]:
    """(before, unit, after): the text is before + unit * n + after."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    tree = parser.parse(source, pattern.flags & ~re.UNICODE)
    own = list(pumps(tree))
    starts = [("", text) for before, unit in own for text in (before + unit, before)]
    whole = [("", sample(tree, other=other)) for other in (False, True)]
    derived = dict.fromkeys(own + starts + whole)
    if pattern.flags & re.MULTILINE:
        derived |= dict.fromkeys((before, f"{unit}\n") for before, unit in derived)
    for before, unit in derived:
        if unit:
            yield from ((before, unit, after) for after in SUFFIXES)
            yield f"a{before}", unit, "a"  # not at the start of the text, where ^ is another alternative
    yield from (("", unit, SUFFIXES[0]) for unit in UNITS if ("", unit) not in derived)
