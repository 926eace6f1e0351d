"""Findings in words, errors first, those of one kind in one line: in the console, and in the preview of a folder."""

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
class FindingFix:
    """A button that corrects what was found. `url` takes a POST without further values."""

    url: str
    label: str


@dataclass(frozen=True, slots=True)
class FindingLine:
    """Findings of one kind with the same hint: the first of them, its place, and all places if there are several.

    A question of the import leads to the page of questions. `fix`: for people who may edit the issue.
    """

    finding: ShownFinding
    url: str = ""
    part: str = ""
    places: tuple[FindingPlace, ...] = ()
    fix: FindingFix | None = None

    @property
    def is_question(self) -> bool:
        return self.finding.severity == import_texts.QUESTION

    @property
    def count(self) -> int:
        return len(self.places) or 1


def count(lines: Iterable[FindingLine], severity: str) -> int:
    return sum(line.count for line in lines if line.finding.severity == severity)


def grouped(findings: Iterable[Finding], line_of: Callable[[Sequence[Finding]], FindingLine]) -> list[FindingLine]:
    """Group the findings: errors first, then questions of the import, in the order of the source. One kind shares a line.

    `line_of` makes the line of one finding from its copies in all variants.
    """

    # What is about no line is about the mail as a whole, and comes last.
    def order(finding: Finding) -> tuple[object, ...]:
        return (
            LEVELS.index(finding.level),
            import_texts.is_question(finding),
            not finding.line,
            finding.file,
            finding.line or 0,
            finding.column or 0,
        )

    alike: dict[tuple[object, ...], list[Finding]] = {}
    for finding in sorted(findings, key=order):
        alike.setdefault((finding.code, finding.location, str(finding.params)), []).append(finding)
    kinds: dict[tuple[object, ...], list[FindingLine]] = {}
    for number, line in enumerate(map(line_of, alike.values())):
        shown = line.finding
        alone = (number,) if line.is_question or shown.is_about_theme else ()
        kinds.setdefault((shown.severity, shown.code, shown.hint, shown.variants, *alone), []).append(line)
    return [_joined(same) for same in kinds.values()]


def _joined(same: list[FindingLine]) -> FindingLine:
    """Return the first line with the places of all lines."""
    if len(same) == 1:
        return same[0]
    differ = len({line.finding.message for line in same}) > 1
    places = (FindingPlace(line.url, line.part, line.finding.message if differ else "") for line in same)
    return replace(same[0], places=tuple(places))
