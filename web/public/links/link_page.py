"""Pages behind a signed link, without cookies, in the language of their address; also the page for links that do not work."""

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import get_language

from subscribers import mailing_lists
from web import page_identity
from web.texts.language_names import page_language

View = Callable[..., HttpResponse]
_chosen: ContextVar[str] = ContextVar("chosen_page_language", default="")


def in_chosen_language(view: View) -> View:
    """A view whose page is in the language of the address, if that is one of the translated ones; else in the browser's."""

    @wraps(view)
    def answer(request: HttpRequest, *rest: Any, **named: Any) -> HttpResponse:
        language = page_language(request.GET.get("language", ""))
        if not language:
            return view(request, *rest, **named)
        before = _chosen.set(language)
        try:
            with translation.override(language):
                page = view(request, *rest, **named)
        finally:
            _chosen.reset(before)
        page.headers["Content-Language"] = language
        return page

    return answer


def query() -> str:
    """`?language=zh-hans`, for the addresses of forms and links of the page that is shown now; empty if nothing was chosen."""
    return f"?language={_chosen.get()}" if _chosen.get() else ""


def show(template: str, status: int = 200, **context: Any) -> HttpResponse:
    """A page that is never stored or indexed, and whose address is never passed on as a referrer.

    `list` or `lists` in the context are the lists that it is about: it looks like their newest issue. The page is rendered
    without the request, so that no template can set a cookie by accident.
    """
    lists = context.get("lists") or ([context["list"]] if "list" in context else [])
    values = {"LANGUAGE_CODE": get_language(), "kept_language": query(), **page_identity.of_page(lists), **context}
    page = HttpResponse(render_to_string(template, values), status=status)
    page.headers["Cache-Control"] = "no-store"
    page.headers["X-Robots-Tag"] = "noindex"
    page.headers["Referrer-Policy"] = "no-referrer"
    return page


def too_many_requests(wait: int, back: str, **context: Any) -> HttpResponse:
    """The answer to a network that has used up its requests: `wait` in seconds, and the way `back` to the form."""
    page = show("public/too_many_requests.html", status=429, minutes=-(-wait // 60), back=back, **context)
    page.headers["Retry-After"] = str(wait)
    return page


def unknown_link() -> HttpResponse:
    """The one answer to every link that is not ours, altered, too old, or of nobody. It does not reveal which."""
    return show("public/unknown.html", status=404, open_lists=mailing_lists.open_lists())
