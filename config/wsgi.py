"""The WSGI application that `web.server` serves."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.core.wsgi import get_wsgi_application

from config import statement_limits

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def refusing_unreadable_types(application: Application) -> Application:
    """Answer 400 to a Content-Type whose parameters cannot be decoded: Django raises before any middleware could refuse."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if ";" in environ.get("CONTENT_TYPE", "") and not _can_be_read(environ):
            body = b"400 Bad Request: the Content-Type header cannot be read.\n"
            start_response("400 Bad Request", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
            return [body]
        return application(environ, start_response)

    return answer


def _can_be_read(environ: dict[str, Any]) -> bool:
    try:
        WSGIRequest(environ)
    except Exception:  # codecs, email and Django each raise what they like here
        return False
    return True


statement_limits.use(statement_limits.WEB)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = refusing_unreadable_types(get_wsgi_application())
