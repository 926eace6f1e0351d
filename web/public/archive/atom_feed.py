"""The archive for programs. /archive/<list>/feed.xml and rss.xml: the newest issues as Atom (RFC 4287) and RSS 2.0;
/sitemap.xml: the pages of lists, issues and articles."""

from collections.abc import Iterable
from datetime import datetime
from operator import itemgetter
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed
from django.utils.html import escape
from django.utils.xmlutils import SimplerXMLGenerator

from campaigns.reporting import archive_entries
from campaigns.reporting.archive_entries import ArchiveEntry
from composer.rendering.archive_page import legible
from config import public_urls
from editorial import archive_texts, public_pages
from publication import reader_texts
from publication.installation import publication
from subscribers import mailing_lists
from subscribers.models import MailingList
from web.public import cached_pages
from web.public.archive import archive_urls
from web.public.archive.archive_pages import find_open_list, places_of

NEWEST = 15  # issues at most, each with its full content: a reader who checks once a week misses none
LARGEST = 130_000  # bytes of all contents: feed readers load the whole feed again after each new issue
LEAST = 3  # issues, however long they are
KIND = "application/atom+xml; charset=utf-8"
RSS_KIND = "application/rss+xml; charset=utf-8"


def feed(request: HttpRequest, slug: str) -> HttpResponse:
    """Each issue once, in the list's language if it has it; its other languages are linked as related."""
    return _feed(request, slug, _Atom, "archive-feed", KIND)


def rss(request: HttpRequest, slug: str) -> HttpResponse:
    """The same as RSS 2.0, which some feed readers and WeChat tools know best."""
    return _feed(request, slug, _Rss, "archive-rss", RSS_KIND)


def _feed(request: HttpRequest, slug: str, form: type[SyndicationFeed], name: str, kind: str) -> HttpResponse:
    mailing_list = find_open_list(slug)
    entries, contents = _newest(mailing_list)
    updated = max((entry.updated for entry in entries), default=mailing_list.created_at)
    language = mailing_list.language or publication().language
    text = reader_texts.text_in(mailing_list, language)
    written = form(
        title=legible(text.name), link=archive_urls.absolute(archive_urls.front(mailing_list)),
        # Not escaped as HTML: in RSS only the description of an item is HTML (RSS Best Practices Profile, Character Data).
        description=legible(text.description), subtitle=legible(text.description) or None,
        language=language, author_name=legible(reader_texts.text_in(publication(), language).name),
        feed_url=archive_urls.absolute(resolve_url(name, slug)), feed_guid=_id(mailing_list), updated=updated,
    )  # fmt: skip
    for entry, content in zip(entries, contents, strict=True):
        written.add_item(**_item(entry, content))
    response = HttpResponse(written.writeString("utf-8"), content_type=kind)
    return cached_pages.kept(request, response, indexed=mailing_list.archive == MailingList.Archive.PUBLIC)


def _newest(mailing_list: MailingList) -> tuple[list[ArchiveEntry], list[str]]:
    """Return the newest entries and the content of each, as far as they fit into the feed."""
    entries = archive_entries.with_faces(archive_entries.entries(mailing_list)[:NEWEST])
    versions = public_pages.whole(entry.version_id for entry in entries)
    contents: list[str] = []
    size = 0
    for entry in entries:
        version, face = versions[entry.version_id], archive_urls.face_for(entry, entry.list.language)
        content = public_pages.feed_content(version, face.language, places_of(entry, face, version, whole=True))
        size += len(escape(content).encode())
        if size > LARGEST and len(contents) >= LEAST:
            break
        contents.append(content)
    return entries[: len(contents)], contents


def _id(mailing_list: MailingList, *more: str) -> str:
    """A tag URI (RFC 4151): it never changes, even if the server's name does."""
    return f"{mailing_list.archive_tag}:{'/'.join(('archive', mailing_list.slug, *more))}"


def _item(entry: ArchiveEntry, content: str) -> dict[str, Any]:
    face = archive_urls.face_for(entry, entry.list.language)
    return {
        "title": face.subject,
        "link": archive_urls.absolute(archive_urls.issue(entry.list, entry, face)),
        # Django writes it as HTML.
        "description": escape(face.preheader),
        "unique_id": _id(entry.list, entry.slug),
        "pubdate": entry.published,
        "updateddate": entry.updated,
        "content": content,
        "language": face.language,
        "others": [link for link in archive_urls.in_each_language(entry.list, entry) if link[0] != face.language],
    }  # fmt: skip


