"""The builder of segments: a tree of conditions as the rows and groups of a form, and back, without losing any meaning.

A condition that no row of the form can show stays text in its place. The rows have texts only, as a form posts them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal, NamedTuple

from subscribers.attributes import read_date
from subscribers.errors import InputError
from subscribers.segments.grammar import (
    LARGEST,
    Clause,
    ClauseGroup,
    Negation,
    Node,
    SegmentError,
    joined,
    parse,
    printed,
)

MOST_LEVELS = 4  # of groups within groups; what is deeper is shown as text
Join = Literal["all", "any", "none"]
JOINS: tuple[Join, ...] = ("all", "any", "none")


class ValueKind(StrEnum):
    """What the values of a field are, and so which comparisons a row offers."""

    TEXT = "text"
    WORDS = "words"
    NUMBER = "number"
    DAY = "day"
    YESNO = "yesno"
    NAMED = "named"  # lists, segments, states: what exists can be chosen and nothing else
    CAUSE = "cause"  # as NAMED; there may be none
    CAMPAIGN = "campaign"


class Needs(StrEnum):
    """What somebody fills in beside a comparison."""

    VALUES = "values"
    LINE = "line"
    NUMBER = "number"
    DAY = "day"
    DAYS = "days"
    NOTHING = "nothing"


class RowComparison(NamedTuple):
    """A comparison of a row: the operator for one value, that for several ("" if there is none), and the value, where it is
    part of the comparison.
    """

    operator: str
    several: str = ""
    needs: Needs = Needs.VALUES
    constant: Any = ...


_IS, _IS_NOT = RowComparison("=", "in"), RowComparison("!=", "not in")
_KNOWN = {
    "unknown": RowComparison("=", needs=Needs.NOTHING, constant=None),
    "known": RowComparison("!=", needs=Needs.NOTHING, constant=None),
}
_SAME = {"is": _IS, "is_not": _IS_NOT}
COMPARISONS: Mapping[ValueKind, Mapping[str, RowComparison]] = {
    ValueKind.TEXT: {
        **_SAME,
        "contains": RowComparison("~", needs=Needs.LINE), "lacks": RowComparison("!~", needs=Needs.LINE),
        "begins": RowComparison("startswith", needs=Needs.LINE), "not_begins": RowComparison("not startswith", needs=Needs.LINE),
        "ends": RowComparison("endswith", needs=Needs.LINE), "not_ends": RowComparison("not endswith", needs=Needs.LINE),
        **_KNOWN,
    },
    ValueKind.WORDS: {**_SAME, **_KNOWN},
    ValueKind.NUMBER: {
        **_SAME,
        "less": RowComparison("<", needs=Needs.NUMBER), "most": RowComparison("<=", needs=Needs.NUMBER),
        "more": RowComparison(">", needs=Needs.NUMBER), "least": RowComparison(">=", needs=Needs.NUMBER),
        **_KNOWN,
    },
    ValueKind.DAY: {
        "within": RowComparison(">=", needs=Needs.DAYS), "older": RowComparison("<", needs=Needs.DAYS),
        "on": RowComparison("=", needs=Needs.DAY), "not_on": RowComparison("!=", needs=Needs.DAY),
        "before": RowComparison("<", needs=Needs.DAY), "until": RowComparison("<=", needs=Needs.DAY),
        "since": RowComparison(">=", needs=Needs.DAY), "after": RowComparison(">", needs=Needs.DAY),
        **_KNOWN,
    },
    ValueKind.YESNO: {
        "yes": RowComparison("=", needs=Needs.NOTHING, constant=True),
        "no": RowComparison("=", needs=Needs.NOTHING, constant=False),
        "not_yes": RowComparison("!=", needs=Needs.NOTHING, constant=True),
        "not_no": RowComparison("!=", needs=Needs.NOTHING, constant=False),
        **_KNOWN,
    },
    ValueKind.NAMED: _SAME,
    ValueKind.CAUSE: {**_SAME, **_KNOWN},
    ValueKind.CAMPAIGN: _SAME,
}  # fmt: skip
_AGO = re.compile(r"(\d{1,5}) days? ago", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,16}(?:\.\d{1,15})?", re.ASCII)


@dataclass(frozen=True)
class ConditionRow:
    """One condition as a form has it. `field` and `comparison` are empty until somebody chooses them."""

    field: str = ""
    comparison: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class TextRow:
    """A condition, or several, in the language of segments."""

    text: str


@dataclass(frozen=True)
class RowGroup:
    """Rows and groups of which all must hold, any, or none."""

    join: Join = "all"
    parts: tuple[Part, ...] = ()


Part = ConditionRow | TextRow | RowGroup
Kinds = Mapping[str, ValueKind]


class IncompleteRowError(Exception):
    """A row of the form is no condition yet; `code` says what it lacks: field, value, number, day or days."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def shown(node: Node, kinds: Kinds) -> RowGroup:
    """The tree as a form shows it."""
    part = _part(node, kinds, 1)
    return part if isinstance(part, RowGroup) else RowGroup("all", (part,))


def _part(node: Node, kinds: Kinds, level: int) -> Part:
    match node:
        case Clause():
            return row_of(node, kinds) or TextRow(printed(node))
        case _ if level > MOST_LEVELS:
            return TextRow(printed(node))
        case ClauseGroup():
            return RowGroup("all" if node.all else "any", tuple(_part(part, kinds, level + 1) for part in node.parts))
        case Negation():
            inside = node.part
            parts = inside.parts if isinstance(inside, ClauseGroup) and not inside.all else [inside]
            return RowGroup("none", tuple(_part(part, kinds, level + 1) for part in parts))


