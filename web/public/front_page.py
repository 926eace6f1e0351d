"""The bare address and /robots.txt: what somebody finds who follows no link of a mail."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.views.decorators.http import require_safe

from campaigns.reporting import archive_entries
from config.public_urls import ARCHIVE, MEDIA
from web.public.archive import archive_urls
from web.public.links.link_page import show

# Whatever else lies here is one person's or staff's. Mail programs fetch pictures without asking robots.txt.
CLOSED = "User-agent: *\nDisallow: /\n"
OPEN = f"User-agent: *\nAllow: /{ARCHIVE}/\nAllow: /{MEDIA}/\nAllow: /static/\nDisallow: /\n\nSitemap: "


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    return show("public/front.html", archives=archive_entries.public_lists())


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Search engines may come as soon as there is a public archive, and are told where all of it is listed."""
    text = f"{OPEN}{archive_urls.absolute(resolve_url('sitemap'))}\n" if archive_entries.public_lists() else CLOSED
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "public, max-age=3600"})
