"""Access to URLs: every line of web/urls.py goes through `at`, which takes who may open the URL as an argument and enforces it.

A view cannot be routed without it.
"""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, register_converter
from django.urls.converters import IntConverter, StringConverter
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from publication.staff import second_factors
from subscribers.errors import UnknownSlugError
from web.content_policies import CONSOLE_POLICY

View = Callable[..., HttpResponseBase]
Response = TypeVar("Response", bound=HttpResponseBase)

# These are not permissions. Everything else in the table is the name of a Django permission, and needs a login.
ANYONE = "anyone"  # reads only; nothing in it depends on who asks
LINK = "signed link"  # the token in the path is the proof; no cookie, and so no cookie to forge a request with
FORM = "public form"  # anyone; a signed, timed token in the form, and no cookie to forge a request with
SIGNATURE = "provider's signature"
DOOR = "console door"  # login, logout: anyone, but with Django's protection against forged requests
OWN = "own account"  # any account of staff, also one that still has to set up a second factor
PASSWORD = "own password"  # noqa: S105 - any account of staff, also one whose temporary password has to be changed
STAFF = "staff"  # any account of staff
MUST_CHANGE_PASSWORD = "must-change-password"  # noqa: S105 - set in a session that began with a temporary password
_OWN_PROOF = (LINK, FORM, SIGNATURE)

# The methods that a URL answers; every other one gets 405.
GET, POST, GET_POST = ("GET", "HEAD"), ("POST",), ("GET", "HEAD", "POST")
ANY: tuple[str, ...] = ()  # the view answers each method itself


class Id(IntConverter):
    """The id of a row in a URL. An id that no row can have gives 404 instead of a database error."""

    regex = "[0-9]{1,18}"


class Base36(StringConverter):
    """The number of an account in a mailed link."""

    regex = "[0-9a-z]{1,13}"


register_converter(Id, "id")
register_converter(Base36, "base36")


def at(route: str, view: View, needs: str, name: str, methods: tuple[str, ...], *, posting: str = "") -> URLPattern:
    """One line of the table: route, view, who may open it, the name for links, and the methods that it answers.

    `posting`: the permission without which the view refuses a POST (`may_post`), if it is another one than for GET.
    """
    return path(route, guard(view, needs, methods, posting), name=name)


def may_post(request: HttpRequest) -> bool:
    """Whether the person has the permission that web.urls asks of a POST to this URL."""
    return bool(request.user.has_perm(vars(request.resolver_match.func)["posting"])) if request.resolver_match else False


def guard(view: View, needs: str, methods: tuple[str, ...] = ANY, posting: str = "") -> View:
    """`view` behind its access check. Anonymous GETs are redirected to the login, other anonymous requests get 403."""
    if methods:
        view = require_http_methods(methods)(view)

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if needs in (ANYONE, *_OWN_PROOF):
            return view(request, *args, **kwargs)
        if needs != DOOR and (refused := _refusal(request, needs)) is not None:
            return of_console(refused)
        try:
            return of_console(view(request, *args, **kwargs))
        except UnknownSlugError as gone:  # deleted at the same moment, as by a doubled click
            raise Http404 from gone

    vars(guarded).update(access=needs, methods=methods, posting=posting or needs)
    vars(guarded)["csrf_exempt"] = needs in _OWN_PROOF
    return guarded


def _refusal(request: HttpRequest, needs: str) -> HttpResponse | None:
    user = request.user
    if not user.is_authenticated:
        if request.method in ("GET", "HEAD"):
            return redirect("/console/login/?" + urlencode({"next": request.get_full_path()}))
        raise PermissionDenied
    if not user.is_active or not user.is_staff or (needs not in (STAFF, OWN, PASSWORD) and not user.has_perm(needs)):
        raise PermissionDenied
    if needs != PASSWORD and request.session.get(MUST_CHANGE_PASSWORD):
        if request.method in ("GET", "HEAD"):
            return redirect("/console/account/password/")
        raise PermissionDenied
    if needs not in (OWN, PASSWORD) and second_factors.must_set_up(user):
        if request.method in ("GET", "HEAD"):
            return redirect("/console/account/")
        raise PermissionDenied
    return None


def of_console(response: Response) -> Response:
    """Add the headers of staff pages; a header that the view has set stays."""
    response.headers.setdefault("Content-Security-Policy", CONSOLE_POLICY)
    # With "no-referrer" a browser sends `Origin: null` with a form, and Django's CSRF check refuses that.
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("X-Robots-Tag", "noindex")
    return response
