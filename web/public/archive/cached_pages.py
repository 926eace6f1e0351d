"""Pages that are the same for everybody: how caches may keep them, and in which of our languages they speak.

No cookie, and nothing of whoever asks but the language that their browser names.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.translation.trans_real import parse_accept_lang_header

from web.content_policies import public_policy

KEPT_FOR = 300  # seconds: how long something that is taken out of the archive may still be seen


def language_of(request: HttpRequest) -> str:
    """Ours that the reader wants: `?language=` of the address, else the browser's. The console's cookie is not looked at."""
    wanted = [
        request.GET.get("language", ""),
        *(code for code, _ in parse_accept_lang_header(request.headers.get("Accept-Language", ""))),
    ]
    return next((found for found in map(supported, wanted) if found), settings.LANGUAGE_CODE)


def supported(language: str) -> str:
    """The language of our pages that comes nearest to a BCP 47 tag; empty where none does."""
    try:
        return translation.get_supported_language_variant(language) if language else ""
    except LookupError:
        return ""


def page(request: HttpRequest, template: str, language: str, *, indexed: bool, **context: Any) -> HttpResponse:
    """A template in one of our languages; with `indexed`, search engines may list it."""
    with translation.override(language):
        html = render_to_string(template, {"LANGUAGE_CODE": language, "indexed": indexed, **context})
    response = HttpResponse(html, headers={"Content-Language": language, "Content-Security-Policy": public_policy()})
    return kept(request, response, indexed=indexed)


def kept(request: HttpRequest, response: HttpResponse, *, indexed: bool, updated: datetime | None = None) -> HttpResponse:
    """The response as a thing that caches may keep for a while and ask after; 304 for who has it."""
    response.headers["Cache-Control"] = f"public, max-age={KEPT_FOR}"
    etag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    response.headers["ETag"] = etag
    if updated is not None:
        response.headers["Last-Modified"] = http_date(updated.timestamp())
    if not indexed:
        response.headers["X-Robots-Tag"] = "noindex"
    moment = int(updated.timestamp()) if updated else None
    answer = get_conditional_response(request, etag=etag, last_modified=moment, response=response)
    if answer is None or answer is response:
        return response
    for name, value in response.headers.items():
        # A cache takes the headers of a 304 for those of what it keeps: without ours it would get the usual policy.
        if name not in ("Content-Type", "Content-Length"):
            answer.headers.setdefault(name, value)
    return answer
