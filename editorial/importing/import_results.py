"""What an import knows for the head of its issue, from the document and an earlier issue; and making the issue."""

from dataclasses import asdict, dataclass, replace
from datetime import date

from django.db import transaction

from composer.issue.characters import FORBIDDEN
from composer.issue.document import Block, Credit, EditorMark, Footer, Issue
from composer.issue.editing import head_values
from composer.issue.parsing.head import Head
from composer.issue.parsing.issue_file import ISSUE_FILE, parse_issue
from composer.issue.printing.issue_printer import print_issue
from editorial.importing import questions
from editorial.importing.document_imports import DocumentImportError, State, require_manager
from editorial.importing.questions import Question
from editorial.issue_records import make_slug
from editorial.models import DocumentImport, ImportedFile, IssueRecord, IssueRevision
from editorial.sources import edits, issue_state, new_issues, pictures
from editorial.sources.issue_state import IssueState
from editorial.sources.new_issues import IssueDetails, NewIssueError
from publication import audit, clock
from publication.installation import publication
from publication.models import Actor, Publication

# How the questions begin that the form of the head asks -> the fields that answer them.
ASKED: dict[str, tuple[str, ...]] = {
    "check: title:": ("title",),
    "check: organisation:": ("organisation",),
    "check: date and number:": ("number", "date"),
    "check: subject and preheader:": ("subject", "preheader"),
    "check: footer: the text says nothing": ("about",),
    "check: footer: the postal address": ("address",),
    # The page of questions always lists what was left out.
    "check: a line with the number or the date also has other words": (),
}


@dataclass(frozen=True, slots=True)
class ImportedHead:
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
    return parse_issue(str((run.result or {})["issue"]), unfinished=True)


def suggested(run: DocumentImport) -> ImportedHead:
    """The form of the head: what the document says, and for the rest what its model says. Number and date are only those of the
    document: they are what makes this issue another one than its model."""
    issue = document_of(run)
    head = model_of(run, issue.language)
    title = issue.title or (head.texts["title"] if head else "") or own_name()
    day = issue.date.isoformat() if issue.date > date.min else ""
    footer = head.footer if head else Footer("")
    organisation = (head.texts["organisation"] if head else "") or issue.organisation
    return ImportedHead(
        title, issue.number, day, organisation, issue.subject, issue.preheader,
        footer.about or issue.footer.about, footer.address or issue.footer.address, footer.website or issue.footer.website,
        footer.email or issue.footer.email,
    )  # fmt: skip


def own_name() -> str:
    name = publication().name
    return "" if name == Publication._meta.get_field("name").default else name


def model_of(run: DocumentImport, language: str) -> Head | None:
    """The head of the chosen model in the language of the document, or else in its first language."""
    if run.template is None:
        return None
    state = issue_state.head(run.template.pk)
    heads = {file: new_issues.head_of(IssueState({ISSUE_FILE: parts}, {})) for file, parts in state.files.items()}
    known = [head for _, head in sorted(heads.items(), key=lambda each: each[0] != ISSUE_FILE) if head is not None]
    same = [head for head in known if _primary(head.texts["language"]) == _primary(language)]
    return next(iter([*same, *known]), None)


def _primary(language: str) -> str:
    return language.partition("-")[0].lower()


def source_of(run: DocumentImport, values: ImportedHead, day: date) -> str:
    """The text of the issue file with these values in its head, and without the questions that they answer."""
    issue = document_of(run)
    head = model_of(run, issue.language)
    made = replace(
        issue, title=values.title, number=values.number, date=day, organisation=values.organisation, subject=values.subject,
        preheader=_preheader(issue, values), theme=(head.texts["theme"] if head else "") or issue.theme,
        credits=issue.credits or _credits(head), footer=_footer(values, issue, head),
        opening=tuple(block for block in issue.opening if not _is_answered(block, values)),
    )  # fmt: skip
    return print_issue(made)


