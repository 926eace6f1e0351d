"""The pages of 403 and 404 within the console, for people who are signed in: they keep its navigation."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from web.access import of_console
from web.console.console_page import show


def not_found(request: HttpRequest) -> HttpResponse | None:
    """None outside the console, and for people who are not signed in."""
    text = _("The address may be mistyped, or what it showed was deleted.")
    return _problem(request, 404, _("Page not found"), text)


def forbidden(request: HttpRequest) -> HttpResponse | None:
    text = _("Your account may not do this. An admin can give it another role.")
    return _problem(request, 403, _("You do not have permission"), text)


def _problem(request: HttpRequest, status: int, heading: str, text: str) -> HttpResponse | None:
    user = getattr(request, "user", None)  # there is none if a middleware before it refused the request
    if not request.path.startswith("/console/") or user is None or not (user.is_active and user.is_staff):
        return None
    return of_console(show(request, "console/problem.html", status, heading=heading, text=text))
