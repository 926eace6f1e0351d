"""Parses and evaluates the conditions of an issue: comparisons of subscriber fields with fixed values.

The language is the part of the segment language (docs/segments.md) that compares for equality; `==` means `=`. Conditions are
never executed as code: a condition is a list of comparisons.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from composer.issue import languages
from composer.messages.phrases import Phrase, phrase

_PLAIN = ('"', "'")
_PAIRS: Mapping[str, str] = {"“": "”", "‘": "’", "＂": "＂", "＇": "＇", "「": "」", "『": "』"}
MARKS = frozenset({*_PLAIN, *_PAIRS.keys(), *_PAIRS.values()})


def plain_marks(text: str, accepted: tuple[str, ...] = _PLAIN) -> str:
    """Replaces matching pairs of quotation marks by the `accepted` marks, for a reader that knows only those.

    Every character keeps its place, so that columns stay true. Text between accepted marks is not touched. A mark without its
    partner stays, and so does a pair around text with all accepted marks in it: the reader reports them.
    """
    characters = list(text)
    at = 0
    while at < len(text):
        if text[at] in accepted:
            at = _closing(text, at)
        elif (end := _partner(text, at)) > 0:
            if mark := next((candidate for candidate in accepted if candidate not in text[at + 1 : end]), ""):
                characters[at] = characters[end] = mark
            at = end
        at += 1
    return "".join(characters)


def _closing(text: str, at: int) -> int:
    """Where the plain text that opens at `at` ends; a backslash hides the character after it."""
    mark, at = text[at], at + 1
    while at < len(text) and text[at] != mark:
        at += 2 if text[at] == "\\" else 1
    return at


def _partner(text: str, at: int) -> int:
    return text.find(_PAIRS[text[at]], at + 1) if text[at] in _PAIRS else -1


LONGEST = 300  # characters
MOST_COMPARISONS = 8
_TOKEN = re.compile(
    r'\s*(?:(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<number>-?[0-9]{1,15}(?:\.[0-9]{1,6})?)|"(?P<text>(?:[^"\\]|\\["\\])*)"'
    r"|(?P<sign>==|!=|=|[(),]))"
)
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")
_NO_PART = re.compile(r"\{\{|\}\}|<!--|-->|[\n\r]")  # these have another meaning in an issue file
_CONSTANTS = {"True": True, "False": False, "None": None}

Value = str | int | float | bool | None


class ConditionError(ValueError):
    """The text is not a condition. `column` counts characters from 1; `code` is the code for a Finding."""

    def __init__(self, problem: Phrase, column: int, code: str = "condition") -> None:
        super().__init__(problem)
        self.problem, self.column, self.code = problem, column, code


@dataclass(frozen=True, slots=True)
class Comparison:
    """`field` is one of `values`; with `negated`, it is none of them."""

    field: str
    values: tuple[Value, ...]
    negated: bool = False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Comparison) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    @property
    def positive(self) -> Comparison:
        return Comparison(self.field, self.values)

    def __str__(self) -> str:
        if len(self.values) == 1:
            return f"{self.field} {'!=' if self.negated else '='} {_written(self.values[0])}"
        return f"{self.field} {'not in' if self.negated else 'in'} ({', '.join(map(_written, self.values))})"

    def holds(self, person: Mapping[str, object]) -> bool:
        """Whether it holds for a person given as field -> value; a list value matches if one of its words does."""
        known = person.get(self.field)
        if isinstance(known, list | tuple | set | frozenset):
            have: tuple[object, ...] = tuple(known) or (None,)
        else:
            have = (None if known == "" else known,)
        # In Python, 1 == True; in segments, they are different.
        return any(
            value == known_value and isinstance(value, bool) == isinstance(known_value, bool)
            for value in self.values
            for known_value in have
        ) != (self.negated)


@dataclass(frozen=True, slots=True)
class Condition:
    """Comparisons of which all (`and`) or at least one (`or`) must hold. `str()` returns its normal form, which is also a valid
    segment."""

    comparisons: tuple[Comparison, ...]
    joined: Literal["and", "or"] = "and"

    def __str__(self) -> str:
        return f" {self.joined} ".join(map(str, self.comparisons))

    def decide(self, truths: Mapping[Comparison, bool]) -> bool:
        """Whether it holds, if `truths` says which positive comparisons hold."""
        outcomes = (truths[comparison.positive] != comparison.negated for comparison in self.comparisons)
        return all(outcomes) if self.joined == "and" else any(outcomes)

    def holds(self, person: Mapping[str, object]) -> bool:
        return self.decide({comparison.positive: comparison.positive.holds(person) for comparison in self.comparisons})


def parse(text: str) -> Condition:
    if len(text) > LONGEST:
        raise ConditionError(phrase("a condition has at most {limit} characters", limit=LONGEST), LONGEST + 1)
    if sign := _NO_PART.search(text):
        raise ConditionError(phrase("“{text}” is not allowed in a condition", text=sign[0]), sign.start() + 1)
    reader = _Reader(text)
    comparisons = [reader.comparison()]
    joined: set[str] = set()
    while reader.tokens:
        _, word, column = reader.take("word", phrase("`and` or `or`"))
        if word not in ("and", "or"):
            raise ConditionError(phrase("{wanted} is expected", wanted=phrase("`and` or `or`")), column)
        joined.add(word)
        if len(joined) > 1:
            raise ConditionError(phrase("`and` and `or` cannot be mixed"), column, "condition-mixed")
        comparisons.append(reader.comparison())
    if len(comparisons) > MOST_COMPARISONS:
        raise ConditionError(phrase("a condition has at most {limit} comparisons", limit=MOST_COMPARISONS), len(text))
    return Condition(tuple(comparisons), "or" if "or" in joined else "and")


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text = plain_marks(text, ('"',))
        self.tokens: list[tuple[str, str, int]] = []  # kind, as written, column
        at = 0
        while text[at:].strip():
            match = _TOKEN.match(text, at)
            if match is None:
                column = at + len(text[at:]) - len(text[at:].lstrip()) + 1
                raise ConditionError(phrase("“{text}” is not understood", text=text[column - 1 : column + 9]), column)
            kind = str(match.lastgroup)
            self.tokens.append((kind, match[kind], match.start(kind) + 1 - (kind == "text")))
            at = match.end()

    def take(self, kinds: str, expected: Phrase) -> tuple[str, str, int]:
        """Returns the next token if it is of one of `kinds`. Raises ConditionError naming what is `expected`."""
        if not self.tokens:
            raise ConditionError(phrase("{wanted} is missing", wanted=expected), len(self.text) + 1)
        kind, written, column = self.tokens.pop(0)
        if kind not in kinds.split():
            raise ConditionError(phrase("{wanted} is expected", wanted=expected), column)
        return kind, written, column

    def comparison(self) -> Comparison:
        _, name, column = self.take("word", phrase("the name of a field"))
        if not _FIELD.match(name) or name in ("and", "or", "not", "in"):
            raise ConditionError(phrase("“{name}” is not the name of a field", name=name), column)
        expected = phrase("=, !=, `in` or `not in`")
        _, sign, column = self.take("sign word", expected)
        if sign in ("=", "==", "!="):
            return Comparison(name, (self.value(name),), sign == "!=")
        negated = sign == "not"
        if negated:
            _, sign, column = self.take("word", phrase("`in`"))
        if sign != "in":
            raise ConditionError(phrase("{wanted} is expected", wanted=expected), column)
        return Comparison(name, self.values(name), negated)

    def value(self, field: str) -> Value:
        """A country or a language in the spelling in which the fields of subscribers have them."""
        kind, written, column = self.take("text number word", phrase("a value"))
        if kind == "number":
            return float(written) if "." in written else int(written)
        if kind == "word":
            if written not in _CONSTANTS:
                raise ConditionError(phrase("a text must be in quotation marks"), column)
            return _CONSTANTS[written]
        if not written:
            raise ConditionError(phrase("an empty text is not a value; write `= None` or `!= None`"), column)
        text = re.sub(r"\\(.)", r"\1", written)
        if field == "country":
            return text.upper()
        return languages.spelt(text) if field == "language" else text

    def values(self, field: str) -> tuple[Value, ...]:
        self.sign("(")
        values = [self.value(field)]
        while self.sign(",", ")") == ",":
            values.append(self.value(field))
        return tuple({_written(value): value for value in values}.values())

    def sign(self, *signs: str) -> str:
        expected = phrase("{first} or {second}", first=signs[0], second=signs[1]) if len(signs) > 1 else Phrase(signs[0])
        _, sign, column = self.take("sign", expected)
        if sign not in signs:
            raise ConditionError(phrase("{wanted} is expected", wanted=expected), column)
        return sign


def _written(value: Value) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, float):  # never as 1e-06, which is not a number in this language
        whole, _, rest = f"{value:.6f}".partition(".")
        return f"{whole}.{rest.rstrip('0') or '0'}"
    return str(value)
