"""/read/<key>/<article>: the page of an article under the address that only the recipients of a mail know."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url

from campaigns.reporting import article_pages
from campaigns.reporting.archive_entries import earlier_versions
from campaigns.reporting.article_pages import Access
from composer.rendering.archive_page import LinkTargets
from config import public_urls
from editorial import public_pages
from editorial.models import IssueVariant
from web.article_values import ArticlePlace, place_of
from web.public.archive import archive_pages, archive_urls, article_page
from web.public.links.link_page import show, unknown_link


def unlisted(request: HttpRequest, key: str, article: str) -> HttpResponse:
    """Show one article of a mail: to its public page, once that says the same."""
    mail = article_pages.find_mail(key)
    if mail is None:
        return unknown_link()
    lists = article_pages.lists_of(mail)
    access = article_pages.access_to(mail)
    if access is not Access.OPEN:
        return show("public/archive/withdrawn.html", status=410, lists=lists)
    articles = f"{resolve_url('read', key, 'x').removesuffix('x')}{{}}"
    targets = LinkTargets(
        archive_urls.absolute(articles), public_urls.subscribe_url(), archive_pages.pictures_of(mail.version), "",
        public_urls.subscribe_url(), articles,
    )  # fmt: skip
    position = place_of(public_pages.mail_page(mail, targets), article, articles)
    if position is None:
        return unknown_link()
    if (public := _public_address(mail, position, targets)) is not None:
        return HttpResponseRedirect(public)  # temporary: staff may withhold the issue
    return article_page.article_html(
        request, position, indexed=False, theme=mail.version.theme,
        canonical=archive_urls.absolute(position.address(position.article)),
        list=lists[0] if lists else None,
    )  # fmt: skip


def _public_address(mail: IssueVariant, position: ArticlePlace, targets: LinkTargets) -> str | None:
    """The public page of an article, unless the mail has a part for some readers in it. `targets`: of the mail's own page."""
    entry = article_pages.public_entry(mail)
    if entry is None or (mail.version_id != entry.version_id and mail.version_id not in earlier_versions(entry)):
        return None  # not public, or another version went to a segment
    face = next((face for face in entry.faces if face.language == mail.language), None)
    public = article_page.in_archive(entry, face, position.article.id) if face is not None else None
    usual = place_of(public_pages.page(mail.version, mail.language, targets), position.article.id, position.articles)
    is_for_all = usual is not None and usual.article == position.article
    return public.address(public.article) if public is not None and is_for_all else None
