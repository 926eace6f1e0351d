"""The button that makes a digest of an issue whose mail is too large. It is next to the finding, on every page that shows it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from editorial.sources import head_changes, issue_state
from editorial.sources.edits import EditConflictError, SourceEditError
from web.console.console_page import actor_of
from web.console.issues.issue_page import issue_or_404
from web.texts import refusal_texts


def make_digest(request: HttpRequest, slug: str) -> HttpResponse:
    """POST changes the newest text, and leads to the preview of it."""
    issue = issue_or_404(slug)
    if not head_changes.can_be_digest(issue_state.head(issue.pk)):
        messages.info(request, _("Nothing was changed: the newest text is a digest already, or would not be shorter as one."))
        return redirect("issue-preview", slug=issue.slug)
    try:
        head_changes.make_digest(actor_of(request), issue)
    except EditConflictError:
        messages.error(request, _("Somebody else changed this issue at the same time. Nothing was changed."))
    except SourceEditError as fault:
        messages.error(request, refusal_texts.refusal(fault))
    else:
        messages.success(
            request,
            _(
                "The newest text is a digest now. To undo this, restore the revision before under “Revisions”, or choose “the "
                "whole texts” as “Length of the mail”."
            ),
        )
    return redirect("issue-preview", slug=issue.slug)
