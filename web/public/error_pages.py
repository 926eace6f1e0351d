"""The pages of 400, 403, 404 and 500, in the publication's name and colours. None of them raises an exception.

That of 503 is in `web.middleware.failing_requests`.
"""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from web import page_identity


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page("400.html", 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page("403.html", 403)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW: mostly a form that was open for too long."""
    return _page("403_csrf.html", 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page("404.html", 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without the database: it may be what failed."""
    return _page("500.html", 500, ask_database=False)


def _page(template: str, status: int, *, ask_database: bool = True) -> HttpResponse:
    # Rendered without the request: its context would ask the database who is signed in.
    return HttpResponse(render_to_string(template, page_identity.of_error_page(ask_database=ask_database)), status=status)
