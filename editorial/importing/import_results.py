"""What an import knows for the head of its issue: from the document, and from an earlier issue, its model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from composer.issue.document import Block, Credit, EditorMark, Footer, Issue
from composer.issue.parsing.head import Head
from composer.issue.parsing.issue_file import ISSUE_FILE, parse_issue
from composer.issue.printing.issue_printer import print_issue
from editorial.importing import doubts
from editorial.importing.doubts import Doubt
from editorial.models import DocumentImport
from editorial.sources import issue_state, new_issues
from editorial.sources.issue_state import IssueState

# How the marks begin whose questions the form of the head asks -> the fields that answer them.
ASKED: dict[str, tuple[str, ...]] = {
    "check: title:": ("title",),
    "check: organisation:": ("organisation",),
    "check: date and number:": ("number", "date"),
    "check: subject and preheader:": ("subject", "preheader"),
    "check: footer: the text says nothing": ("about",),
    "check: footer: the postal address": ("address",),
    # The page of doubts always lists what was left out.
    "check: lines above the highlights were left out": (),
}
_NO_TITLE = "check: title:"
_NO_DATE = "the text names no month"


@dataclass(frozen=True, slots=True)
class HeadValues:
    """The head of an imported issue, as text of a form. `credits` and `theme` are not asked for."""

    title: str = ""
    number: str = ""
    date: str = ""
    organisation: str = ""
    subject: str = ""
    preheader: str = ""
    about: str = ""
    address: str = ""
    website: str = ""
    email: str = ""


def document_of(run: DocumentImport) -> Issue:
    """The issue that the import made of the document, before anybody answered a question."""
    return parse_issue(str((run.result or {})["issue"]))


def suggested(run: DocumentImport) -> HeadValues:
    """The form of the head: what the document says, and for the rest what its model says."""
    issue = document_of(run)
    marks = [block.text for block in issue.opening if isinstance(block, EditorMark)]
    head, model = model_of(run, issue.language)
    title = head.texts["title"] if head and any(each.startswith(_NO_TITLE) for each in marks) else issue.title
    number, day = issue.number, issue.date.isoformat()
    if model is not None and any(_NO_DATE in each for each in marks):
        next_one = new_issues.suggestion(model)
        number, day = next_one.number, next_one.date
    footer = head.footer if head else Footer("")
    return HeadValues(
        title, number, day, (head.texts["organisation"] if head else "") or issue.organisation, issue.subject, issue.preheader,
        footer.about or issue.footer.about, footer.address or issue.footer.address, footer.website or issue.footer.website,
        footer.email or issue.footer.email,
    )  # fmt: skip


def model_of(run: DocumentImport, language: str) -> tuple[Head | None, IssueState | None]:
    """The head of the chosen model in the language of the document, or else in its first language."""
    if run.template is None:
        return None, None
    state = issue_state.head(run.template.pk)
    heads = {file: new_issues.head_of(IssueState({ISSUE_FILE: parts}, {})) for file, parts in state.files.items()}
    known = [head for _, head in sorted(heads.items(), key=lambda each: each[0] != ISSUE_FILE) if head is not None]
    same = [head for head in known if _primary(head.texts["language"]) == _primary(language)]
    return next(iter([*same, *known]), None), state


def _primary(language: str) -> str:
    return language.partition("-")[0].lower()


def source_of(run: DocumentImport, values: HeadValues, day: date) -> str:
    """The text of the issue file with these values in its head, and without the marks whose questions they answer."""
    issue = document_of(run)
    head, _ = model_of(run, issue.language)
    made = replace(
        issue, title=values.title, number=values.number, date=day, organisation=values.organisation, subject=values.subject,
        preheader=values.preheader, theme=(head.texts["theme"] if head else "") or issue.theme,
        credits=issue.credits or _credits(head), footer=Footer(values.about, values.address, values.website, values.email),
        opening=tuple(block for block in issue.opening if not _is_answered(block, values)),
    )  # fmt: skip
    return print_issue(made)


def questions(run: DocumentImport) -> tuple[Doubt, ...]:
    """The questions that are left for the page of doubts if the form of the head is sent as it is suggested."""
    source = source_of(run, suggested(run), document_of(run).date)
    return doubts.find(issue_state.of_sources({ISSUE_FILE: source}, {}))


def _credits(head: Head | None) -> tuple[Credit, ...]:
    return tuple(head.credits) if head else ()


def _is_answered(block: Block, values: HeadValues) -> bool:
    """Whether a block is a mark that the form has answered. A question whose field was left empty stays."""
    if not isinstance(block, EditorMark):
        return False
    fields = next((fields for begin, fields in ASKED.items() if block.text.startswith(begin)), None)
    return fields is not None and all(getattr(values, name).strip() for name in fields)
