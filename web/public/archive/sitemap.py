"""/sitemap.xml: the front page, every page of the public archives, each issue with its languages, and the forms of open lists."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.template.loader import render_to_string

from campaigns.reporting import archive_entries
from config import public_urls
from subscribers import mailing_lists
from subscribers.models import MailingList
from web.public.archive import archive_urls, cached_pages

MOST = 50_000  # URLs in one file (sitemaps.org)


def sitemap(request: HttpRequest) -> HttpResponse:
    """Serve the sitemap. Raises Http404 without a public archive or open list: a sitemap must contain at least one URL."""
    lists, open_lists = archive_entries.public_lists(), mailing_lists.open_lists()
    if not lists and not open_lists:
        raise Http404
    pages: list[dict[str, Any]] = [{"address": archive_urls.absolute(resolve_url("front"))}]
    pages += [{"address": archive_urls.absolute(resolve_url("archive"))}] if lists else []
    pages += [{"address": public_urls.subscribe_url(mailing_list.slug)} for mailing_list in open_lists]
    seen: set[str] = set()
    # Oldest list first, as in `archive_entries.home_of`: an issue that went to several lists is listed under the oldest.
    for mailing_list in sorted(lists, key=lambda mailing_list: mailing_list.pk):
        pages += _pages_of_list(mailing_list, seen)
    xml = render_to_string("public/archive/sitemap.xml", {"pages": pages[:MOST]})
    return cached_pages.kept(request, HttpResponse(xml, content_type="application/xml; charset=utf-8"), indexed=True)


def _pages_of_list(mailing_list: MailingList, seen: set[str]) -> list[dict[str, Any]]:
    """Return the list's page and the pages of its issues that are not in `seen`."""
    entries = archive_entries.with_faces(entry for entry in archive_entries.entries(mailing_list) if entry.slug not in seen)
    seen.update(entry.slug for entry in entries)
    pages: list[dict[str, Any]] = [{"address": archive_urls.absolute(archive_urls.front(mailing_list))}]
    for entry in entries:
        links = archive_urls.in_each_language(mailing_list, entry)
        alternates = links if len(links) > 1 else []
        pages += [{"address": address, "updated": entry.updated, "alternates": alternates} for _, address in links]
    return pages
