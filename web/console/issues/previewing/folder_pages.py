"""The preview of an issue folder, for `mailroom issue preview`: the console's preview without a database and accounts.

`config.pages.folder_preview` makes Django serve these URLs, and no others, on the machine of the person who writes the issue.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url

from composer.errors import Finding
from editorial.previewing import client_views, sample_reader
from editorial.previewing.folder_preview import FolderPreview
from editorial.previewing.issue_preview import IssuePreview
from web.access import ANYONE, GET, at, of_console
from web.console.issues.finding_groups import FindingLine, count, grouped
from web.console.issues.previewing.preview_choice import PreviewChoice
from web.console.issues.previewing.shown_mail import findings_of, shared_values
from web.content_policies import preview_policy
from web.mail_bytes import MailBytes
from web.texts import state_labels
from web.texts.issues import preview_texts
from web.texts.language_names import language_name

_preview_of = cache(FolderPreview)


def _folder() -> FolderPreview:
    return _preview_of(settings.PREVIEW_FOLDER)


def page(request: HttpRequest) -> HttpResponse:
    values = {**_values(request, _folder().look()), "folder": settings.PREVIEW_FOLDER, "query": request.GET.urlencode()}
    return of_console(render(request, "console/issues/folder_preview.html", values))


def live(request: HttpRequest) -> HttpResponse:
    """The preview without a page around it; 204 if nothing has changed since the one in `seen`."""
    preview = _folder().look()
    if request.GET.get("seen") == str(preview.state.number):
        return HttpResponse(status=204)
    return of_console(render(request, "console/issues/_preview.html", _values(request, preview)))


class FolderMail(MailBytes):
    """The newest mail in a view and for a reader."""

    def policy(self) -> str:
        return preview_policy(pictures=self.request.GET.get("view") != "no-pictures")

    def html(self, **where: Any) -> str:
        good, choice = _good(), PreviewChoice.of(AnonymousUser(), self.request.GET.dict())
        if good is None or good.composition is None or choice.view not in client_views.VIEWS:
            raise Http404
        reader = choice.reader(good.composition)
        mail = reader.shown(good.composition).mail
        pictures = resolve_url("picture", "x").removesuffix("x")
        return client_views.render_view(reader.fill_page(mail.html, mail.fields), choice.view, settings.MEDIA_URL, pictures)


def picture(request: HttpRequest, name: str) -> HttpResponse:
    """Serve a composed picture by its name in the mail. No file is opened."""
    good = _good()
    pictures = good.composition.pictures if good is not None and good.composition is not None else ()
    for composed_picture in pictures:
        if composed_picture.name == name:
            return HttpResponse(
                composed_picture.data, content_type=composed_picture.content_type, headers={"Cache-Control": "no-store"}
            )
    raise Http404


def _good() -> IssuePreview | None:
    if not _folder().newest.state.number:  # the page was opened before the preview was started again
        _folder().look()
    return _folder().good


def _values(request: HttpRequest, preview: IssuePreview) -> dict[str, Any]:
    """Return the values of the template console/issues/_preview.html."""
    good, choice = _folder().good, PreviewChoice.of(AnonymousUser(), request.GET.dict())
    composition = good.composition if good is not None else None
    lines = grouped(findings_of(preview, composition.findings if composition is not None else ()), _line)
    values = {
        **shared_values(preview, good, choice, resolve_url("page"), resolve_url("mail")),
        "findings": lines,
        "errors": count(lines, "error"),
        "warnings": count(lines, "warning"),
    }
    if composition is not None:
        reader = choice.reader(composition)
        variant = reader.shown(composition)
        headers = sample_reader.header_lines(variant.mail, composition.issue_in(variant.language), reader)
        values["headers"] = [(name, value, preview_texts.HEADER_SOURCES.get(source, "")) for name, value, source in headers]
        for shown_variant in values["variants"]:  # the database has the names in conditions
            shown_variant["label"] = ", ".join((language_name(shown_variant["language"]), *shown_variant["holds"]))
    return values


def _line(same: Sequence[Finding]) -> FindingLine:
    [shown] = state_labels.findings(same, as_source=True, keeps_commands=True)
    return FindingLine(shown, part=shown.location)


urlpatterns = i18n_patterns(
    at("", page, ANYONE, "page", GET),
    at("live/", live, ANYONE, "live", GET),
    at("mail/", FolderMail.as_view(), ANYONE, "mail", GET),
    at("pictures/<str:name>", picture, ANYONE, "picture", GET),
)
