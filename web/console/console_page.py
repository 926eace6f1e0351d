"""Shared by console pages: rendering with the publication and its zone, who acts, the campaign of a URL, moving a campaign."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from campaigns.launch_guards import CampaignActionError, find_campaign
from campaigns.models import Campaign
from publication import audit
from publication.models import Actor, Publication
from web.texts import refusal_texts
from worker.wake import wake


def page_values() -> dict[str, Any]:
    """The template values that the layout of every console page needs."""
    publication = Publication.objects.filter(pk=1).first() or Publication()
    return {"publication": publication, "zone": publication.zone}


def show(request: HttpRequest, template: str, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, template, {**page_values(), **context}, status=status)


def actor_of(request: HttpRequest) -> Actor:
    """The actor of the account that is signed in, which `web.access` has checked."""
    return audit.staff(request.user)  # type: ignore[arg-type]


def campaign_or_404(campaign_id: int) -> Campaign:
    try:
        return find_campaign(campaign_id)
    except CampaignActionError:
        raise Http404 from None


def move(request: HttpRequest, campaign_id: int, verb: Callable[[Actor, int], Campaign], done: str) -> HttpResponse:
    """Call the verb, then show the campaign's page with the message `done` or the reason of the refusal."""
    campaign_or_404(campaign_id)
    try:
        verb(actor_of(request), campaign_id)
    except CampaignActionError as refused:
        messages.error(request, refusal_texts.refusal(refused))
    else:
        messages.success(request, done)
        wake("send_due")
    return redirect("campaign", campaign_id=campaign_id)