class _Atom(Atom1Feed):
    """Django's Atom feed, with each entry's content, its language, and links to its other languages."""

    def latest_post_date(self) -> datetime:
        updated: datetime = self.feed["updated"]
        return updated

    def item_attributes(self, item: dict[str, Any]) -> dict[str, str]:
        return {"xml:lang": item["language"]}

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        for language, address in item["others"]:
            # Not a second "alternate": of several, some feed readers use the first as the entry's URL, some the last.
            handler.addQuickElement("link", "", {"rel": "related", "type": "text/html", "hreflang": language, "href": address})
        if item["content"]:
            handler.addQuickElement("content", item["content"], {"type": "html"})


class _Rss(Rss201rev2Feed):
    """Django's RSS feed, with each entry's content. Its id is not an address."""

    def root_attributes(self) -> dict[str, str]:
        return {**super().root_attributes(), "xmlns:content": "http://purl.org/rss/1.0/modules/content/"}

    def latest_post_date(self) -> datetime:
        updated: datetime = self.feed["updated"]
        return updated

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, {**item, "unique_id_is_permalink": False})
        if item["content"]:
            handler.addQuickElement("content:encoded", item["content"])


MOST = 50_000  # URLs in one file (sitemaps.org)
_URL_SET = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    ' xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
)


def sitemap(request: HttpRequest) -> HttpResponse:
    """Serve the sitemap. Raises Http404 without a public archive or open list: a sitemap must contain at least one URL."""
    lists, open_lists = archive_entries.public_lists(), mailing_lists.open_lists()
    if not lists and not open_lists:
        raise Http404
    pages = [_url(archive_urls.absolute(resolve_url("front")))]
    pages += [_url(public_urls.subscribe_url(mailing_list.slug)) for mailing_list in open_lists]
    articles: list[tuple[datetime, str]] = []
    seen: set[str] = set()
    # Oldest list first, as in `archive_entries.home_of`: an issue that went to several lists is listed under the oldest.
    for mailing_list in sorted(lists, key=lambda mailing_list: mailing_list.pk):
        issues_of_list, articles_of_list = _pages_of_list(mailing_list, seen)
        pages += issues_of_list
        articles += articles_of_list
    articles.sort(key=itemgetter(0), reverse=True)  # if there are too many, the oldest are left out
    xml = "".join([_URL_SET, *[*pages, *map(itemgetter(1), articles)][:MOST], "</urlset>\n"])
    return cached_pages.kept(request, HttpResponse(xml, content_type="application/xml; charset=utf-8"), indexed=True)


def _url(address: str, updated: datetime | None = None, alternates: Iterable[tuple[str, str]] = ()) -> str:
    """An element of the sitemap. Not a template: it would take longer than everything else for an archive of ten years."""
    others = "".join(
        f'<xhtml:link rel="alternate" hreflang="{escape(language)}" href="{escape(other)}"/>' for language, other in alternates
    )
    return f"<url><loc>{escape(address)}</loc>{_lastmod(updated)}{others}</url>\n"


def _lastmod(updated: datetime | None) -> str:
    return f"<lastmod>{updated.isoformat()}</lastmod>" if updated else ""


def _pages_of_list(mailing_list: MailingList, seen: set[str]) -> tuple[list[str], list[tuple[datetime, str]]]:
    """Return the elements of the list's page and of its issues that are not in `seen`, and those of their articles, each with the
    time of its last change.

    Articles are without alternates: with ten languages, these would exceed the size of a sitemap. Their pages have them.
    """
    entries = [entry for entry in archive_entries.entries(mailing_list) if entry.slug not in seen]
    seen.update(entry.slug for entry in entries)
    languages = public_pages.languages(entry.version_id for entry in entries)
    article_ids = archive_texts.article_ids(entry.version_id for entry in entries)
    articles: list[tuple[datetime, str]] = []
    pages = [_url(archive_urls.absolute(archive_urls.front(mailing_list)))]
    for entry in entries:
        links = [
            (language, archive_urls.absolute(archive_urls.issue_in(mailing_list, entry.slug, language if at else "")))
            for at, language in enumerate(languages[entry.version_id])
        ]
        alternates = links if len(links) > 1 else []
        pages += [_url(address, entry.updated, alternates) for _, address in links]
        for language, address in links:
            # Ids of articles need no escaping, and there are thousands.
            start, end = f"<url><loc>{escape(address)}{public_urls.READ}/", f"/</loc>{_lastmod(entry.updated)}</url>\n"
            articles += [
                (entry.updated, f"{start}{article}{end}") for article in article_ids.get((entry.version_id, language), ())
            ]
    return pages, articles
