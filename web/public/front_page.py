"""The front page and /robots.txt."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url

from campaigns.reporting import archive_entries
from config.public_urls import ARCHIVE, DESIGN, MEDIA, SUBSCRIBE
from subscribers import mailing_lists
from web.public.archive import archive_urls
from web.public.links.link_page import show

# Everything else belongs to one person or to staff. Mail programs fetch pictures without reading robots.txt.
CLOSED = "User-agent: *\nDisallow: /\n"
ALWAYS_OPEN = (MEDIA, DESIGN, "static")


def front(request: HttpRequest) -> HttpResponse:
    """The publication's name, what this server is for, and the public archives."""
    archives, open_lists = archive_entries.public_lists(), mailing_lists.open_lists()
    is_indexed = bool(archives or open_lists)
    page = show("public/front.html", archives=archives, open_lists=open_lists, is_indexed=is_indexed)
    if is_indexed:
        del page.headers["X-Robots-Tag"]
    return page


def robots(request: HttpRequest) -> HttpResponse:
    """Closed to search engines until there is a public archive or an open list; then these and the front page are open, and the
    sitemap is named.
    """
    lists_by_folder = {ARCHIVE: archive_entries.public_lists(), SUBSCRIBE: mailing_lists.open_lists()}
    folders = [folder for folder, lists in lists_by_folder.items() if lists]
    text = CLOSED
    if folders:
        allowed = "".join(f"Allow: /{folder}/\n" for folder in (*folders, *ALWAYS_OPEN))
        text = f"User-agent: *\nAllow: /$\n{allowed}Disallow: /\n\nSitemap: {archive_urls.absolute(resolve_url('sitemap'))}\n"
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "public, max-age=3600"})
