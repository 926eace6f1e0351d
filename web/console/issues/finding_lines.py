"""Findings as the pages of an issue in the console show them: each with a link to the part that it is about."""

from collections.abc import Sequence
from dataclasses import replace

from django.shortcuts import resolve_url
from django.utils.translation import gettext_lazy as _

from composer.errors import Finding
from composer.issue.parts.outline import kind_of, title_of
from composer.issue.parts.splitting import WHOLE, Part, Parts, split
from editorial.importing import questions
from editorial.importing.questions import Question
from editorial.models import IssueRecord, IssueVersion
from editorial.sources import head_changes, issue_state
from editorial.sources.issue_state import IssueState
from web.console.issues.finding_groups import FindingFix, FindingLine, grouped
from web.console.issues.issue_page import part_url
from web.texts import state_labels
from web.texts.issues import field_texts, import_texts, issue_texts
from web.texts.state_labels import ShownFinding

_ARCHIVE = _("Archive of the list")
_DIGEST = _("Make it a digest")


def state_of(version: IssueVersion) -> IssueState:
    """The source of a stored version, for the lines of its findings."""
    return IssueState({name: split(text) for name, text in version.sources.items()}, {})


def finding_lines(
    issue: IssueRecord, state: IssueState, findings: Sequence[Finding], *, as_source: bool = False
) -> list[FindingLine]:
    """The findings as lines that lead to their parts. `as_source`: for people who see the source instead of the editor."""
    asked = questions.find(state) if any(map(import_texts.is_question, findings)) else ()
    fixes = _fixes(issue, findings)

    def line_of(same: Sequence[Finding]) -> FindingLine:
        return replace(_line(issue, state, same, asked, as_source), fix=fixes.get(same[0].code))

    return grouped(findings, line_of)


def _fixes(issue: IssueRecord, findings: Sequence[Finding]) -> dict[str, FindingFix]:
    """Code of a finding -> the button that corrects it. It changes the newest text, also if an older version is shown."""
    is_too_large = any(finding.code == "size-gmail" for finding in findings)
    if not is_too_large or not head_changes.can_be_digest(issue_state.head(issue.pk)):
        return {}
    return {"size-gmail": FindingFix(resolve_url("issue-digest", slug=issue.slug), str(_DIGEST))}


def _line(
    issue: IssueRecord, state: IssueState, same: Sequence[Finding], asked: Sequence[Question], as_source: bool
) -> FindingLine:
    finding = same[0]
    position = _position(state.files.get(finding.file, ()), finding.line)
    has_no_editor = position is not None and position[0].id == WHOLE
    if not (as_source or has_no_editor):
        same = [field_texts.with_label(written) for written in same]
    [shown] = state_labels.findings(same, as_source=as_source or has_no_editor)
    if import_texts.is_question(finding):
        return _question_line(issue, finding, shown, position[0] if position else None, asked)
    if finding.code == "digest-archive":
        return FindingLine(shown, resolve_url("people-list-archive", finding.params["slug"]), str(_ARCHIVE))
    if position is None:
        return FindingLine(shown)
    part, line = position
    at = f"&line={line}" if finding.line else ""
    return FindingLine(
        shown, part_url(issue, finding.file, part.id) + at, issue_texts.kind_and_title(kind_of(part), title_of(part))
    )


def _question_line(
    issue: IssueRecord, finding: Finding, shown: ShownFinding, part: Part | None, asked: Sequence[Question]
) -> FindingLine:
    """Return the line of a question of the import. It links to that question's position among the open ones."""
    here = (finding.file, part.id if part else "")
    text = " ".join(str(finding.params["text"]).split())
    at = next((at for at, question in enumerate(asked) if (question.file, question.part) == here and text in question.texts), 0)
    named = import_texts.as_question(finding, shown, issue_texts.part_name(part) if part else "")
    return FindingLine(named, f"{resolve_url('issue-questions', slug=issue.slug)}{f'?at={at}' if at else ''}")


def _position(parts: Parts, line: int | None) -> tuple[Part, int] | None:
    """Return the part that contains a line of the file, and the line's number in it. Without a line: the only part, or None."""
    if line is None and len(parts) != 1:
        return None
    left = line or 1
    for part in parts:
        count = part.text.count("\n") + (not part.text.endswith("\n"))
        if left <= count:
            return part, left
        left -= count
    return (parts[-1], 1) if parts else None
