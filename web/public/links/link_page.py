"""What every public page shares: how it is rendered (without cookies) and what a link that is not ours shows."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language

from publication.models import Publication


def show(template: str, status: int = 200, **context: Any) -> HttpResponse:
    """A page of a signed link: never stored, never indexed, and its address never told to anybody.

    Rendered without the request, so that no template can set a cookie by accident.
    """
    context.setdefault("publication", Publication.objects.filter(pk=1).first())
    page = HttpResponse(render_to_string(template, {"LANGUAGE_CODE": get_language(), **context}), status=status)
    page.headers["Cache-Control"] = "no-store"
    page.headers["X-Robots-Tag"] = "noindex"
    page.headers["Referrer-Policy"] = "no-referrer"
    return page


def unknown_link() -> HttpResponse:
    """The one answer to every link that is not ours, altered, too old, or of nobody: it tells nothing about which."""
    return show("public/unknown.html", status=404)
