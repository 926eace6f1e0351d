"""The language of segments: reads a text into a tree with columns, and prints a tree as text.

    expression = unit { "and" unit } | unit { "or" unit }
    unit       = "(" expression ")" | "not" "(" expression ")" | condition
    condition  = name comparison value | name [ "not" ] "in" "(" value { "," value } ")"

`and` and `or` are never mixed without parentheses: half of the readers of `a and b or c` understand it the other way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple, NoReturn

from composer.issue import conditions
from subscribers.errors import InputError

LONGEST = 4000
MOST_CLAUSES = 60
MOST_VALUES = 200
DEEPEST = 20
LARGEST = 10**15
STORED = 5  # the text of a campaign, with the segments that it names written out, may be so many times as large

_BREAK = "\n\r\u2028\u2029"
_TEXT = rf"""(?:[^{{mark}}\\{_BREAK}]|\\["'\\/bfnrt]|\\u[0-9A-Fa-f]{{{{4}}}})*"""
_TOKEN = re.compile(
    rf"""(?P<space>[ \t\v\f\u00a0\u3000{_BREAK}]+)"""
    rf"""|(?P<text>"{_TEXT.format(mark='"')}"|'{_TEXT.format(mark="'")}')"""
    r"|(?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*)"  # in every script: a field may be named by its label, `单位 = "CAST"`
    r"|(?P<sign>!=|!~|>=|<=|[=~<>(),])"
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))")
_UNSTORABLE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")  # would become characters that PostgreSQL cannot store
_KEYWORDS = frozenset({"and", "or", "not", "in", "startswith", "endswith", "True", "False", "None"})
_CONSTANTS: Mapping[str, bool | None] = {"True": True, "False": False, "None": None}
# comparison -> the kinds of value that may follow it
_VALUES = frozenset({"text", "number", *_CONSTANTS})
_AFTER: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("=", "!="), _VALUES),
    **dict.fromkeys(("<", "<=", ">", ">="), frozenset({"text", "number"})),
    **dict.fromkeys(("~", "!~", "startswith", "endswith"), frozenset({"text"})),
}
_SHAPE = "a condition is: field, comparison, value"


class SegmentError(InputError):
    """A text that is not a segment; `column` is where, 1 for the first character, 0 if it is not in the text.

    `field`: the name of a field that does not exist.
    """

    def __init__(self, code: str, message: str, column: int, hint: str = "", field: str = "") -> None:
        super().__init__(code, message, hint)
        self.column = column
        self.field = field

    def __str__(self) -> str:
        where = f"column {self.column}: " if self.column else ""
        return where + self.message + (f" ({self.hint})" if self.hint else "")


@dataclass
class Clause:
    """`name operator value`; `value` is a list after in and not in. Columns count from 1."""

    name: str
    operator: str
    value: Any
    column: int = 0
    value_columns: list[int] = field(default_factory=list)

    def column_of(self, index: int) -> int:
        return self.value_columns[min(index, len(self.value_columns) - 1)] if self.value_columns else self.column

    @property
    def values(self) -> list[Any]:
        return self.value if isinstance(self.value, list) else [self.value]


@dataclass
class ClauseGroup:
    """Parts joined by `and` (all) or `or` (any)."""

    all: bool
    parts: list[Node] = field(default_factory=list)


@dataclass
class Negation:
    """`not (part)`: everybody who is not selected by the part."""

    part: Node
    column: int = 0


Node = Clause | ClauseGroup | Negation


class Token(NamedTuple):
    """`kind` is text, number, name, or the keyword or sign itself. `column` counts from 1."""

    kind: str
    written: str
    column: int


def parse(text: str, times: int = 1) -> Node:
    """The tree of `text`, with nested groups of the same kind merged. Limits are `times` as large. Raises SegmentError."""
    tokens = _tokens(text, times)
    _check_limits(tokens, times)
    parser = _Parser(tokens, len(text.rstrip()) + 1)
    return parser.whole()


