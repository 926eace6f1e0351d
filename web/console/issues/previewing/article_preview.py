"""The page of an article as readers will see it, before any mail is stored: where “Read on” leads in the preview of a digest."""

from typing import Any

from django.conf import settings
from django.http import Http404
from django.shortcuts import resolve_url
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from composer.composition import ComposedVariant
from composer.rendering.archive_page import LinkTargets, WebPicture
from config import public_urls
from editorial import public_pages
from editorial.models import IssueRecord
from editorial.previewing import client_views
from web.article_values import TEMPLATE, article_values, place_of
from web.console.issues.issue_page import issue_or_404
from web.console.issues.previewing.preview_choice import PreviewChoice
from web.console.issues.previewing.preview_pages import article_address, find_preview
from web.content_policies import preview_page_policy
from web.mail_bytes import MailBytes
from web.texts.language_names import page_language


class ArticlePreview(MailBytes):
    """The page of one article, with the parts of the variant that the preview shows. GET, with the query of the mail."""

    def policy(self) -> str:
        return preview_page_policy()

    def html(self, **where: Any) -> str:
        issue = issue_or_404(where["slug"])
        given = self.request.GET.dict()
        choice = PreviewChoice.of(self.request.user, given)
        composition = find_preview(issue, given.get("key", "")).composition
        if composition is None:
            raise Http404
        variant = choice.reader(composition).shown(composition)
        query = self.request.GET.urlencode()
        articles = article_address(issue, query)
        shown = public_pages.preview_page(composition.issues, variant.number, _targets(issue, variant, articles))
        position = place_of(shown, where["article"], articles)
        if position is None:
            raise Http404
        theme = composition.issue_in(variant.language).theme
        chrome = page_language(variant.language) or settings.LANGUAGE_CODE
        values = article_values(position, theme) | {
            "indexed": False, "LANGUAGE_CODE": chrome, "is_preview": True, "staff_language": translation.get_language(),
            "notice": _("This is a preview of the page to which “Read on” leads. Readers do not see this line."),
            "back": _("Back to the mail"), "mail_address": f"{resolve_url('issue-preview-mail', issue.slug)}?{query}",
        }  # fmt: skip
        with translation.override(chrome):
            page = render_to_string(TEMPLATE, values, self.request)
        return client_views.open_outside(page, resolve_url("issue-preview", issue.slug))


def _targets(issue: IssueRecord, variant: ComposedVariant, articles: str) -> LinkTargets:
    by_name = {picture.name: picture for picture in variant.mail.pictures}
    pictures = tuple(
        (src, WebPicture(resolve_url("issue-preview-picture", issue.slug, name), by_name[name].width, by_name[name].height))
        for src, name in variant.mail.placed
        if name in by_name
    )
    front = public_urls.subscribe_url()
    return LinkTargets(front, front, pictures, "", front, articles)
