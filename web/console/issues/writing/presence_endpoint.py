"""Where the pages of an issue say every few seconds that somebody has them open, and learn who else does."""

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _

from editorial.models import IssueEdit
from editorial.sources import issue_state, presence
from publication import clock
from publication.installation import publication
from web.console.issues.issue_page import account, asked_number, asked_part, issue_or_404
from web.middleware.staff_sessions import polled
from web.texts.issues import presence_texts


@polled
def note(request: HttpRequest, slug: str) -> JsonResponse:
    """Note who is here. Answers who else is, and whether somebody else changed the part that the page shows."""
    issue, (file, part) = issue_or_404(slug), asked_part(request)
    others = presence.note(account(request), issue, file, part)
    elsewhere = any(person.part and (person.file, person.part) != (file, part) for person in others)
    state = issue_state.head(issue.pk) if elsewhere else None
    changed = ""
    if part:
        newest = IssueEdit.objects.filter(issue=issue, kind="text", file=file, part=part).select_related("actor")
        edit = newest.order_by("-number").first()
        if edit is not None and edit.number != asked_number(request, "base") and edit.actor.user_id != account(request).pk:
            changed = _("%(name)s changed this text at %(time)s. Load the page again to see it.") % {
                "name": edit.actor.name, "time": f"{clock.in_zone(edit.created_at, publication().zone):%H:%M}",
            }  # fmt: skip
    return JsonResponse({"here": presence_texts.sentences(others, state, file, part), "changed": changed})
