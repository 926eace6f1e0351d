"""What the preview of an issue shows: the mail for the chosen reader, the findings with links to their parts, the size."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.shortcuts import resolve_url

from campaigns import launch_checks
from composer.composition import ComposedVariant
from composer.errors import Finding
from composer.issue.languages import direction_of
from composer.issue.parts.outline import kind_of
from composer.issue.parts.part_texts import opened
from composer.preflight.size_budget import GMAIL_CLIPS
from editorial.importing import doubts
from editorial.models import IssueRecord
from editorial.previewing import issue_preview, page_data
from editorial.previewing.issue_preview import IssuePreview
from editorial.previewing.sample_reader import SAMPLES, Reader
from editorial.sources.issue_state import IssueState
from web.console.issues.finding_lines import count, finding_lines
from web.console.issues.issue_page import part_of
from web.console.issues.previewing.preview_choice import SEES_PEOPLE, PreviewChoice
from web.console.issues.writing import head_forms
from web.console.issues.writing.typed_text import can_be_rich, lines_of
from web.texts.issues import findings_for_administrator, preview_texts

FRAMES = {"phone": 375, "desktop": 640}  # CSS pixels


def shown_values(request: HttpRequest, issue: IssueRecord, preview: IssuePreview, choice: PreviewChoice) -> dict[str, Any]:
    """The values of the template console/issues/_preview.html."""
    good = preview if preview.composition is not None else _last_good(request, issue)
    found, for_administrator = findings_for_administrator.divided(_findings(preview, good))
    lines = finding_lines(issue, preview.state, found, as_source=_writes_source(request, choice))
    values: dict[str, Any] = {
        "preview": preview,
        "choice": choice,
        "trouble": preview_texts.TROUBLES[preview.trouble] if preview.trouble else "",
        "stale": good is not None and good is not preview,
        "findings": lines,
        "for_administrator": for_administrator,
        "block_lines": _block_lines(preview.state, choice),
        "errors": count(lines, "error"),
        "questions": doubts.count(preview.state) if any(line.is_question for line in lines) else 0,  # some have several marks
        "warnings": count(lines, "warning"),
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


def _writes_source(request: HttpRequest, choice: PreviewChoice) -> bool:
    """Whether the page with the preview shows the lines of the part's source instead of the editor or a form."""
    return bool(choice.part) and request.method == "POST" and "document" not in request.POST and not head_forms.is_form(request)


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


def _block_lines(state: IssueState, choice: PreviewChoice) -> str:
    """Where the blocks of the part begin next to which the preview is shown."""
    part = part_of(state, choice.file, choice.part) if choice.part else None
    return lines_of(part.text) if part is not None and can_be_rich(kind_of(part), opened(part.text).body) else ""


def first_line(state: IssueState, file: str, part: str) -> int | None:
    """The line of a file on which a part begins."""
    at = 1
    for each in state.files.get(file, ()):
        if each.id == part:
            return at
        at += each.text.count("\n")
    return None
