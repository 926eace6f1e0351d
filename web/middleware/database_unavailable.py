"""Answers 503 with a page when the database did not answer in time: what happened, and when to try again."""

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.deprecation import MiddlewareMixin

from publication.database.statement_sql import ran_out
from web import page_identity

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
