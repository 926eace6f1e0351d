"""The mail of a preview in its frame, and the pictures in it. Pictures of an issue that was not sent are not under MEDIA_URL."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import resolve_url

from composer.composition import ComposedVariant
from editorial.models import IssueRecord
from editorial.previewing import client_views, issue_preview, mail_locator
from editorial.previewing.issue_preview import IssuePreview
from editorial.sources import issue_state
from web.console.issues.issue_page import issue_or_404
from web.console.issues.previewing.preview_choice import PreviewChoice
from web.console.issues.previewing.preview_content import first_line
from web.content_policies import preview_policy
from web.mail_bytes import MailBytes
from web.whole_numbers import whole_number


class PreviewMail(MailBytes):
    """The mail of a kept preview (`key`), else of the newest source, in a view and for a reader. GET only, as MailBytes."""

    def policy(self) -> str:
        return preview_policy(pictures=self.request.GET.get("view") != "no-pictures")

    def html(self, **where: Any) -> str:
        issue = issue_or_404(where["slug"])
        choice = PreviewChoice.of(self.request.user, self.request.GET.dict())
        preview = _preview(issue, self.request.GET.get("key", ""))
        if preview.composition is None or choice.view not in client_views.VIEWS:
            raise Http404
        reader = choice.reader(preview.composition)
        variant = reader.shown(preview.composition)
        pictures = resolve_url("issue-preview-picture", issue.slug, "x").removesuffix("x")
        filled = reader.fill_page(variant.mail.html, variant.mail.fields)
        html = client_views.render_view(filled, choice.view, settings.MEDIA_URL, pictures)
        below = whole_number(self.request.GET.get("below", ""), 6) or 0
        return _marked(html, preview, variant, choice, below) if choice.part else html


def _preview(issue: IssueRecord, key: str) -> IssuePreview:
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
