"""Changes values in the heads of an issue's languages at once: its subjects, and whether its mail is a digest."""

from collections.abc import Callable, Mapping

from django.conf import settings
from django.db import transaction

from composer.errors import ComposeError
from composer.issue import digest
from composer.issue.characters import FORBIDDEN
from composer.issue.document import DIGEST
from composer.issue.editing import head_values
from composer.issue.editing.head_values import HeadValues, UnreadableHeadError
from composer.issue.parsing.issue_file import parse_issue
from composer.issue.parts import outline
from composer.issue.parts.splitting import HEAD
from composer.themes.theme_loading import load_theme
from editorial.models import IssueRecord, IssueRevision
from editorial.sources import edits, issue_state, revisions
from editorial.sources.edits import AppliedEdit, SourceEditError
from editorial.sources.issue_state import IssueState
from publication.models import Actor


def subjects_of(issue: int) -> dict[str, tuple[str, str]]:
    """File -> its language and subject in the newest text, of the files whose head can be read."""
    state = issue_state.head(issue)
    shown = {}
    for file, parts in state.files.items():
        try:
            shown[file] = outline.language_of(parts), _head(state, file).texts["subject"]
        except SourceEditError:
            continue
    return shown


def change_subjects(actor: Actor, issue: IssueRecord, subjects: Mapping[str, str]) -> AppliedEdit:
    """Write these subjects into the heads of the files. Raises SourceEditError."""
    if wrong := next((file for file, subject in subjects.items() if not subject.strip() or FORBIDDEN.search(subject)), None):
        raise SourceEditError("subject", file=wrong)
    return edits.apply_edit(actor, issue, _edit({file: {"subject": subject} for file, subject in subjects.items()}))


def can_be_digest(state: IssueState) -> bool:
    """Whether the mail can become a digest and is shorter as one. An issue with errors in its text has to be corrected first."""
    try:
        issues = [parse_issue(text, file=file) for file, text in state.sources.items()]
        has_stories = any(digest.shortens(issue) for issue in issues)
        return has_stories and all(load_theme(issue.theme, settings.EMAIL_THEMES).has_digest for issue in issues)
    except ComposeError:
        return False


def make_digest(actor: Actor, issue: IssueRecord) -> AppliedEdit:
    """Write `layout: digest` into all heads. The source before becomes a revision. Raises EditConflictError, SourceEditError."""
    files = issue_state.head(issue.pk).files
    with transaction.atomic():
        applied = edits.apply_edit(actor, issue, _edit({file: {"layout": DIGEST} for file in files}))
        if applied.changes:
            revisions.name_point(actor, issue, applied.state.number - len(applied.changes), IssueRevision.Reason.PAUSE)
    return applied


def _edit(changes: Mapping[str, Mapping[str, str]]) -> Callable[[IssueState], tuple[IssueState, IssueState]]:
    """Return the edit that writes values (file -> key -> value) into the heads."""

    def edit(newest: IssueState) -> tuple[IssueState, IssueState]:
        changed = newest
        for file, texts in changes.items():
            values = _head(newest, file)
            before = newest.files[file][0].text
            try:
                text = head_values.text_of("head", HeadValues({**values.texts, **texts}), before)
            except UnreadableHeadError:
                raise SourceEditError("head", file=file) from None
            changed = changed.with_text(file, HEAD, text)
        return newest, changed

    return edit


def _head(state: IssueState, file: str) -> HeadValues:
    parts = state.files.get(file, ())
    if not parts or parts[0].id != HEAD:
        raise SourceEditError("head", file=file)
    try:
        return head_values.values_of("head", parts[0].text)
    except UnreadableHeadError:
        raise SourceEditError("head", file=file) from None
