"""Caching headers and language of pages that are the same for everybody.

They set no cookie and depend on nothing in the request but the language.
"""

import hashlib
import re
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.crypto import salted_hmac
from django.utils.translation.trans_real import parse_accept_lang_header

from publication import clock
from web.content_policies import public_policy
from web.public.links import form_token
from web.texts.language_names import page_language

KEPT_FOR = 300  # seconds: how long caches may still show an issue that was taken out of the archive
CACHE_CONTROL = f"public, max-age={KEPT_FOR}"

# A token of a form is different each time, and is accepted for a day. With it in the ETag, no copy of a page with a form could be
# revalidated. Instead the ETag changes every six hours, so the token that a 304 leaves in a copy is accepted for 18 hours more.
TOKENS_KEPT_FOR = 6 * 3600  # seconds
_TOKEN = re.compile(rb'(<input type="hidden" name="%s" value=")[^"]*' % form_token.FIELD.encode())


def language_of(request: HttpRequest) -> str:
    """Return the page language for this reader: `?language=` of the URL, else the browser's. The console's cookie is ignored."""
    preferred = [
        request.GET.get("language", ""),
        *(code for code, _ in parse_accept_lang_header(request.headers.get("Accept-Language", ""))),
    ]
    return next((language for language in map(page_language, preferred) if language), settings.LANGUAGE_CODE)


def page(request: HttpRequest, template: str, language: str, *, indexed: bool, **context: Any) -> HttpResponse:
    """A rendered template in one of the page languages; with `indexed`, search engines may list it."""
    with translation.override(language):
        html = render_to_string(template, {"LANGUAGE_CODE": language, "indexed": indexed, **context})
    response = HttpResponse(html, headers={"Content-Language": language, "Content-Security-Policy": public_policy()})
    return kept(request, response, indexed=indexed)


def kept(request: HttpRequest, response: HttpResponse, *, indexed: bool) -> HttpResponse:
    """The response with headers that let caches keep and revalidate it; a 304 if the client already has it.

    By the content only: an issue that is withheld makes nothing newer.
    """
    response.headers["Cache-Control"] = CACHE_CONTROL
    etag = _etag(response.content)
    response.headers["ETag"] = etag
    if not indexed:
        response.headers["X-Robots-Tag"] = "noindex"
    answer = get_conditional_response(request, etag=etag, response=response)
    if answer is None or answer is response:
        return response
    for name, value in response.headers.items():
        # A cache replaces its stored headers by those of the 304: without these it would store the default policy.
        if name not in ("Content-Type", "Content-Length"):
            answer.headers.setdefault(name, value)
    return answer


def _etag(content: bytes) -> str:
    """Weak if the content has tokens: copies with the same ETag then differ in these only."""
    period = int(clock.now().timestamp()) // TOKENS_KEPT_FOR
    # Made with the secret key: after a change of the key the tokens in all copies are refused.
    placeholder = salted_hmac("mailroom.page.etag", str(period), algorithm="sha256").hexdigest().encode()
    without_tokens, tokens = _TOKEN.subn(rb"\g<1>" + placeholder, content)
    tag = f'"{hashlib.sha256(without_tokens).hexdigest()[:32]}"'
    return f"W/{tag}" if tokens else tag
