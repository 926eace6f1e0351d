"""/archive/<list>/<issue>/read/<article>/: the page of one article of an issue."""

from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.utils import translation
from django.utils.translation import gettext as _
from markupsafe import Markup

from campaigns.reporting.archive_entries import ArchiveEntry, earlier_versions, home_of
from composer.rendering import escaping
from composer.rendering.archive_page import LinkTargets
from editorial import public_pages
from editorial.models import IssueVersion
from editorial.public_pages import Face
from web.article_values import TEMPLATE, ArticlePlace, article_values, articles_of, place_of
from web.public import cached_pages
from web.public.archive import archive_pages, archive_urls, qr_codes
from web.public.links.form_token import HONEYPOT
from web.texts.language_names import page_language

_LONGEST_CODE = 1_000  # characters of an address in a QR code; a denser one is hard to scan


def article(request: HttpRequest, slug: str, issue: str, article: str, language: str = "") -> HttpResponse:
    """Show one article of an issue in the archive of a list."""
    archived = archive_pages.find_issue(slug, issue, language)
    entry, face = archived.entry, archived.face
    version = _version(entry)
    position = _position(entry, face, version, article)
    if position is None:
        address = _renamed(entry, face, version, article)
        if address is None:
            raise Http404
        return HttpResponsePermanentRedirect(address, headers={"Cache-Control": cached_pages.CACHE_CONTROL})
    address = position.address(position.article)
    if request.path != address:
        return HttpResponseRedirect(address)  # temporary: another language may become the first
    in_languages = [other for other in entry.faces if other == face or _position(entry, other, version, article) is not None]
    home = home_of(entry)
    canonical = archive_urls.absolute(archive_urls.article(home, entry, face, article))
    return article_html(
        request, position, entry.list.archive == entry.list.Archive.PUBLIC, theme=version.theme, canonical=canonical,
        list=entry.list, feed=archive_pages.feed_of(entry.list), issue_address=archived.address, entry=entry, face=face,
        written_day=position.shown.written(entry.day),
        alternates=_alternates(home, entry, in_languages, article), languages=_languages(entry, face, in_languages, article),
        corrections=archive_pages.corrections(entry, face.language), story=_story(position, entry, canonical),
    )  # fmt: skip


def in_archive(entry: ArchiveEntry, face: Face, name: str) -> ArticlePlace | None:
    return _position(entry, face, _version(entry), name)


def _position(entry: ArchiveEntry, face: Face, version: IssueVersion, name: str) -> ArticlePlace | None:
    articles = archive_urls.article(entry.list, entry, face, "{}")
    targets = archive_pages.places_of(entry, face, version, articles=articles)
    return place_of(public_pages.page(version, face.language, targets), name, articles)


def _renamed(entry: ArchiveEntry, face: Face, current_version: IssueVersion, name: str) -> str | None:
    """The page of an article that has another id now: an earlier version that the archive showed had this one, with the same
    title or in the same place."""
    now = public_pages.page(current_version, face.language, LinkTargets("", ""))
    current = articles_of(now)
    earlier = earlier_versions(entry)
    versions = public_pages.whole(earlier)
    for version_id in earlier:
        before = articles_of(public_pages.page(versions[version_id], face.language, LinkTargets("", "")))
        at = next((at for at, article in enumerate(before) if article.id == name), None)
        if at is None:
            continue
        ids = {article.id for article in before}
        same = next((article for article in current if article.title == before[at].title), None)
        there = current[at] if len(before) == len(current) and current[at].id not in ids else None
        successor = same or there
        return archive_urls.article(entry.list, entry, face, successor.id) if successor is not None else None
    return None


def _version(entry: ArchiveEntry) -> IssueVersion:
    return public_pages.whole([entry.version_id])[entry.version_id]


def article_html(
    request: HttpRequest, position: ArticlePlace, indexed: bool, *, theme: str, canonical: str, **context: Any
) -> HttpResponse:
    language = position.shown.language
    chrome = page_language(language) or settings.LANGUAGE_CODE
    has_code = indexed and chrome.startswith("zh") and len(canonical) < _LONGEST_CODE
    return cached_pages.page(
        request, TEMPLATE, chrome, indexed=indexed, canonical=canonical, locale=archive_urls.locale(language),
        picture=archive_pages.absolute_picture(position.article.picture or position.shown.picture),
        shares=_shares(position.article.plain_title, canonical, chrome) if indexed else [],
        wechat_code=qr_codes.inline_svg(canonical) if has_code else "",
        sign_up=archive_pages.sign_up_of(context["list"], chrome), honeypot=HONEYPOT,
        **article_values(position, theme), **context,
    )  # fmt: skip


def _languages(entry: ArchiveEntry, face: Face, in_languages: list[Face], name: str) -> list[dict[str, str]]:
    """The article in the other languages of its issue, by the id that they have in common."""
    return [
        {
            "language": other.language, "name": archive_urls.name_of(other.language),
            "address": archive_urls.article(entry.list, entry, other, name),
        }
        for other in in_languages
        if other != face
    ]  # fmt: skip


def _alternates(home: Any, entry: ArchiveEntry, in_languages: list[Face], name: str) -> list[tuple[str, str]]:
    links = [(face.language, archive_urls.absolute(archive_urls.article(home, entry, face, name))) for face in in_languages]
    return links if len(links) > 1 else []


def _shares(title: str, address: str, chrome: str) -> list[tuple[str, str]]:
    """Name and address of each position where a reader may share an article; following the link is up to them."""
    with translation.override(chrome):
        by_mail = _("Email")
    return [
        (by_mail, f"mailto:?{urlencode({'subject': title, 'body': address}, quote_via=quote)}"),
        ("微博", f"https://service.weibo.com/share/share.php?{urlencode({'url': address, 'title': title})}"),
        ("LinkedIn", f"https://www.linkedin.com/sharing/share-offsite/?{urlencode({'url': address})}"),
        ("X", f"https://x.com/intent/post?{urlencode({'url': address, 'text': title})}"),
        ("Facebook", f"https://www.facebook.com/sharer/sharer.php?{urlencode({'u': address})}"),
    ]


def _story(position: ArticlePlace, entry: ArchiveEntry, address: str) -> Markup:
    """The article as JSON-LD (schema.org NewsArticle)."""
    picture = archive_pages.absolute_picture(position.article.picture)
    organisation = {"@type": "Organization", "name": position.shown.texts["organisation"]}
    facts: dict[str, Any] = {
        "@context": "https://schema.org", "@type": "NewsArticle", "headline": position.article.plain_title,
        "description": position.article.description, "inLanguage": position.shown.language,
        "url": address, "mainEntityOfPage": address,
        "datePublished": entry.published.isoformat(), "dateModified": entry.updated.isoformat(),
        "author": {"@type": "Person", "name": position.article.byline} if position.article.byline else organisation,
        "publisher": organisation,
    }  # fmt: skip
    if picture is not None:
        facts["image"] = picture["url"]
    return escaping.data_element(facts)
