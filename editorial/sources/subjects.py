"""The subjects of an issue in each of its languages: reads them, and gives the issue others."""

from collections.abc import Mapping

from composer.issue.characters import FORBIDDEN
from composer.issue.editing import head_values
from composer.issue.editing.head_values import HeadValues, UnreadableHeadError
from composer.issue.parts import outline
from composer.issue.parts.splitting import HEAD
from editorial.models import IssueRecord
from editorial.sources import edits, issue_state
from editorial.sources.edits import AppliedEdit, SourceEditError
from editorial.sources.issue_state import IssueState
from publication.models import Actor


def of_issue(issue: int) -> dict[str, tuple[str, str]]:
    """File -> its language and subject in the newest text, of the files whose head can be read."""
    state = issue_state.head(issue)
    shown = {}
    for file, parts in state.files.items():
        try:
            shown[file] = outline.language_of(parts), _head(state, file).texts["subject"]
        except SourceEditError:
            continue
    return shown


def change(actor: Actor, issue: IssueRecord, subjects: Mapping[str, str]) -> AppliedEdit:
    """Write these subjects into the heads of the files. Raises SourceEditError."""
    if wrong := next((file for file, subject in subjects.items() if not subject.strip() or FORBIDDEN.search(subject)), None):
        raise SourceEditError("subject", file=wrong)

    def edit(newest: IssueState) -> tuple[IssueState, IssueState]:
        changed = newest
        for file, subject in subjects.items():
            values = _head(newest, file)
            before = newest.files[file][0].text
            text = head_values.text_of("head", HeadValues({**values.texts, "subject": subject}), before)
            changed = changed.with_text(file, HEAD, text)
        return newest, changed

    return edits.apply_edit(actor, issue, edit)


def _head(state: IssueState, file: str) -> HeadValues:
    parts = state.files.get(file, ())
    if not parts or parts[0].id != HEAD:
        raise SourceEditError("head", file=file)
    try:
        return head_values.values_of("head", parts[0].text)
    except UnreadableHeadError:
        raise SourceEditError("head", file=file) from None
