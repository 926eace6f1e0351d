"""Answers 400 to requests that cannot be decoded, before anything reads them."""

import codecs
from collections.abc import Callable
from typing import Any

from django import urls
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.deprecation import MiddlewareMixin

from web.access import ANYONE, SIGNATURE

# What browsers and mail programs send forms in. Python knows codecs that are no text (hex, zip) or cannot decode every byte.
CHARSETS = {
    codecs.lookup(name).name
    for name in ("utf-8", "ascii", "latin-1", "windows-1252", "gb2312", "gbk", "gb18030", "big5", "shift_jis", "euc-kr")
}


class ReadableRequests(MiddlewareMixin):
    """Refuses forms in a charset that is none of text, and fields with a NUL, which PostgreSQL cannot store.

    The body of a webhook is left alone: its signature is of the raw bytes. Pages for anybody keep nothing of what they are sent.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        charset = (request.content_params or {}).get("charset", "")
        return _refused(request) if charset and not _is_readable(charset) else None

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: list[Any], parameters: dict[str, Any]
    ) -> HttpResponse | None:
        if getattr(view, "access", "") in (ANYONE, SIGNATURE):
            return None
        return _refused(request) if _holds_nul(request.GET) or _holds_nul(request.POST) else None


def _is_readable(charset: str) -> bool:
    try:
        return codecs.lookup(charset).name in CHARSETS
    except LookupError:
        return True  # unknown to Python: Django reads the body as UTF-8
    except (UnicodeError, ValueError):
        return False  # no name that anything could have


def _holds_nul(fields: QueryDict) -> bool:
    return any("\x00" in text for name, values in fields.lists() for text in (name, *values))


def _refused(request: HttpRequest) -> HttpResponse:
    request.encoding = "utf-8"  # the page's CSRF token may read the form, and must not read it in the charset that we refuse
    page: Callable[..., HttpResponse] = urls.get_resolver().resolve_error_handler(400)
    return page(request, Exception("unreadable"))
