"""How a staff page is rendered: with the publication, whose zone all its times are in; and the campaign it is about."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from campaigns.launch_guards import LaunchRefused, find_campaign
from campaigns.models import Campaign
from publication.models import Publication


def show(request: HttpRequest, template: str, status: int = 200, **context: Any) -> HttpResponse:
    publication = Publication.objects.filter(pk=1).first() or Publication()
    return render(request, template, {"publication": publication, "zone": publication.zone, **context}, status=status)


def campaign_or_404(campaign_id: int) -> Campaign:
    """The campaign of an address, with what its pages show of it."""
    try:
        return find_campaign(campaign_id)
    except LaunchRefused:
        raise Http404 from None
