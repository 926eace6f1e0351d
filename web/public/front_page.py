"""The front page and /robots.txt."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.views.decorators.http import require_safe

from campaigns.reporting import archive_entries
from config.public_urls import ARCHIVE, DESIGN, MEDIA
from web.public.archive import archive_urls
from web.public.links.link_page import show

# Everything else belongs to one person or to staff. Mail programs fetch pictures without reading robots.txt.
CLOSED = "User-agent: *\nDisallow: /\n"
OPEN_FOLDERS = (ARCHIVE, MEDIA, DESIGN, "static")
OPEN = "\n".join(["User-agent: *", *(f"Allow: /{folder}/" for folder in OPEN_FOLDERS), "Disallow: /", "", "Sitemap: "])


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """The publication's name, what this server is for, and the public archives."""
    return show("public/front.html", archives=archive_entries.public_lists())


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Closed to search engines until there is a public archive; then the archive is open, and its sitemap is named."""
    text = f"{OPEN}{archive_urls.absolute(resolve_url('sitemap'))}\n" if archive_entries.public_lists() else CLOSED
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "public, max-age=3600"})
