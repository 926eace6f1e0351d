"""The preview of an issue's newest source, and the part of it that pages load again while somebody writes."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from editorial.models import IssueRecord
from editorial.previewing import issue_preview
from editorial.previewing.issue_preview import IssuePreview, Trouble
from editorial.sources import issue_state
from subscribers.consent import subscriptions
from web.access import may_post
from web.console.issues.issue_page import issue_or_404, part_of, show_issue
from web.console.issues.previewing.preview_choice import PreviewChoice
from web.console.issues.previewing.preview_content import shown_values
from web.console.issues.writing.typed_text import UnreadableDocumentError, read_typed
from web.middleware.staff_sessions import polled


def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """GET shows the preview; POST looks for a subscriber by address and shows it as this person, whose number is in the URL."""
    issue = issue_or_404(slug)
    if request.method != "POST":
        return _page(request, issue, PreviewChoice.of(request.user, request.GET.dict()))
    choice = PreviewChoice.of(request.user, request.POST.dict()).without_reader()
    address = request.POST.get("address", "").strip()
    if not may_post(request):
        return _page(request, issue, choice, _("Your account may not see subscribers. Choose a sample reader."), status=403)
    person = subscriptions.find_subscriber(address) if address else None
    if person is None or person.erased_at is not None:
        return _page(request, issue, choice, _("No subscriber has this address. Check the spelling."), status=422)
    return redirect(f"/console/issues/{issue.slug}/preview/?{choice.query(person=str(person.pk))}")


def _page(request: HttpRequest, issue: IssueRecord, choice: PreviewChoice, problem: str = "", status: int = 200) -> HttpResponse:
    state = issue_state.head(issue.pk)
    if not state.files:
        return show_issue(request, issue, "console/issues/preview.html", "issue-preview", status, no_source=True)
    made = issue_preview.of_state(issue, state)
    return show_issue(
        request, issue, "console/issues/preview.html", "issue-preview", status, problem=problem,
        asked=request.POST.get("address", ""), **shown_values(request, issue, made, choice),
    )  # fmt: skip


@polled
def live(request: HttpRequest, slug: str) -> HttpResponse:
    """The preview without a page around it. POST: with a text of a part as it is typed, which is not stored.

    204 if the newest edit is still the one in `seen`; 409 if the same page has asked for a newer preview meanwhile.
    """
    issue = issue_or_404(slug)
    given = request.POST if request.method == "POST" else request.GET
    choice = PreviewChoice.of(request.user, given.dict())
    if request.method != "POST" and given.get("seen") == str(issue_preview.head_number(issue)):
        return HttpResponse(status=204)
    made = _made(request, issue, choice)
    if made is None:
        return HttpResponse(status=404)
    status = 409 if made.trouble == Trouble.REPLACED else 200
    values = {"issue": issue, **shown_values(request, issue, made, choice)}
    return render(request, "console/issues/_preview.html", values, status=status)


def _made(request: HttpRequest, issue: IssueRecord, choice: PreviewChoice) -> IssuePreview | None:
    state = issue_state.head(issue.pk)
    if not state.files:
        return None
    if request.method == "POST":
        part = part_of(state, choice.file, choice.part)
        try:
            typed = read_typed(request, part.text if part is not None else "")
        except UnreadableDocumentError:
            return None
        state = issue_preview.with_text(state, choice.file, choice.part, typed)
    tab = request.POST.get("tab", "") or request.GET.get("tab", "")
    return issue_preview.of_state(issue, state, f"{request.user.pk} {tab[:40]}" if tab else "")
