"""The form of the builder: its rows and groups, or a text, as a browser posts them, and what each of its buttons does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from django.http import QueryDict

from subscribers.models import Segment
from subscribers.segments import builder_model
from subscribers.segments.builder_model import (
    COMPARISONS,
    JOINS,
    MOST_LEVELS,
    ConditionRow,
    Join,
    Needs,
    Part,
    Path,
    RowGroup,
    TextRow,
    ValueKind,
)
from subscribers.segments.grammar import LONGEST, MOST_CLAUSES, SegmentError, parse, printed
from web.whole_numbers import whole_number

ROOT = "c"
_INPUT = re.compile(r"c((?:\.\d{1,3}){0,8})-(join|field|shown|comparison|value|lines|text)", re.ASCII)
_MOST_PARTS = 4 * MOST_CLAUSES
_LONGEST_VALUE = LONGEST
Mode = Literal["conditions", "text"]
_EMPTY = RowGroup("all", (ConditionRow(),))


def name_of(path: Path) -> str:
    """What the names of the inputs of a part begin with: `c.0.2`."""
    return ROOT + "".join(f".{at}" for at in path)


def _path(written: str) -> Path:
    return tuple(int(at) for at in written.split(".")[1:])


@dataclass(frozen=True)
class BuilderForm:
    """What somebody has built. `mode`: whether `group` or `text` is what they edited last and so what counts."""

    kinds: Mapping[str, ValueKind]
    group: RowGroup = _EMPTY
    text: str = ""
    mode: Mode = "conditions"
    name: str = ""
    note: str = ""
    seen: int | None = None

    @classmethod
    def of_segment(cls, kinds: Mapping[str, ValueKind], segment: Segment, seen: int | None = None) -> BuilderForm:
        form = cls(kinds, RowGroup(), segment.text, "text", str(segment), segment.description, seen)
        return form.as_conditions()

    @classmethod
    def of_post(cls, kinds: Mapping[str, ValueKind], given: QueryDict) -> BuilderForm:
        return cls(
            kinds, _posted_group(given, kinds), _unix(given.get("text", "")),
            "text" if given.get("mode") == "text" else "conditions",
            given.get("name", "").strip(), _unix(given.get("note", "")).strip(), whole_number(given.get("seen", "")),
        )  # fmt: skip

    def after(self, action: str) -> BuilderForm:
        """The form after one of its buttons; the same form for a button that only shows it again."""
        verb, _, target = action.partition(":")
        path = _path(target) if re.fullmatch(r"c(\.\d{1,3}){0,8}", target, re.ASCII) else ()
        match verb:
            case "text":
                return replace(self.with_text(), mode="text")
            case "conditions":
                return self.as_conditions()
            case "add":
                return replace(self, group=builder_model.added(self.group, path, ConditionRow()), mode="conditions")
            case "add-group" if len(path) + 1 < MOST_LEVELS:
                inner: Join = "all" if self._join_at(path) == "any" else "any"
                group = builder_model.added(self.group, path, RowGroup(inner, (ConditionRow(),)))
                return replace(self, group=group, mode="conditions")
            case "remove":
                return replace(self, group=builder_model.removed(self.group, path), mode="conditions")
        return self

    def _join_at(self, path: Path) -> Join:
        part: Part = self.group
        for at in path:
            part = part.parts[at] if isinstance(part, RowGroup) and at < len(part.parts) else part
        return part.join if isinstance(part, RowGroup) else "all"

    def as_conditions(self) -> BuilderForm:
        """The text as rows and groups; the same form if the text has an error."""
        try:
            return replace(self, group=builder_model.shown(parse(self.text), self.kinds), mode="conditions")
        except SegmentError:
            return self

    def with_text(self) -> BuilderForm:
        """The form with the text of its conditions. A text that means the same stays as somebody wrote it."""
        if self.mode == "text":
            return self
        node = builder_model.tree(self.group, self.kinds, skip_incomplete=True)
        text = printed(node) if node is not None else ""
        return self if self._canonical(self.text) == text else replace(self, text=text)

    def _canonical(self, text: str) -> str | None:
        """The text as the builder writes it; None if it has an error."""
        try:
            node = builder_model.tree(builder_model.shown(parse(text), self.kinds), self.kinds)
        except (SegmentError, builder_model.IncompleteRowError):
            return None
        return printed(node) if node is not None else None

    @property
    def is_complete(self) -> bool:
        """Whether every row is a condition. Rows that nobody filled in do not count where there are others."""
        try:
            return self.mode == "text" or builder_model.tree(self._filled(self.group), self.kinds) is not None
        except (builder_model.IncompleteRowError, SegmentError):
            return False

    def _filled(self, group: RowGroup) -> RowGroup:
        parts = (self._filled(part) if isinstance(part, RowGroup) else part for part in group.parts)
        return RowGroup(group.join, tuple(part for part in parts if part != ConditionRow()))


def _posted_group(given: QueryDict, kinds: Mapping[str, ValueKind]) -> RowGroup:
    inputs: dict[Path, dict[str, list[str]]] = {}
    for key in given:
        if (match := _INPUT.fullmatch(key)) and (len(inputs) < _MOST_PARTS or _path(match[1]) in inputs):
            inputs.setdefault(_path(match[1]), {})[match[2]] = given.getlist(key)
    group = _posted_part((), inputs, kinds)
    return group if isinstance(group, RowGroup) else RowGroup("all")


def _posted_part(path: Path, inputs: Mapping[Path, Mapping[str, list[str]]], kinds: Mapping[str, ValueKind]) -> Part:
    own = inputs.get(path, {})
    if "text" in own:
        return TextRow(_unix(own["text"][0])[: LONGEST + 1])
    if "field" in own:
        return _posted_row(own, kinds)
    join: Join = next((known for known in JOINS if own.get("join") == [known]), "all")
    below = sorted(inner for inner in inputs if len(inner) == len(path) + 1 and inner[: len(path)] == path)
    return RowGroup(join, tuple(_posted_part(inner, inputs, kinds) for inner in below))


def _posted_row(own: Mapping[str, list[str]], kinds: Mapping[str, ValueKind]) -> ConditionRow:
    """A row as it was posted. `shown` is the field, and what was to be filled in, for which the page had inputs."""
    field, shown = own["field"][0], own.get("shown", [""])[0].partition(":")
    if field not in kinds:
        return ConditionRow()
    offered = COMPARISONS[kinds[field]]
    comparison = own.get("comparison", [""])[0]
    if field != shown[0] or comparison not in offered:
        return ConditionRow(field, next(iter(offered)))
    values = [value[:_LONGEST_VALUE] for value in own.get("value", ())]
    values += builder_model.lines(own.get("lines", [""])[0][:_LONGEST_VALUE])
    values, needs = [value for value in dict.fromkeys(values) if value], offered[comparison].needs
    if needs != shown[2]:
        typed = {Needs.VALUES.value, Needs.LINE.value}
        values = values if {needs.value, shown[2]} == typed or {needs.value, shown[2]} == {"values", "number"} else []
    return ConditionRow(field, comparison, tuple(values if needs is Needs.VALUES else values[:1]))


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n")
