"""Overrides check errors of a draft: GET shows the errors, POST stores the reason."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from campaigns import launch_checks
from campaigns.launch_guards import CampaignActionError
from publication import audit
from web.console.console_page import campaign_or_404, show
from web.console.issues.finding_lines import finding_lines, state_of
from web.texts import refusal_texts


def override(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Asks again if the reason is missing."""
    campaign = campaign_or_404(campaign_id)
    problem, reason = "", request.POST.get("reason", "")
    if request.method == "POST":
        try:
            launch_checks.override_checks(audit.staff(request.user), campaign_id, reason)  # type: ignore[arg-type]
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
