"""The bare address and /robots.txt: what somebody finds who follows no link of a mail."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from web.public.page import show

# Whatever lies here is one person's or staff's. Mail programs fetch pictures without asking robots.txt.
ROBOTS = "User-agent: *\nDisallow: /\n"


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    return show("public/front.html")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    return HttpResponse(ROBOTS, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "public, max-age=86400"})
