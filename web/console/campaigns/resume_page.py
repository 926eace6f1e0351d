"""Going on with a campaign that is paused or on hold, also without a receiving domain."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from campaigns import launch
from campaigns.campaign_mails import BRAKES
from campaigns.launch_guards import CampaignActionError
from campaigns.reporting import reports
from campaigns.tracking.brakes import campaign_brakes, leaving_out
from web.console.console_page import campaign_or_404, move, show
from web.texts import refusal_texts
from web.whole_numbers import whole_number

RESUMABLE = ("paused", "held")


def resume(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """GET shows in numbers what going on would do, with `?domain=` without that domain; POST does it."""
    campaign = campaign_or_404(campaign_id)
    domain = (request.POST if request.method == "POST" else request.GET).get("domain", "").strip()
    is_braked = campaign.held_reason in BRAKES
    bad = sum(outcome.complained + outcome.hard_bounced for outcome in campaign_brakes.outcomes(campaign_id)) if is_braked else 0
    if request.method == "POST" and is_braked and 2 * bad > 3 * (whole_number(request.POST.get("seen", "")) or 0):
        messages.error(request, _("Complaints or bounces have grown since you opened this page. Look at the numbers again."))
    elif request.method == "POST":
        done = _("The campaign continues without %(domain)s.") % {"domain": domain} if domain else _("The campaign continues.")
        return move(request, campaign_id, partial(launch.resume, without_domain=domain), done)
    try:
        there = leaving_out.people_at(campaign, domain) if domain else None
    except CampaignActionError as refused:
        messages.error(request, refusal_texts.refusal(refused))
        return redirect("campaign", campaign_id=campaign_id)
    report = reports.report(campaign_id)
    return show(
        request,
        "console/resume.html",
        campaign=campaign,
        report=report,
        domain=domain,
        is_braked=is_braked,
        bad=bad,
        there=there,
        waiting=report.unsent - (there.waiting if there else 0),
        may_resume=campaign.state in RESUMABLE,
    )
