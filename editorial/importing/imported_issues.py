"""Finishes an import: makes an issue of what was read, with the head that a person confirmed. All or nothing."""

from dataclasses import asdict, replace

from django.db import transaction

from composer.issue.characters import FORBIDDEN
from composer.issue.parsing.issue_file import ISSUE_FILE
from editorial.importing import import_results
from editorial.importing.document_imports import DocumentImportError, State, require_manager
from editorial.importing.import_results import ImportedHead
from editorial.issue_records import make_slug
from editorial.models import DocumentImport, ImportedFile, IssueRecord, IssueRevision
from editorial.sources import edits, issue_state, new_issues, pictures
from editorial.sources.issue_state import IssueState
from editorial.sources.new_issues import IssueDetails, NewIssueError
from publication import audit, clock
from publication.models import Actor

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
        state = _state(locked, import_results.source_of(locked, values, day))
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
    return replace(state, pictures=paths)