def clauses_of(node: Node) -> Iterator[Clause]:
    """Every condition of the tree, in the order of the text."""
    match node:
        case Clause():
            yield node
        case Negation():
            yield from clauses_of(node.part)
        case ClauseGroup():
            for part in node.parts:
                yield from clauses_of(part)


def joined(group_of_all: bool, parts: list[Node]) -> Node:
    """The parts joined by `and` or `or`; groups of the same kind become one."""
    group = ClauseGroup(group_of_all)
    for part in parts:
        group.parts += part.parts if isinstance(part, ClauseGroup) and part.all == group_of_all else [part]
    return group if len(group.parts) > 1 else group.parts[0]


def printed(node: Node) -> str:
    """The text of a tree: `parse` reads it as the same tree."""
    match node:
        case Clause():
            return f"{node.name} {node.operator} {_printed_value(node.value)}"
        case Negation():
            return f"not ({printed(node.part)})"
        case ClauseGroup():
            word = " and " if node.all else " or "
            return word.join(f"({printed(part)})" if isinstance(part, ClauseGroup) else printed(part) for part in node.parts)


def _printed_value(value: Any) -> str:
    if isinstance(value, list):
        return "(" + ", ".join(map(_printed_value, value)) + ")"
    return quoted(value) if isinstance(value, str) else str(value)


