"""The language that a reader chooses on a page behind a link.

It is in the address (`?language=`), because these pages set no cookie.
"""

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from web.public.archive import cached_pages

View = Callable[..., HttpResponse]
_chosen: ContextVar[str] = ContextVar("chosen_page_language", default="")


def in_chosen_language(view: View) -> View:
    """A view whose page is in the language of the address, if that is one of the translated ones; else in the browser's."""

    @wraps(view)
    def answer(request: HttpRequest, *rest: Any, **named: Any) -> HttpResponse:
        language = cached_pages.supported(request.GET.get("language", ""))
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
