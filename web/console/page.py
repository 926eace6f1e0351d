"""How a staff page is rendered: with the publication, whose zone all its times are in."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from publication.models import Publication


def show(request: HttpRequest, template: str, status: int = 200, **context: Any) -> HttpResponse:
    publication = Publication.objects.filter(pk=1).first() or Publication()
    return render(request, template, {"publication": publication, "zone": publication.zone, **context}, status=status)