def quoted(value: str) -> str:
    """A text as a value of the language."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(f"\\u{ord(c):04x}" if c < " " or c in _BREAK else c for c in escaped) + '"'


def with_labels(text: str, labels: Mapping[str, str]) -> str:
    """The text with labels instead of the names of fields, for people who read it. Raises SegmentError if it cannot be read."""
    for token in reversed(_tokens(text, STORED)):
        if token.kind == "name" and (label := labels.get(token.written)):
            start = token.column - 1
            text = text[:start] + label + text[start + len(token.written) :]
    return text


def _tokens(text: str, times: int) -> list[Token]:
    if not text.strip():
        raise SegmentError("empty", "the segment is empty", 1, 'write a condition, such as language = "en"')
    longest = LONGEST * times
    if len(text) > longest:
        raise SegmentError(
            "too_long", f"the segment has {len(text):,} characters, more than {longest:,}", longest + 1, "split it"
        )
    for at, character in enumerate(text):
        if character == "\x00" or "\ud800" <= character <= "\udfff":
            raise SegmentError("character", "this character is not allowed", at + 1, "remove it")
    text, at, tokens = conditions.plain_marks(text), 0, []
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            lone = text[at] in conditions.MARKS
            what = "this quotation mark has no partner" if lone else f"“{text[at]}” has no meaning here"
            raise SegmentError("character", what, at + 1, 'put text in quotation marks, such as "en"')
        kind, written = str(match.lastgroup), match[0]
        if kind != "space":
            exact = kind == "sign" or (kind == "name" and written in _KEYWORDS)
            tokens.append(Token(written if exact else kind, written, at + 1))
        at = match.end()
    return tokens


def _check_limits(tokens: list[Token], times: int) -> None:
    """Limits, balance and unmixed and/or, on the tokens alone: nothing deep or long reaches the parser."""
    joined_by: list[str | None] = [None]
    opened: list[int] = []
    clauses = values = 0
    for token in tokens:
        match token.kind:
            case "(":
                opened.append(token.column)
                joined_by.append(None)
                if len(opened) > DEEPEST * times:
                    problem = f"parentheses are nested more than {DEEPEST * times} deep"
                    raise SegmentError("too_deep", problem, token.column, "nest fewer of them")
            case ")":
                if not opened:
                    raise SegmentError("parenthesis", "this closing parenthesis has no opening one", token.column, "remove it")
                opened.pop()
                joined_by.pop()
            case "and" | "or":
                if joined_by[-1] not in {None, token.kind}:
                    problem = "`and` and `or` are mixed without parentheses"
                    raise SegmentError("mixed", problem, token.column, "put parentheses around each group")
                joined_by[-1] = token.kind
            case "name":
                clauses += 1
                if clauses > MOST_CLAUSES * times:
                    problem = f"the segment has more than {MOST_CLAUSES * times} conditions"
                    raise SegmentError("too_many", problem, token.column, "use in (...), or split it")
            case kind if kind in _VALUES:
                values += 1
                if values > MOST_VALUES * times:
                    problem = f"the segment has more than {MOST_VALUES * times} values"
                    raise SegmentError("too_many", problem, token.column, "split it")
                _check_value(token)
    if opened:
        raise SegmentError("parenthesis", "this opening parenthesis has no closing one", opened[-1], "close it")


def _check_value(token: Token) -> None:
    if token.kind == "number" and (len(token.written) > 40 or abs(float(token.written)) > LARGEST):
        raise SegmentError("number", "this number is out of range", token.column, "use at most 15 digits before the point")
    if token.kind == "text" and _UNSTORABLE.search(token.written):
        raise SegmentError("character", "this character is not allowed", token.column, "remove it")


class _Parser:
    """Reads tokens from left to right. Parentheses are balanced, and `and` and `or` are not mixed: `_check_limits` saw to it."""

    def __init__(self, tokens: list[Token], end: int) -> None:
        self.tokens = [*tokens, Token("end", "", end)]
        self.at = 0

    def whole(self) -> Node:
        node = self._expression()
        self._take("end")
        return node

    def _expression(self) -> Node:
        parts, word = [self._unit()], ""
        while self._kind in {"and", "or"}:
            word = self._take(self._kind).kind
            parts.append(self._unit())
        return joined(word != "or", parts)

    def _unit(self) -> Node:
        if self._kind == "not":
            token = self._take("not")
            if self._kind != "(":
                hint = "put parentheses around the conditions: not (...); for a single one, use != or !~"
                raise SegmentError("negation", "“not” does not fit here", token.column, hint)
            return Negation(self._unit(), token.column)
        if self._kind != "(":
            return self._clause()
        self._take("(")
        node = self._expression()
        self._take(")")
        return node

    def _clause(self) -> Clause:
        name = self._take("name")
        negative = self._kind == "not"
        if negative:
            self._take("not")
        operator = self._take(*(("in", "startswith", "endswith") if negative else ("in", *_AFTER))).kind
        spelled = f"not {operator}" if negative else operator
        if operator != "in":
            token = self._take(*_AFTER[operator])
            return Clause(name.written, spelled, _value(token), name.column, [token.column])
        tokens: list[Token] = []
        self._take("(")
        while not tokens or self._kind == ",":
            if tokens:
                self._take(",")
            tokens.append(self._take(*_VALUES))
        self._take(")")
        return Clause(name.written, spelled, [_value(token) for token in tokens], name.column, [t.column for t in tokens])

    @property
    def _kind(self) -> str:
        return self.tokens[self.at].kind

    def _take(self, *kinds: str) -> Token:
        token = self.tokens[self.at]
        if token.kind not in kinds:
            self._refuse(token)
        self.at += 1
        return token

    def _refuse(self, token: Token) -> NoReturn:
        if token.kind == "end":
            raise SegmentError("ends", "the segment ends too early", token.column, _SHAPE)
        shown = (token.written[1:-1] if token.kind == "text" else token.written)[:20]
        before = self.tokens[self.at - 1].kind if self.at else ""
        if token.kind == "name" and (before in _AFTER or before in {",", "("}):
            problem, hint = f"“{shown}” has no quotation marks", f'put text in quotation marks: "{shown}"'
            raise SegmentError("unquoted", problem, token.column, hint)
        if shown in {"AND", "OR", "NOT"}:
            raise SegmentError("lower_case", f"“{shown}” is upper case", token.column, f"write `{shown.lower()}` in lower case")
        raise SegmentError("syntax", f"“{shown}” does not fit here", token.column, _SHAPE)


def _value(token: Token) -> Any:
    if token.kind == "number":
        return int(token.written) if re.fullmatch(r"-?\d+", token.written) else Decimal(token.written)
    if token.kind == "text":
        return _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)) if escape[1] else escape[2], token.written[1:-1])
    return _CONSTANTS[token.kind]