def row_of(clause: Clause, kinds: Kinds) -> ConditionRow | None:
    """The row that means the same as the condition; None if no row does."""
    kind = kinds.get(clause.name)
    for code, comparison in COMPARISONS[kind].items() if kind else ():
        if clause.operator not in {comparison.operator, comparison.several}:
            continue
        values = () if comparison.needs is Needs.NOTHING else tuple(_form_value(value, comparison) for value in clause.values)
        row = ConditionRow(clause.name, code, values)
        try:
            if _meaning(clause_of(row, kinds)) == _meaning(clause):
                return row
        except IncompleteRowError:
            continue
    return None


def _form_value(value: Any, comparison: RowComparison) -> str:
    """The value as the field of a form has it; a text that `clause_of` does not read back if it can have none."""
    if comparison.needs is Needs.DAYS and isinstance(value, str) and (ago := _AGO.fullmatch(value.strip())):
        return str(int(ago[1]))
    if comparison.needs is Needs.DAY and isinstance(value, str) and (day := _day(value)):
        return day.isoformat()
    return str(value)


def _meaning(clause: Clause) -> tuple[str, str, list[tuple[str, Any]]]:
    """Equal for conditions that select the same people: one value of several, or the same day in another spelling."""
    single = {"in": "=", "not in": "!="}
    operator = single.get(clause.operator, clause.operator) if len(clause.values) == 1 else clause.operator
    return clause.name, operator, [(type(value).__name__, _plain(value)) for value in clause.values]


def _plain(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if ago := _AGO.fullmatch(value.strip()):
        return f"{int(ago[1])} days ago"
    return day.isoformat() if (day := _day(value)) else value


def _day(value: str) -> date | None:
    try:
        return read_date(value.strip())
    except InputError:
        return None


def clause_of(row: ConditionRow, kinds: Kinds) -> Clause:
    """The condition that a row means. Raises IncompleteRowError."""
    kind = kinds.get(row.field)
    if kind is None:
        raise IncompleteRowError("field")
    comparison = COMPARISONS[kind].get(row.comparison)
    if comparison is None:
        raise IncompleteRowError("value")
    if comparison.needs is Needs.NOTHING:
        return Clause(row.field, comparison.operator, comparison.constant)
    # What `lines` reads of a field with one value in each line: other texts cannot be typed there.
    given = row.values if comparison.needs is Needs.LINE else [value for value in row.values if value == value.strip()]
    values = [_value(value, kind, comparison.needs) for value in given if value and len(value.splitlines()) == 1]
    if not values or len(values) < len(row.values) or (len(values) > 1 and not comparison.several):
        raise IncompleteRowError("value")
    if len(values) > 1:
        return Clause(row.field, comparison.several, values)
    return Clause(row.field, comparison.operator, values[0])


def _value(text: str, kind: ValueKind, needs: Needs) -> Any:
    if needs is Needs.DAYS:
        if not re.fullmatch(r"\d{1,5}", text, re.ASCII):
            raise IncompleteRowError("days")
        return f"{int(text)} days ago"
    if needs is Needs.DAY:
        day = _day(text)
        if day is None:
            raise IncompleteRowError("day")
        return day.isoformat()
    if kind in (ValueKind.NUMBER, ValueKind.CAMPAIGN):
        if not _NUMBER.fullmatch(text) or abs(number := Decimal(text)) > LARGEST:
            raise IncompleteRowError("number")
        number = Decimal(text)
        return int(number) if "." not in text else number
    return text


def lines(text: str) -> list[str]:
    """The values of a field with one in each line."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def tree(part: Part, kinds: Kinds, *, skip_incomplete: bool = False) -> Node | None:
    """The tree that a form means; None for an empty group. Raises IncompleteRowError, unless those rows are to be skipped, and
    SegmentError for a condition that is a text.
    """
    match part:
        case ConditionRow():
            try:
                return clause_of(part, kinds)
            except IncompleteRowError:
                if skip_incomplete:
                    return None
                raise
        case TextRow():
            try:
                return parse(part.text)
            except SegmentError:
                if skip_incomplete:
                    return None
                raise
        case RowGroup():
            nodes = [node for inner in part.parts if (node := tree(inner, kinds, skip_incomplete=skip_incomplete)) is not None]
            if not nodes:
                return None
            whole = joined(part.join == "all", nodes)
            return Negation(whole) if part.join == "none" else whole


Path = tuple[int, ...]


def rows_of(group: RowGroup) -> Iterator[ConditionRow]:
    """Every row, in the order of the form."""
    for part in group.parts:
        if isinstance(part, RowGroup):
            yield from rows_of(part)
        elif isinstance(part, ConditionRow):
            yield part


def added(group: RowGroup, path: Sequence[int], part: Part) -> RowGroup:
    """The group with a further part at the end of the group at `path`; unchanged where there is no group."""
    if not path:
        return RowGroup(group.join, (*group.parts, part))
    return _changed(group, path, lambda inner: added(inner, (), part) if isinstance(inner, RowGroup) else inner)


def removed(group: RowGroup, path: Sequence[int]) -> RowGroup:
    """The group without the part at `path`."""
    return _changed(group, path, lambda _: None) if path else RowGroup(group.join)


def _changed(group: RowGroup, path: Sequence[int], change: Any) -> RowGroup:
    at, *rest = path
    parts: list[Part] = []
    for number, part in enumerate(group.parts):
        if number != at:
            parts.append(part)
        elif rest:
            parts.append(_changed(part, rest, change) if isinstance(part, RowGroup) else part)
        elif (new := change(part)) is not None:
            parts.append(new)
    return RowGroup(group.join, tuple(parts))
