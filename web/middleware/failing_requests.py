"""Answers with a page when the database did not answer in time (503), and when a request cannot be read (400)."""

import codecs
from collections.abc import Callable
from typing import Any

import structlog
from django import urls
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.deprecation import MiddlewareMixin

from publication.database.statement_sql import ran_out
from web import page_identity
from web.access import ANYONE, SIGNATURE

log = structlog.get_logger("mailroom.web")

AGAIN_AFTER = 30  # seconds
# SQLSTATE: connections, resources, statements that the server ended, its disk, deadlocks. Without one, nobody answered.
_AWAY = ("08", "40", "53", "57", "58", "55P03")


def _is_away(error: Exception) -> bool:
    """Whether the database cannot answer at the moment. Django calls statements that PostgreSQL will always refuse the same."""
    if isinstance(error, InterfaceError):
        return True
    sqlstate = getattr(error.__cause__, "sqlstate", None)
    return isinstance(error, OperationalError) and (not sqlstate or sqlstate.startswith(_AWAY))


class DatabaseUnavailable(MiddlewareMixin):
    """Answers 503 where a statement ran into its limit (config/statement_limits.py), or the database is away.

    Both are expected at times and say nothing about the code, so the log gets a line and no traceback. Every other error of the
    database, such as a value that is too long for an index, is a bug and no outage.
    """

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not _is_away(exception):
            return None
        too_slow = ran_out(exception)
        view = request.resolver_match.url_name if request.resolver_match else ""
        log.error("statement_ran_out" if too_slow else "database_away", view=view, reason=str(exception).strip()[:300])
        # Rendered without the request: its context would ask the database who is signed in.
        facts = {"too_slow": too_slow, "reading": request.method in ("GET", "HEAD")}
        values = {**page_identity.of_error_page(ask_database=False), **facts}
        page = render(None, "503.html", values, status=503)
        page.headers["Retry-After"] = str(AGAIN_AFTER)
        page.headers["Cache-Control"] = "no-store"
        return page


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
