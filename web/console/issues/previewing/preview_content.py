"""What the preview of an issue shows in the console: the mail, and the findings with links to their parts."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils.translation import gettext_lazy as _

from campaigns import launch_checks
from composer.errors import Finding
from composer.issue.merge_fields import READ_URL
from composer.issue.parts.outline import kind_of
from composer.issue.parts.part_texts import opened
from editorial.importing import questions
from editorial.models import IssueRecord
from editorial.previewing import issue_preview
from editorial.previewing.issue_preview import IssuePreview
from editorial.sources.issue_state import IssueState
from web.console.issues.finding_groups import count
from web.console.issues.finding_lines import finding_lines
from web.console.issues.issue_page import part_of
from web.console.issues.previewing.preview_choice import SEES_PEOPLE, PreviewChoice
from web.console.issues.previewing.shown_mail import findings_of, shared_values
from web.console.issues.writing import head_forms
from web.console.issues.writing.typed_text import can_be_rich, lines_of
from web.texts import state_labels
from web.texts.people.shown_people import shown_address

# Code -> one sentence for all findings of it, without their addresses.
_SENTENCES = {
    "images-https": _("The pictures are not loaded over https: the public address does not begin with https://."),
    "list-headers": _("The mail has no secure unsubscribe address: the public address does not begin with https://."),
}


def divided(findings: Iterable[Finding]) -> tuple[list[Finding], list[str]]:
    """Return the findings for the author, and a sentence for each kind of the others. Errors stay: they prevent sending."""
    for_author: list[Finding] = []
    sentences: dict[str, None] = {}
    for finding in findings:
        shown = state_labels.findings([finding])[0]
        if finding.level == "error" or not (finding.code in _SENTENCES or shown.is_about_theme):
            for_author.append(finding)
        else:
            whole = f"{shown.message}. {shown.hint}" if shown.hint else shown.message
            sentences[str(_SENTENCES.get(finding.code, whole))] = None
    return for_author, list(sentences)


def shown_values(request: HttpRequest, issue: IssueRecord, preview: IssuePreview, choice: PreviewChoice) -> dict[str, Any]:
    """The values of the template console/issues/_preview.html."""
    good = preview if preview.composition is not None else _last_good(request, issue)
    checked = launch_checks.levelled(good.composition.findings) if good is not None and good.composition is not None else ()
    findings, for_administrator = divided(findings_of(preview, checked))
    lines = finding_lines(issue, preview.state, findings, as_source=_writes_source(request, choice))
    page_url, mail_url = (resolve_url(name, issue.slug) for name in ("issue-preview", "issue-preview-mail"))
    shared = shared_values(preview, good, choice, page_url, mail_url)
    return {
        **shared,
        "leads_to_articles": bool(shared["mail"]) and any(field.name == READ_URL for field in shared["mail"].fields),
        "findings": lines,
        "for_administrator": for_administrator,
        "block_lines": _block_lines(preview.state, choice),
        "errors": count(lines, "error"),
        # A question may have several findings.
        "questions": questions.count(preview.state) if any(line.is_question for line in lines) else 0,
        "warnings": count(lines, "warning"),
        "reader_address": shown_address(request.user, choice.person.address) if choice.person else "",
        "sees_people": request.user.has_perm(SEES_PEOPLE),
    }


def _writes_source(request: HttpRequest, choice: PreviewChoice) -> bool:
    """Whether the page with the preview shows the lines of the part's source instead of the editor or a form."""
    return bool(choice.part) and request.method == "POST" and "document" not in request.POST and not head_forms.is_form(request)


def _last_good(request: HttpRequest, issue: IssueRecord) -> IssuePreview | None:
    """What the page shows now, if that is still kept, else the newest mail of the issue that could be composed."""
    given = request.POST if request.method == "POST" else request.GET
    before = issue_preview.find(issue, given.get("good", ""))
    return before if before is not None and before.composition is not None else issue_preview.last_good(issue)


def _block_lines(state: IssueState, choice: PreviewChoice) -> str:
    """Where the blocks of the part begin next to which the preview is shown."""
    part = part_of(state, choice.file, choice.part) if choice.part else None
    return lines_of(part.text) if part is not None and can_be_rich(kind_of(part), opened(part.text).body) else ""


def first_line(state: IssueState, file: str, part: str) -> int | None:
    at = 1
    for candidate in state.files.get(file, ()):
        if candidate.id == part:
            return at
        at += candidate.text.count("\n")
    return None
