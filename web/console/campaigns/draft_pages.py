"""Changing the audience and the sender of a draft, deleting it, and overriding the errors of its checks."""

from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from campaigns import launch_checks, removing
from campaigns.audience.audiences import Audience
from campaigns.drafts import draft_changes
from campaigns.launch_guards import CampaignActionError, require_draft
from campaigns.models import Campaign
from web.console.console_page import actor_of, campaign_or_404, show
from web.console.issues.finding_lines import finding_lines, state_of
from web.console.issues.sending.send_audience import SendChoices, count_of
from web.texts import refusal_texts


def audience(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """GET shows what a draft has; POST stores what was chosen, or asks again."""
    campaign = campaign_or_404(campaign_id)
    if (moved := _moved_on(request, campaign)) is not None:
        return moved
    issue = campaign.version.issue_id
    if request.method != "POST":
        linked = "audience" in request.GET and campaign.followed_id is None
        return _audience_form(
            request, campaign, SendChoices.of(request.GET, issue, campaign_id) if linked else SendChoices.of_campaign(campaign)
        )
    chosen = SendChoices.of(request.POST, issue, campaign_id)
    if campaign.followed_id is not None:  # the form has only the sender
        chosen = replace(chosen, audience=Audience.of(campaign))
    if request.POST.get("action") == "count":
        return _audience_form(request, campaign, chosen)
    try:
        draft_changes.change_audience(
            actor_of(request), campaign_id, audience=chosen.audience, sender=chosen.sender or campaign.sender
        )
    except CampaignActionError as refused:
        return _audience_form(request, campaign, chosen, refusal_texts.refusal(refused))
    messages.success(request, _("The audience and the sender of the campaign are stored."))
    return redirect("campaign", campaign_id=campaign_id)


def _audience_form(request: HttpRequest, campaign: Campaign, chosen: SendChoices, problem: str = "") -> HttpResponse:
    now = request.POST.get("action") == "count"
    return show(
        request, "console/draft_audience.html", 422 if problem else 200, campaign=campaign, campaign_number=str(campaign.pk),
        audience=chosen, problem=problem,
        # The people of a follow-up are not chosen here.
        **({} if campaign.followed_id else count_of(chosen, campaign.version, request.user, draft=campaign, now=now)),
    )  # fmt: skip


def delete(request: HttpRequest, campaign_id: int) -> HttpResponse:
    campaign = campaign_or_404(campaign_id)
    if (moved := _moved_on(request, campaign)) is not None:
        return moved
    if request.method != "POST":
        return show(request, "console/delete_draft.html", campaign=campaign)
    try:
        removing.delete_campaign(actor_of(request), campaign_id)
    except CampaignActionError as refused:
        messages.error(request, refusal_texts.refusal(refused))
        return redirect("campaign", campaign_id=campaign_id)
    messages.success(request, _("The draft “%(name)s” is deleted.") % {"name": campaign.name})
    return redirect("campaigns")


def _moved_on(request: HttpRequest, campaign: Campaign) -> HttpResponse | None:
    """The campaign's page with the reason, if it is no draft any more."""
    try:
        require_draft(campaign)
    except CampaignActionError as refused:
        messages.error(request, refusal_texts.refusal(refused))
        return redirect("campaign", campaign_id=campaign.pk)
    return None


def override(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Asks again if the reason is missing."""
    campaign = campaign_or_404(campaign_id)
    problem, reason = "", request.POST.get("reason", "")
    if request.method == "POST":
        try:
            launch_checks.override_checks(actor_of(request), campaign_id, reason)
        except CampaignActionError as refused:
            if refused.is_about_state:
                messages.error(request, refusal_texts.refusal(refused))
                return redirect("campaign", campaign_id=campaign_id)
            problem = refusal_texts.refusal(refused)
        else:
            done = _("The errors are overridden. Your reason is on record. You can now schedule the campaign.")
            messages.success(request, done)
            return redirect("campaign-schedule", campaign_id=campaign_id)
    faults = launch_checks.standing_faults(campaign) if campaign.state == "draft" else ()
    version = campaign.version
    return show(
        request, "console/override.html", 422 if problem else 200, campaign=campaign,
        faults=finding_lines(version.issue, state_of(version), faults), problem=problem, reason=reason,
    )  # fmt: skip
