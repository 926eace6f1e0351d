"""Parses segment text into a tree with columns: limits first, then DjangoQL's lexer and parser.

DjangoQL reads `a and b or c` as `a and (b or c)`, without a warning. Here mixing the two without parentheses is an error.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from djangoql.ast import Comparison, Expression
from djangoql.exceptions import DjangoQLError
from djangoql.lexer import DjangoQLLexer
from djangoql.parser import DjangoQLParser

from composer.issue import conditions
from subscribers.errors import InputError

LONGEST = 4000
MOST_CLAUSES = 60
MOST_VALUES = 200
DEEPEST = 20
LARGEST = 10**15
_UNSTORABLE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_VALUES = frozenset({"STRING_VALUE", "INT_VALUE", "FLOAT_VALUE", "TRUE", "FALSE", "NONE"})
# After these tokens a name can only be text without its quotation marks.
_BEFORE_VALUES = frozenset({
    "EQUALS", "NOT_EQUALS", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL", "CONTAINS", "NOT_CONTAINS", "STARTSWITH",
    "ENDSWITH", "COMMA", "PAREN_L",
})  # fmt: skip

# The parser keeps its stack on itself, so two threads may not share one; and it takes 30 ms to make.
_thread = threading.local()


class SegmentError(InputError):
    """A text that is not a segment; `column` is where, 1 for the first character, 0 if it is not in the text."""

    def __init__(self, code: str, message: str, column: int, hint: str = "") -> None:
        super().__init__(code, message, hint)
        self.column = column

    def __str__(self) -> str:
        where = f"column {self.column}: " if self.column else ""
        return where + self.message + (f" ({self.hint})" if self.hint else "")


class _Lexer(DjangoQLLexer):  # type: ignore[misc]  # the package has no types
    """Reads names in every script, because a field may be named by its label: `单位 = "CAST"`."""

    t_NAME = r"[^\W\d]\w*(\.[^\W\d]\w*)*"  # noqa: N815 - the name that the lexer looks for


@dataclass
class Clause:
    """`name operator value`; `value` is a list after in and not in. Columns count from 1."""

    name: str
    operator: str
    value: Any
    column: int
    value_columns: list[int]

    def column_of(self, index: int) -> int:
        return self.value_columns[min(index, len(self.value_columns) - 1)] if self.value_columns else self.column


@dataclass
class ClauseGroup:
    """Clauses and groups joined by `and` (all) or `or` (any)."""

    all: bool
    parts: list[Clause | ClauseGroup] = field(default_factory=list)


def parse(text: str) -> Clause | ClauseGroup:
    """The tree of `text`, with nested groups of the same kind merged. Raises SegmentError for every error."""
    if len(text) <= LONGEST:
        text = conditions.plain_marks(text)
    tokens = _tokens(text)
    _check_shape(tokens, text)
    try:
        tree = _parser().parse(text, lexer=_Lexer())
        return _node(tree, _places(tokens))
    except DjangoQLError as error:
        raise SegmentError("syntax", *_syntax_fault(error, tokens, text)) from None
    except (RecursionError, ValueError, ArithmeticError, AttributeError, TypeError) as error:
        raise SegmentError("syntax", f"it cannot be read ({type(error).__name__})", 1, "make it shorter or simpler") from None


def _parser() -> DjangoQLParser:
    if not hasattr(_thread, "parser"):
        _thread.parser = DjangoQLParser()
    return _thread.parser


def with_labels(text: str, labels: Mapping[str, str]) -> str:
    """The text with labels instead of the names of fields, for people who read it. Raises SegmentError if it cannot be read."""
    for token in reversed(_tokens(text)):
        if token.type == "NAME" and (label := labels.get(token.value)):
            text = text[: token.lexpos] + label + text[token.lexpos + len(token.value) :]
    return text


def _tokens(text: str) -> list[Any]:
    if not text.strip():
        raise SegmentError("empty", "the segment is empty", 1, 'write a condition, such as language = "en"')
    if len(text) > LONGEST:
        raise SegmentError(
            "too_long", f"the segment has {len(text):,} characters, more than {LONGEST:,}", LONGEST + 1, "split it"
        )
    for at, character in enumerate(text):
        if character == "\x00" or "\ud800" <= character <= "\udfff":
            raise SegmentError("character", "this character is not allowed", at + 1, "remove it")
    lexer = _Lexer().input(text)
    tokens = []
    try:
        while (token := lexer.token()) is not None:
            tokens.append(token)
    except DjangoQLError as error:
        at = lexer._lexer.lexpos
        what = (
            "this quotation mark has no partner"
            if text[at : at + 1] in conditions.MARKS
            else f"“{str(error.value)[:1]}” has no meaning here"
        )
        raise SegmentError("character", what, at + 1, 'put text in quotation marks, such as "en"') from None
    return tokens


def _check_shape(tokens: list[Any], text: str) -> None:
    """Limits, balance and unmixed and/or, on the tokens alone: nothing deep or long reaches the parser."""
    joined: list[str | None] = [None]
    opened: list[int] = []
    clauses = values = 0
    for token in tokens:
        column = token.lexpos + 1
        if token.type == "PAREN_L":
            opened.append(column)
            joined.append(None)
            if len(opened) > DEEPEST:
                raise SegmentError("too_deep", f"parentheses are nested more than {DEEPEST} deep", column, "nest fewer of them")
        elif token.type == "PAREN_R":
            if not opened:
                raise SegmentError("syntax", "this closing parenthesis has no opening one", column, "remove it")
            opened.pop()
            joined.pop()
        elif token.type in {"AND", "OR"}:
            if joined[-1] not in {None, token.type}:
                raise SegmentError(
                    "mixed", "`and` and `or` are mixed without parentheses", column, "put parentheses around each group"
                )
            joined[-1] = token.type
        elif token.type == "NAME":
            clauses += 1
            if clauses > MOST_CLAUSES:
                raise SegmentError(
                    "too_many", f"the segment has more than {MOST_CLAUSES} conditions", column, "use in (...), or split it"
                )
        elif token.type in _VALUES:
            values += 1
            _check_value(token, values, column)
    if opened:
        raise SegmentError("syntax", "this opening parenthesis has no closing one", opened[-1], "close it")


def _check_value(token: Any, count: int, column: int) -> None:
    if count > MOST_VALUES:
        raise SegmentError("too_many", f"the segment has more than {MOST_VALUES} values", column, "split it")
    if token.type in {"INT_VALUE", "FLOAT_VALUE"} and (len(token.value) > 40 or abs(float(token.value)) > LARGEST):
        raise SegmentError("number", "this number is out of range", column, "use at most 15 digits before the point")
    # The parser resolves escapes; these would become characters that PostgreSQL cannot store.
    if token.type == "STRING_VALUE" and _UNSTORABLE.search(token.value):
        raise SegmentError("character", "this character is not allowed", column, "remove it")


def _places(tokens: list[Any]) -> Iterator[tuple[int, list[int]]]:
    """For each clause in the order of the text: the column of its name, and those of its values."""
    places: list[tuple[int, list[int]]] = []
    for token in tokens:
        if token.type == "NAME":
            places.append((token.lexpos + 1, []))
        elif token.type in _VALUES and places:
            places[-1][1].append(token.lexpos + 1)
    return iter(places)


def _node(tree: Expression, places: Iterator[tuple[int, list[int]]]) -> Clause | ClauseGroup:
    if isinstance(tree.operator, Comparison):
        column, value_columns = next(places)
        return Clause(tree.left.value, tree.operator.operator, tree.right.value, column, value_columns)
    group = ClauseGroup(all=tree.operator.operator == "and")
    for side in (tree.left, tree.right):
        part = _node(side, places)
        group.parts += part.parts if isinstance(part, ClauseGroup) and part.all == group.all else [part]
    return group


def _syntax_fault(error: DjangoQLError, tokens: list[Any], text: str) -> tuple[str, int, str]:
    if error.value is None:
        return "the segment ends too early", len(text.rstrip()) + 1, "a condition is: field, comparison, value"
    # The error names the value and a column within its line; the token itself knows its place in the whole text.
    column, at = error.column or 1, 0
    for position, token in enumerate(tokens):
        if token.value == error.value and _column_in_line(text, token.lexpos) == column:
            column, at = token.lexpos + 1, position
            break
    shown = str(error.value)[:20]
    if at and tokens[at].type == "NAME" and tokens[at - 1].type in _BEFORE_VALUES:
        return f"“{shown}” has no quotation marks", column, f'put text in quotation marks: "{shown}"'
    hints = {
        "not": "`not` goes only before in, startswith and endswith; use != or !~",
        "AND": "write `and` in lower case",
        "OR": "write `or` in lower case",
    }
    return f"“{shown}” does not fit here", column, hints.get(shown, "a condition is: field, comparison, value")


def _column_in_line(text: str, at: int) -> int:
    return at - max(text.rfind(end, 0, at) for end in DjangoQLLexer.line_terminators)
