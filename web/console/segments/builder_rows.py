"""The rows and groups of the builder as its template shows them: names of inputs, choices, sentences and faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from subscribers.segments.builder_model import (
    COMPARISONS,
    MOST_LEVELS,
    ConditionRow,
    IncompleteRowError,
    Needs,
    Part,
    Path,
    RowGroup,
    TextRow,
    clause_of,
)
from subscribers.segments.grammar import SegmentError, parse
from web.console.segments.builder_choices import ChoiceLists, ValueChoice
from web.console.segments.builder_form import name_of
from web.texts import stored_texts
from web.texts.segment_sentences import HINTS, SegmentSentences, without_pronoun

JOINS: Mapping[str, str | Promise] = {
    "all": _("all of these conditions"), "any": _("any of these conditions"), "none": _("none of these conditions"),
}  # fmt: skip
MOST_WITHOUT_SEARCH = 8  # values that people read at a glance
LONG_VALUE = 24  # characters that fit into a column
_FAULTS: Mapping[str, str | Promise] = {
    "field": _("Choose what the condition is about."), "value": _("Choose or type a value."),
    "number": _("Write a number, such as 12 or 3.5."), "day": _("Choose a day."), "days": _("Write a number of days."),
}  # fmt: skip
_OF_LISTS = ("list", "joined", "list_state", "left", "origin")
_OF_MAIL = ("got", "was_to_get", "last_delivery", "bounce_cause", "clicked", "engaged")
_GROUPS: Mapping[str, str | Promise] = {
    "lists": _("Lists"), "person": _("Person"), "own": _("Attributes"), "mail": _("What they were sent and clicked"),
    "segments": _("Segments"),
}  # fmt: skip


class ShownRow(NamedTuple):
    """One condition. `chosen` and `lines` are its values: those among the choices, and the others, one in each line.

    `search` is what was typed to narrow the choices, and `left_out` are the choices that are not like it.
    """

    name: str
    number: str
    phrase: str
    fields: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    field: str
    comparisons: Sequence[tuple[str, str]]
    comparison: str
    needs: str
    choices: Sequence[ValueChoice]
    chosen: frozenset[str]
    has_search: bool
    search: str
    left_out: frozenset[str]
    is_open: bool
    lines: str
    value: str
    fault: str
    kind: str = "row"

    @property
    def hint(self) -> str:
        """What the field means, where its name is not enough."""
        return str(HINTS.get(self.field, ""))

    @property
    def finds_nothing(self) -> bool:
        """Whether no choice that is not ticked is like what was typed."""
        return {choice.value for choice in self.choices} - self.chosen <= self.left_out

    @property
    def has_long_values(self) -> bool:
        """Whether each value needs a line of its own."""
        return any(len(choice.label) > LONG_VALUE for choice in self.choices)


class ShownText(NamedTuple):
    """A condition that only a text can say."""

    name: str
    number: str
    text: str
    fault: str
    kind: str = "text"


class ShownGroup(NamedTuple):
    """A group with its parts. `may_nest`: another group fits into it."""

    name: str
    number: str
    join: str
    parts: Sequence[ShownRow | ShownText | ShownGroup]
    level: int
    may_nest: bool
    kind: str = "group"

    @property
    def between(self) -> str:
        """What is between two of its parts."""
        return gettext("and") if self.join == "all" else gettext("or")


class BuilderRows:
    """Makes what the template shows. `checks`: rows that are not complete say so. `typed`: the inputs that were posted."""

    def __init__(self, sentences: SegmentSentences, typed: Mapping[str, str], *, checks: bool) -> None:
        self._sentences, self._choices, self._typed, self._checks = sentences, ChoiceLists(sentences), typed, checks

    def group(self, group: RowGroup, path: Path = (), *, is_bound: bool = False) -> ShownGroup:
        phrases = self._sentences.phrases(group, is_bound=is_bound)
        parts = [self._part(part, (*path, at), phrases[at]) for at, part in enumerate(group.parts)]
        return ShownGroup(name_of(path), _number(path), group.join, parts, len(path) + 1, len(path) + 1 < MOST_LEVELS)

    def _part(self, part: Part, path: Path, phrase: str) -> ShownRow | ShownText | ShownGroup:
        match part:
            case RowGroup():
                return self.group(part, path)
            case TextRow():
                return ShownText(name_of(path), _number(path), part.text, _fault_of_text(part.text))
            case ConditionRow():
                return self._row(part, path, without_pronoun(phrase))

    def _row(self, row: ConditionRow, path: Path, phrase: str) -> ShownRow:
        kind = self._sentences.kinds.get(row.field)
        offered = COMPARISONS[kind] if kind else {}
        needs = offered[row.comparison].needs if row.comparison in offered else Needs.NOTHING
        choices = self._choices.of(row.field, row.values) if needs is Needs.VALUES else []
        known, has_search = {choice.value for choice in choices}, len(choices) > MOST_WITHOUT_SEARCH
        search = self._typed.get(f"{name_of(path)}-search", "").strip() if has_search else ""
        left_out = [choice.value for choice in choices if search.casefold() not in choice.label.casefold()]
        return ShownRow(
            name_of(path), _number(path), phrase, self._fields(row.field), row.field,
            [(code, self._sentences.option(row.field, code)) for code in offered], row.comparison, needs.value, choices,
            frozenset(row.values) & known, has_search, search, frozenset(left_out), self._choices.is_open(row.field),
            "\n".join(value for value in row.values if value not in known), row.values[0] if row.values else "",
            self._fault(row),
        )  # fmt: skip

    def _fault(self, row: ConditionRow) -> str:
        if not self._checks:
            return ""
        try:
            clause_of(row, self._sentences.kinds)
        except IncompleteRowError as fault:
            return str(_FAULTS[fault.code])
        return ""

    def _fields(self, field: str) -> list[tuple[str, list[tuple[str, str]]]]:
        """The fields to choose from, in groups. A label that a text names a field by is one of them where it is used."""
        declared = self._sentences.declared
        labels = {name for name in self._sentences.kinds if _is_label(name, declared)}
        of_group: dict[str, list[tuple[str, str]]] = {group: [] for group in _GROUPS}
        for name in self._sentences.kinds:
            if name not in labels or name == field:
                of_group[_group_of(name, name in declared or name in labels)].append((name, self._sentences.label(name)))
        return [(str(_GROUPS[group]), fields) for group, fields in of_group.items() if fields]


def _is_label(name: str, declared: Mapping[str, object]) -> bool:
    return name not in declared and name not in _FIXED


_FIXED = frozenset({*_OF_LISTS, *_OF_MAIL, "segment", "language", "country", "domain", "email", "name", "created"})


def _group_of(name: str, is_own: bool) -> str:
    if is_own:
        return "own"
    if name in _OF_LISTS:
        return "lists"
    if name in _OF_MAIL:
        return "mail"
    return "segments" if name == "segment" else "person"


def _fault_of_text(text: str) -> str:
    try:
        parse(text)
    except SegmentError as error:
        return stored_texts.segment_fault(error)
    return ""


def _number(path: Path) -> str:
    """The number of a part as people count: `2.1`."""
    return ".".join(str(at + 1) for at in path)
