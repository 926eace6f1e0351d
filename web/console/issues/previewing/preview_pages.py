"""The preview of an issue's newest source, the part of it that pages load again while somebody writes, its mail and pictures."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _

from composer.composition import ComposedVariant
from editorial.models import IssueRecord
from editorial.previewing import client_views, issue_preview, mail_locator
from editorial.previewing.issue_preview import IssuePreview, Trouble
from editorial.sources import issue_state
from subscribers.consent import subscriptions
from web.access import may_post
from web.console.issues.issue_page import issue_or_404, part_of, show_issue
from web.console.issues.previewing.preview_choice import PreviewChoice
from web.console.issues.previewing.preview_content import first_line, shown_values
from web.console.issues.writing.typed_text import UnreadableDocumentError, read_typed
from web.content_policies import preview_policy
from web.mail_bytes import MailBytes
from web.middleware.staff_sessions import polled
from web.whole_numbers import whole_number


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


class PreviewMail(MailBytes):
    """The mail of a kept preview (`key`), else of the newest source, in a view and for a reader. GET only, as MailBytes."""

    def policy(self) -> str:
        return preview_policy(pictures=self.request.GET.get("view") != "no-pictures")

    def html(self, **where: Any) -> str:
        issue = issue_or_404(where["slug"])
        choice = PreviewChoice.of(self.request.user, self.request.GET.dict())
        preview = find_preview(issue, self.request.GET.get("key", ""))
        if preview.composition is None or choice.view not in client_views.VIEWS:
            raise Http404
        reader = choice.reader(preview.composition)
        variant = reader.shown(preview.composition)
        pictures = resolve_url("issue-preview-picture", issue.slug, "x").removesuffix("x")
        filled = reader.fill_page(variant.mail.html, variant.mail.fields)
        html = client_views.render_view(filled, choice.view, settings.MEDIA_URL, pictures)
        html = client_views.lead_to_articles(html, article_address(issue, self.request.GET.urlencode()))
        below = whole_number(self.request.GET.get("below", ""), 6) or 0
        return _marked(html, preview, variant, choice, below) if choice.part else html


def article_address(issue: IssueRecord, query: str) -> str:
    """The address of the preview of an article, with `{}` for its id. `query`: that of the mail which leads there."""
    return f"{resolve_url('issue-preview-article', issue.slug, 'x').removesuffix('x/')}{{}}/?{query}"


def find_preview(issue: IssueRecord, key: str) -> IssuePreview:
    """The kept preview of this key, if it has a mail, else that of the newest source."""
    kept = issue_preview.find(issue, key)
    if kept is not None and kept.composition is not None:
        return kept
    return issue_preview.of_state(issue, issue_state.head(issue.pk))


def _marked(html: str, preview: IssuePreview, variant: ComposedVariant, choice: PreviewChoice, below: int) -> str:
    """Mark the part that is being edited, and its blocks, in the mail. A mail in another language is returned unchanged.

    `below`: set only one mark, this number of lines below the first line of the part.
    """
    if preview.composition is None:
        return html
    issue = preview.composition.issue_in(variant.language)
    if issue.file != choice.file:
        return html
    index = mail_locator.read(html)
    if not below:
        places = mail_locator.locate_part(index, issue, choice.part)
        return client_views.mark_part(html, places.start, places.blocks)
    line = first_line(preview.state, choice.file, choice.part)
    if line is None:
        return html
    at = mail_locator.locate(index, mail_locator.target_of_line(issue, line + below))
    return client_views.mark(html, at)


def picture(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Serve a picture of an issue as its mail shows it. Its name contains its digest, so its content never changes."""
    issue = issue_or_404(slug)
    tag = f'"{name}"'
    headers = {"ETag": tag, "Cache-Control": "private, max-age=86400, immutable", "Content-Security-Policy": "default-src 'none'"}
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers=headers)
    picture = issue_preview.find_picture(issue, name)
    if picture is None:
        raise Http404
    return HttpResponse(picture.data, content_type=picture.content_type, headers=headers)
