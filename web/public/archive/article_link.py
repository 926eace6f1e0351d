"""/read/<key>/<article>: the page of an article under the address that only the recipients of a mail know."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url

from campaigns.reporting import article_pages
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
    position = place_of(public_pages.mail_page(mail, _targets(mail, articles)), article, articles)
    if position is None:
        return unknown_link()
    if (public := _public_address(mail, position)) is not None:
        return HttpResponseRedirect(public)  # temporary: staff may withhold the issue
    return article_page.article_html(
        request, position, indexed=False, theme=mail.version.theme,
        canonical=archive_urls.absolute(position.address(position.article)),
        list=lists[0] if lists else None,
    )  # fmt: skip


def _targets(mail: IssueVariant, articles: str) -> LinkTargets:
    page = archive_urls.absolute(articles.removesuffix("{}"))
    return LinkTargets(
        page, public_urls.subscribe_url(), archive_pages.pictures_of(mail.version), "", public_urls.subscribe_url(), articles
    )


def _public_address(mail: IssueVariant, position: ArticlePlace) -> str | None:
    """The public page of an article, if it says what the mail says: a part for some readers is not on it."""
    entry = article_pages.public_entry(mail)
    if entry is None:
        return None
    face = next((face for face in entry.faces if face.language == mail.language), None)
    public = article_page.in_archive(entry, face, position.article.id) if face is not None else None
    if public is None or face is None:
        return None
    says_the_same = entry.version_id != mail.version_id or face.number == mail.number or _texts(public) == _texts(position)
    return public.address(public.article) if says_the_same else None


def _texts(position: ArticlePlace) -> tuple[str, str]:
    """What an article says, without its addresses: those of other articles differ."""
    return position.article.body.striptags(), position.article.summary.striptags()
