"""What the preview of an issue shows: the mail for the chosen reader, the findings with links to their parts, the size."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest
from django.shortcuts import resolve_url

from campaigns import launch_checks
from composer.composition import ComposedVariant
from composer.errors import Finding
from composer.issue.languages import direction_of
from composer.issue.parts.outline import kind_of, title_of
from composer.issue.parts.part_texts import opened
from composer.issue.parts.splitting import Part, Parts
from composer.preflight.size_budget import GMAIL_CLIPS
from editorial.importing import doubts
from editorial.importing.doubts import Doubt
from editorial.models import IssueRecord
from editorial.previewing import issue_preview, page_data
from editorial.previewing.issue_preview import IssuePreview
from editorial.previewing.proof import LEVELS
from editorial.previewing.sample_reader import SAMPLES, Reader
from editorial.sources.issue_state import IssueState
from web.console.issues.issue_page import part_of, part_url
from web.console.issues.previewing.preview_choice import SEES_PEOPLE, PreviewChoice
from web.console.issues.writing.typed_text import can_be_rich, lines_of
from web.texts import state_labels
from web.texts.issues import editor_hints, findings_for_administrator, import_texts, issue_texts, preview_texts
from web.texts.state_labels import ShownFinding

FRAMES = {"phone": 375, "desktop": 640}  # CSS pixels


@dataclass(frozen=True, slots=True)
class FindingLine:
    """A finding, and the part of the source that it is about: its page and its name; empty if it is about none.

    A question of the import leads to the page of questions.
    """

    finding: ShownFinding
    url: str = ""
    part: str = ""

    @property
    def is_question(self) -> bool:
        return self.finding.severity == import_texts.QUESTION


def shown_values(request: HttpRequest, issue: IssueRecord, preview: IssuePreview, choice: PreviewChoice) -> dict[str, Any]:
    """The values of the template console/issues/_preview.html."""
    good = preview if preview.composition is not None else _last_good(request, issue)
    found, for_administrator = findings_for_administrator.divided(_findings(preview, good))
    lines = finding_lines(issue, preview.state, found)
    values: dict[str, Any] = {
        "preview": preview,
        "choice": choice,
        "trouble": preview_texts.TROUBLES[preview.trouble] if preview.trouble else "",
        "stale": good is not None and good is not preview,
        "findings": lines,
        "for_administrator": for_administrator,
        "block_lines": _block_lines(preview.state, choice),
        "errors": sum(line.finding.severity == "error" for line in lines),
        "questions": doubts.count(preview.state) if any(line.is_question for line in lines) else 0,  # some have several marks
        "warnings": sum(line.finding.severity == "warning" for line in lines),
        "views": [(name, label) for name, (label, _) in preview_texts.VIEWS.items()],
        "hint": preview_texts.VIEWS[choice.view][1],
        # Next to a text there is no room for both.
        "widths": [(name, label) for name, label in preview_texts.WIDTHS.items() if name != "both" or not choice.part],
        "samples": [(at, preview_texts.SAMPLES[sample.key]) for at, sample in enumerate(SAMPLES)],
        "sees_people": request.user.has_perm(SEES_PEOPLE),
        "mail": None,
    }
    if good is not None and good.composition is not None:
        values |= _mail(issue, good, choice)
    return values


def _findings(preview: IssuePreview, good: IssuePreview | None) -> list[Finding]:
    """The errors of the text, and what the checks found in the mail that is shown.

    With errors the mail has placeholders, or is an older one. Then what the checks call an error there, and what they say about
    the lines with errors, is left out.
    """
    checked = launch_checks.levelled(good.composition.findings) if good is not None and good.composition is not None else []
    wrong = {(fault.file, fault.line) for fault in preview.faults}
    if wrong:
        checked = [each for each in checked if each.level != "error" and (each.file, each.line) not in wrong]
    return [*preview.faults, *checked]


def _last_good(request: HttpRequest, issue: IssueRecord) -> IssuePreview | None:
    """What the page shows now, if that is still kept, else the newest mail of the issue that could be composed."""
    given = request.POST if request.method == "POST" else request.GET
    before = issue_preview.find(issue, given.get("good", ""))
    return before if before is not None and before.composition is not None else issue_preview.last_good(issue)


def _mail(issue: IssueRecord, good: IssuePreview, choice: PreviewChoice) -> dict[str, Any]:
    composition = good.composition
    if composition is None:
        raise ValueError("there is no mail")
    reader = choice.reader(composition)
    variant = reader.shown(composition)
    mail = variant.mail
    # Outlook on Windows does not run on phones.
    widths = ["desktop"] if choice.view == "outlook" else list(FRAMES) if choice.width == "both" else [choice.width]
    query = choice.query(key=good.key, variant=str(variant.number))
    return {
        "key": good.key,
        "mail": mail,
        "variant": variant,
        "variants": [_for_whom(each) for each in composition.variants],
        "own": reader.own(composition).number,
        "inbox": _inbox(reader, variant, page_data.issue_of(composition, variant).title),
        "text": reader.fill(mail.text, mail.fields) if choice.view == "text" else "",
        "direction": direction_of(variant.language),
        "frames": [] if choice.view == "text" else [(name, FRAMES[name]) for name in widths],
        "address": f"{resolve_url('issue-preview-mail', issue.slug)}?{query}",
        **_sizes(variant, choice.part),
    }


def _for_whom(variant: ComposedVariant) -> dict[str, Any]:
    """The values of the template console/_for_whom.html."""
    return {"variant": variant.number, "language": variant.language, "holds": variant.holds}


def _inbox(reader: Reader, variant: ComposedVariant, title: str) -> dict[str, str]:
    mail = variant.mail
    texts = {"subject": mail.subject, "preheader": mail.preheader}
    return {"from": title, **{name: reader.fill(text, mail.fields) for name, text in texts.items()}}


def _sizes(variant: ComposedVariant, part: str) -> dict[str, Any]:
    """The size in KB with the longest values, as the check of the size counts it, of each article, and of the one of a page."""
    budget = variant.mail.budget
    size = budget.html if budget else len(variant.mail.html.encode())
    articles = budget.articles if budget else ()
    return {
        "size": _kilobytes(size), "limit": GMAIL_CLIPS // 1024, "bytes": size, "limit_bytes": GMAIL_CLIPS,
        "clipped": size > GMAIL_CLIPS, "article_sizes": [(each.title, _kilobytes(each.size)) for each in articles],
        "article_size": next((_kilobytes(each.size) for each in articles if each.id == part), ""),
    }  # fmt: skip


def _kilobytes(size: int) -> str:
    return f"{size / 1024:.1f}" if size < 10240 else f"{size / 1024:.0f}"


def finding_lines(issue: IssueRecord, state: IssueState, found: Iterable[Finding]) -> list[FindingLine]:
    """The findings, errors first, then questions of the import, in the order of the source, each with its part."""

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
    lines: list[FindingLine] = []
    for finding in ordered:
        shown = state_labels.findings([finding])[0]
        shown = replace(shown, hint=str(editor_hints.HINTS.get(finding.code, shown.hint)))
        place = _place(state.files.get(finding.file, ()), finding.line)
        if import_texts.is_question(finding):
            lines.append(_question_line(issue, finding, shown, place[0] if place else None, asked))
            continue
        if place is None:
            lines.append(FindingLine(shown))
            continue
        part, line = place
        at = f"&line={line}" if finding.line else ""
        lines.append(
            FindingLine(
                shown, part_url(issue, finding.file, part.id) + at, issue_texts.kind_and_title(kind_of(part), title_of(part))
            )
        )
    return lines


def _question_line(
    issue: IssueRecord, finding: Finding, shown: ShownFinding, part: Part | None, asked: Sequence[Doubt]
) -> FindingLine:
    """A question of the import, which leads to its place among those that are asked."""
    here = (finding.file, part.id if part else "")
    mark = " ".join(str(finding.params["text"]).split())
    at = next((at for at, each in enumerate(asked) if (each.file, each.part) == here and mark in each.marks), 0)
    named = import_texts.as_question(finding, shown, issue_texts.part_name(part) if part else "")
    return FindingLine(named, f"{resolve_url('issue-doubts', slug=issue.slug)}{f'?at={at}' if at else ''}")


def _block_lines(state: IssueState, choice: PreviewChoice) -> str:
    """Where the blocks of the part begin next to which the preview is shown."""
    part = part_of(state, choice.file, choice.part) if choice.part else None
    return lines_of(part.text) if part is not None and can_be_rich(kind_of(part), opened(part.text).body) else ""


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


def first_line(state: IssueState, file: str, part: str) -> int | None:
    """The line of a file on which a part begins."""
    at = 1
    for each in state.files.get(file, ()):
        if each.id == part:
            return at
        at += each.text.count("\n")
    return None
