"""Findings in words, errors first, those of one kind in one line: in the console, and in the preview of a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from composer.errors import LEVELS, Finding
from web.texts.issues import import_texts
from web.texts.state_labels import ShownFinding


@dataclass(frozen=True, slots=True)
class FindingPlace:
    """Where a finding is: the page and the name of the part of the source, or a line of a file; empty if it is about none."""

    url: str = ""
    part: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class FindingLine:
    """Findings of one kind with the same hint: the first of them, its place, and all places if there are several.

    A question of the import leads to the page of questions.
    """

    finding: ShownFinding
    url: str = ""
    part: str = ""
    places: tuple[FindingPlace, ...] = ()

    @property
    def is_question(self) -> bool:
        return self.finding.severity == import_texts.QUESTION

    @property
    def count(self) -> int:
        return len(self.places) or 1


def count(lines: Iterable[FindingLine], severity: str) -> int:
    """How many findings of one severity there are."""
    return sum(line.count for line in lines if line.finding.severity == severity)


def grouped(findings: Iterable[Finding], line_of: Callable[[Sequence[Finding]], FindingLine]) -> list[FindingLine]:
    """The findings, errors first, then questions of the import, in the order of the source. Those of one kind are one line.

    `line_of` makes the line of one finding, which several variants may have.
    """

    # What is about no line is about the mail as a whole, and comes last.
    def order(each: Finding) -> tuple[object, ...]:
        return (
            LEVELS.index(each.level),
            import_texts.is_question(each),
            not each.line,
            each.file,
            each.line or 0,
            each.column or 0,
        )

    alike: dict[tuple[object, ...], list[Finding]] = {}
    for each in sorted(findings, key=order):
        alike.setdefault((each.code, each.location, str(each.params)), []).append(each)
    kinds: dict[tuple[object, ...], list[FindingLine]] = {}
    for number, line in enumerate(map(line_of, alike.values())):
        shown = line.finding
        alone = (number,) if line.is_question or shown.is_about_theme else ()
        kinds.setdefault((shown.severity, shown.code, shown.hint, shown.variants, *alone), []).append(line)
    return [_joined(same) for same in kinds.values()]


def _joined(same: list[FindingLine]) -> FindingLine:
    """The first line, with the places of all."""
    if len(same) == 1:
        return same[0]
    differ = len({each.finding.message for each in same}) > 1
    places = (FindingPlace(each.url, each.part, each.finding.message if differ else "") for each in same)
    return replace(same[0], places=tuple(places))
