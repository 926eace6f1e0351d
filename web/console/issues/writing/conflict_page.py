"""Shows both texts if two people changed the same part, with the differences marked, and lets the second one choose."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from composer.issue.parts import outline
from composer.issue.parts.merging import ORDER
from composer.issue.parts.part_texts import PartText, opened
from composer.issue.parts.splitting import Part
from editorial.models import IssueRecord
from editorial.sources import issue_state
from editorial.sources.comparing import readable
from editorial.sources.edits import EditConflictError
from editorial.sources.issue_state import Conflict, IssueState
from editorial.text_differences import EQUAL, SKIPPED, ComparisonBudget, compare, merge_lines
from publication import clock
from publication.installation import publication
from web.console.issues.issue_page import account, part_of, part_url, show_issue
from web.console.issues.writing import head_forms
from web.texts.issues import reader_texts

_CONTEXT = 3  # equal lines around each change


def answer(request: HttpRequest, issue: IssueRecord, conflict: EditConflictError, part: str) -> HttpResponse:
    """Answer with 409: a page with both texts, or a sentence for a script. `part` is the part that was to be saved."""
    texts = [text_conflict for text_conflict in conflict.conflicts if text_conflict.part != ORDER] or list(conflict.conflicts)
    shown_conflict = next((text_conflict for text_conflict in texts if text_conflict.part == part), texts[0])
    who = _who(shown_conflict, account(request).get_username())
    if request.headers.get("Accept", "").startswith("application/json"):
        text = _("%(who)s Your text is still on this page. Look at both texts, then choose.") % {"who": who}
        return JsonResponse({"status": text}, status=409)
    state = issue_state.head(issue.pk)
    # Who uses the editor or a form sees no source: the texts are compared and shown as readers see them.
    in_editor = "document" in request.POST or head_forms.is_form(request)
    values = _texts(issue, state, shown_conflict, in_editor=in_editor)
    return show_issue(request, issue, "console/issues/conflict.html", "issue", 409, who=who, in_editor=in_editor, **values)


def _who(conflict: Conflict, reader: str) -> str:
    """Return a sentence that says who changed the text, and when."""
    if conflict.at is None:
        return _("This text was changed meanwhile.")
    values = {"name": conflict.author, "time": f"{clock.in_zone(conflict.at, publication().zone):%H:%M}"}
    if conflict.theirs is None:
        return _("%(name)s deleted this text at %(time)s.") % values
    if conflict.author == reader:
        return _("You changed this text in another window at %(time)s.") % values
    return _("%(name)s changed this text at %(time)s.") % values


def _texts(issue: IssueRecord, state: IssueState, conflict: Conflict, *, in_editor: bool) -> dict[str, Any]:
    """Return the values of the page: the differences, both texts, and a text that has the changes of both."""
    newest = part_of(state, conflict.file, conflict.part)
    theirs, mine = newest.text if newest is not None else "", conflict.mine or ""
    base = conflict.base if conflict.base is not None else theirs
    other, own, began = opened(theirs), opened(mine), opened(base)
    if own.title is None or other.title is None:  # the heading is edited as text on one side: then on both
        other, own, began = (PartText(None, text.strip("\n")) for text in (theirs, mine, base))
    budget = ComparisonBudget()
    merged, is_clean = merge_lines(began.body, other.body, own.body, budget)
    title = other.title if own.title == began.title else own.title
    parts = state.files.get(conflict.file, ())

    def shown(text: str) -> str:
        return reader_texts.compared(Part(conflict.part, text), parts) if in_editor else readable(text)

    rows = compare(shown(theirs), shown(mine), context=_CONTEXT, budget=budget)
    return {
        "file": conflict.file, "part": newest or Part(conflict.part, mine), "is_deleted": newest is None,
        "base": state.edits.get(("text", conflict.file, conflict.part), 0), "other": other, "own": own,
        "merged": PartText(title, merged), "is_clean": is_clean,
        "their_change": compare(shown(base), shown(theirs), context=_CONTEXT, budget=budget) if conflict.base is not None else (),
        "rows": rows, "is_alike": all(row.kind in (EQUAL, SKIPPED) for row in rows), "mine": mine,
        "shown": {name: shown(text) for name, text in (("mine", mine), ("theirs", theirs))},
        "can_combine": is_clean or outline.kind_of(Part(conflict.part, mine)) not in head_forms.KINDS,
        "url": part_url(issue, conflict.file, conflict.part), "written_in": outline.language_of(parts),
        "last": parts[-1].id if parts else "", "lines": min(40, max(8, merged.count("\n") + 4)),
    }  # fmt: skip
