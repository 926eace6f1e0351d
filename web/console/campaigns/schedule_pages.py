"""Scheduling a draft, and turning a scheduled campaign back into a draft."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from campaigns import audience_variants, forecasts, launch
from campaigns.launch_guards import LaunchRefused, require_draft
from campaigns.models import Campaign
from campaigns.sending import schedule as timing
from publication import audit
from publication.installation import publication
from subscribers.segments.grammar import SegmentError
from web.console.console_page import campaign_or_404, move, show
from web.texts import refusal_texts
from worker.wake import wake


@require_http_methods(["GET", "HEAD", "POST"])
def schedule(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """GET asks for the hour; POST sets it, or asks again with the reason."""
    campaign = campaign_or_404(campaign_id)
    if request.method == "POST":
        try:
            _schedule(request, campaign)
        except LaunchRefused as refused:
            problem = refusal_texts.refusal(refused)
            if not refused.is_about_state:
                return _form(request, campaign, problem=problem, status=422)
            messages.error(request, problem)
        else:
            messages.success(request, _("Scheduled."))
            wake("pump")
        return redirect("campaign", campaign_id=campaign_id)
    return _form(request, campaign)


def _schedule(request: HttpRequest, campaign: Campaign) -> None:
    actor = audit.staff(request.user)  # type: ignore[arg-type]
    require_draft(campaign)
    text = request.POST.get("at", "").replace("T", " ").strip()
    zone = request.POST.get("zone", "").strip() or publication().zone
    strict = bool(request.POST.get("strict"))
    if request.POST.get("each_zone"):
        launch.schedule_each_zone(actor, campaign.pk, text, zone=zone, strict=strict)
    else:
        launch.schedule(actor, campaign.pk, launch.moment(text, zone), zone=zone, local=text, strict=strict)


def _form(request: HttpRequest, campaign: Campaign, problem: str = "", status: int = 200) -> HttpResponse:
    forecast: list[audience_variants.VariantLine] | None = []
    try:
        forecast = forecasts.kept(campaign)
    except SegmentError as error:
        problem = problem or str(error)
    lines = audience_variants.lines(campaign.version, {}) if forecast is None else forecast
    given = request.POST or {"zone": publication().zone, "strict": campaign.strict}
    return show(
        request, "console/schedule.html", status, campaign=campaign, problem=problem, variants=lines,
        uncounted=forecast is None,
        count=sum(line.recipients for line in forecast or ()), at=given.get("at", ""),
        asked_zone=given.get("zone", ""), each_zone=bool(given.get("each_zone")), strict=bool(given.get("strict")),
        minutes=round(timing.handover().total_seconds() / 60),
    )  # fmt: skip


@require_POST
def unschedule(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """A scheduled campaign is a draft again."""
    return move(request, campaign_id, launch.unschedule, _("A draft again: nothing is sent before it is scheduled anew."))