def _footer(values: ImportedHead, issue: Issue, head: Head | None) -> Footer:
    """The typed footer, with the accounts and the QR code of the document, or else of its model: no form asks for them."""
    own, model = issue.footer, head.footer if head else Footer("")
    return Footer(
        values.about, values.address, values.website, values.email, own.social or model.social, own.wechat or model.wechat
    )  # fmt: skip


def _preheader(issue: Issue, values: ImportedHead) -> str:
    """The typed preheader. One that was not changed and names the title of the document names the typed title."""
    if issue.title and values.preheader == issue.preheader:
        return values.preheader.replace(issue.title, values.title, 1)
    return values.preheader


def open_questions(run: DocumentImport) -> tuple[Question, ...]:
    """The questions that are left for the page of questions if the form of the head is sent as it is suggested."""
    source = source_of(run, suggested(run), document_of(run).date)
    return questions.find(issue_state.of_sources({ISSUE_FILE: source}, {}))


def _credits(head: Head | None) -> tuple[Credit, ...]:
    return tuple(head.credits) if head else ()


def _is_answered(block: Block, values: ImportedHead) -> bool:
    """Whether a block is a question that the form has answered. One whose field was left empty stays."""
    if not isinstance(block, EditorMark):
        return False
    fields = next((fields for begin, fields in ASKED.items() if block.text.startswith(begin)), None)
    return fields is not None and all(getattr(values, name).strip() for name in fields)


LONGEST = 2_000  # characters of one field; far above what a head needs


def finish(actor: Actor, run: DocumentImport, typed: ImportedHead) -> IssueRecord:
    """Create the issue of an import that was read. Its source is the first revision. Raises NewIssueError, DocumentImportError.

    Only title, number and date are needed: what else is missing is a question or a finding of the unfinished issue.
    """
    require_manager(actor, run)
    values = ImportedHead(**{name: " ".join(text.split()) for name, text in asdict(typed).items()})
    day = new_issues.validated_date(IssueDetails(values.title, values.number, values.date))
    _check(values)
    slug = make_slug(values.title, values.number)
    with transaction.atomic():
        locked = DocumentImport.objects.select_for_update(of=("self",)).select_related("template").get(pk=run.pk)
        if locked.state != State.READY:
            raise DocumentImportError("state")
        record, is_new = IssueRecord.objects.get_or_create(slug=slug, defaults={"title": values.title})
        if not is_new:
            raise NewIssueError("taken", title=values.title, number=values.number, issue=slug)
        state = _state(locked, source_of(locked, values, day))
        edits.apply_edit(actor, record, lambda theirs: (theirs, state), reason=IssueRevision.Reason.IMPORT, verb="finish_import")
        DocumentImport.objects.filter(pk=run.pk).update(state=State.DONE, issue=record, changed_at=clock.now())
        audit.record(actor, "import_issue", record, issue=slug, run=run.pk, file=locked.file_name)
    return record


def _check(values: ImportedHead) -> None:
    for text in asdict(values).values():
        if len(text) > LONGEST:
            raise NewIssueError("long", most=LONGEST)
        if FORBIDDEN.search(text):
            raise NewIssueError("character")


def _state(run: DocumentImport, source: str) -> IssueState:
    """The source with the pictures of the document, and those that were uploaded with it and are not among them."""
    state = issue_state.of_sources({ISSUE_FILE: source}, {})
    paths = {f"{pictures.FOLDER}/{name}": digest for name, digest in (run.result or {}).get("pictures", {}).items()}
    for file in run.files.filter(role=ImportedFile.Role.PICTURE):
        if file.original_id not in paths.values():
            paths[pictures.free_path(file.name, paths, file.original_id)] = file.original_id
    return replace(state, pictures=_with_code(paths, source, run))


def _with_code(paths: dict[str, str], source: str, run: DocumentImport) -> dict[str, str]:
    """The pictures with the QR code of the footer, which comes from the model unless the document has a file of this name."""
    code = head_values.qr_code_in(source)
    if not code or code in paths or run.template is None:
        return paths
    digest = issue_state.head(run.template.pk).pictures.get(code)
    return {**paths, code: digest} if digest else paths
