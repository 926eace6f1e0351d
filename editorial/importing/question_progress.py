"""How many questions of an import are answered: those of the first revision of the issue that are not in its text any more."""

from collections import Counter
from collections.abc import Iterable

from editorial.importing import questions
from editorial.importing.questions import Question
from editorial.models import IssueRecord
from editorial.sources import issue_state


def answered(issue: IssueRecord, left: Iterable[Question]) -> int:
    """How many questions were answered on their page or in the editor. `left`: those of the newest text."""
    first = issue.revisions.order_by("number").values_list("edit", flat=True).first()
    if not first:
        return 0
    # An answer may change the passage of another question, and an article that is divided takes its questions to another part.
    asked = Counter((question.file, question.texts) for question in questions.find(issue_state.at_edit(issue.pk, first)))
    return (asked - Counter((question.file, question.texts) for question in left)).total()
