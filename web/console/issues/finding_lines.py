"""Findings as the pages of an issue show them: in words, errors first, each with a link to the part that it is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.shortcuts import resolve_url

from composer.errors import Finding
from composer.issue.parts.outline import kind_of, title_of
from composer.issue.parts.splitting import WHOLE, Part, Parts, split
from editorial.importing import doubts
from editorial.importing.doubts import Doubt
from editorial.models import IssueRecord, IssueVersion
from editorial.previewing.proof import LEVELS
from editorial.sources.issue_state import IssueState
from web.console.issues.issue_page import part_url
from web.texts import state_labels
from web.texts.issues import import_texts, issue_texts
from web.texts.state_labels import ShownFinding


@dataclass(frozen=True, slots=True)
class FindingPlace:
    """Where a finding is: the page and the name of the part of the source; empty if it is about none."""

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


def state_of(version: IssueVersion) -> IssueState:
    """The source of a stored version, for the lines of its findings."""
    return IssueState({name: split(text) for name, text in version.sources.items()}, {})


def finding_lines(
    issue: IssueRecord, state: IssueState, found: Iterable[Finding], *, as_source: bool = False
) -> list[FindingLine]:
    """The findings, errors first, then questions of the import, in the order of the source. Those of one kind are one line.

    `as_source`: for people who see the lines of the source instead of the editor.
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

    ordered = sorted(found, key=order)
    asked = doubts.find(state) if any(map(import_texts.is_question, ordered)) else ()
    alike: dict[tuple[object, ...], list[Finding]] = {}  # one finding in several variants
    for each in ordered:
        alike.setdefault((each.code, each.place, str(each.params)), []).append(each)
    lines = [_line(issue, state, same, asked, as_source) for same in alike.values()]
    kinds: dict[tuple[object, ...], list[FindingLine]] = {}
    for number, line in enumerate(lines):
        shown = line.finding
        alone = (number,) if line.is_question or shown.is_about_theme else ()
        kinds.setdefault((shown.severity, shown.code, shown.hint, shown.variants, *alone), []).append(line)
    return [_joined(same) for same in kinds.values()]


def _line(issue: IssueRecord, state: IssueState, same: list[Finding], asked: Sequence[Doubt], as_source: bool) -> FindingLine:
    finding = same[0]
    place = _place(state.files.get(finding.file, ()), finding.line)
    has_no_editor = place is not None and place[0].id == WHOLE
    [shown] = state_labels.findings(same, as_source=as_source or has_no_editor)
    if import_texts.is_question(finding):
        return _question_line(issue, finding, shown, place[0] if place else None, asked)
    if place is None:
        return FindingLine(shown)
    part, line = place
    at = f"&line={line}" if finding.line else ""
    return FindingLine(
        shown, part_url(issue, finding.file, part.id) + at, issue_texts.kind_and_title(kind_of(part), title_of(part))
    )


def _joined(same: list[FindingLine]) -> FindingLine:
    """The first line, with the places of all."""
    if len(same) == 1:
        return same[0]
    differ = len({each.finding.message for each in same}) > 1
    places = (FindingPlace(each.url, each.part, each.finding.message if differ else "") for each in same)
    return replace(same[0], places=tuple(places))


def _question_line(
    issue: IssueRecord, finding: Finding, shown: ShownFinding, part: Part | None, asked: Sequence[Doubt]
) -> FindingLine:
    """A question of the import, which leads to its place among those that are asked."""
    here = (finding.file, part.id if part else "")
    mark = " ".join(str(finding.params["text"]).split())
    at = next((at for at, each in enumerate(asked) if (each.file, each.part) == here and mark in each.marks), 0)
    named = import_texts.as_question(finding, shown, issue_texts.part_name(part) if part else "")
    return FindingLine(named, f"{resolve_url('issue-doubts', slug=issue.slug)}{f'?at={at}' if at else ''}")


def _place(parts: Parts, line: int | None) -> tuple[Part, int] | None:
    """The part with a line of its file, and which of its lines that is. None without a line, if the file has several parts."""
    if line is None and len(parts) != 1:
        return None
    left = line or 1
    for part in parts:
        count = part.text.count("\n") + (not part.text.endswith("\n"))
        if left <= count:
            return part, left
        left -= count
    return (parts[-1], 1) if parts else None
