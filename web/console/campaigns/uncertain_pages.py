"""Uncertain recipients of a campaign: what is known of them, and the two decisions, each confirmed with its numbers."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from campaigns.recovery import uncertain_slices
from campaigns.recovery.uncertain_slices import UncertainError
from campaigns.tracking import webhook_health
from publication import audit
from web.console.console_page import campaign_or_404, show
from web.texts import refusal_texts, state_labels, stored_texts
from web.whole_numbers import whole_number
from worker.wake import wake

DECISIONS = ("resend", "abandon")


def listing(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Every uncertain batch of the campaign."""
    return _listing(request, campaign_id)


def _listing(request: HttpRequest, campaign_id: int, problem: str = "", status: int = 200) -> HttpResponse:
    found = uncertain_slices.uncertain(campaign_id)
    return show(
        request,
        "console/uncertain.html",
        status=status,
        campaign=campaign_or_404(campaign_id),
        lines=[(one, stored_texts.answer(one.http_status, one.detail), state_labels.waits_for(one.waits_for)) for one in found],
        people=sum(one.people for one in found),
        webhook=webhook_health.webhook_health(),
        may_settle=request.user.has_perm("campaigns.change_campaign"),
        chosen=request.POST.getlist("slice"),
        reason=request.POST.get("reason", ""),
        problem=problem,
    )


def settle(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Without `sure` it shows what the decision would do; with `sure` it makes the decision."""
    decision, reason = request.POST.get("decision", ""), request.POST.get("reason", "")
    wanted = [number for each in request.POST.getlist("slice") if (number := whole_number(each)) is not None]
    found = uncertain_slices.uncertain(campaign_id, wanted)
    if decision not in DECISIONS or not wanted or not reason.strip():
        return _listing(request, campaign_id, refusal_texts.refusal(UncertainError("reason")), 400)
    if len(found) < len(set(wanted)):
        return _listing(request, campaign_id, refusal_texts.refusal(UncertainError("gone", slices=wanted)), 409)
    people = sum(one.people for one in found)
    if request.POST.get("sure") != "yes":
        return show(
            request, "console/settle.html", campaign=campaign_or_404(campaign_id), decision=decision, reason=reason,
            wanted=wanted, people=people, since=min((one.since for one in found if one.since), default=None),
            webhook=webhook_health.webhook_health(),
        )  # fmt: skip
    try:
        uncertain_slices.decide(audit.staff(request.user), wanted, decision, reason)  # type: ignore[arg-type]
    except UncertainError as fault:
        return _listing(request, campaign_id, refusal_texts.refusal(fault), 409)
    wake("pump")
    resent, abandoned = _("Recipients who are sent to again: %(people)s."), _("Recipients who are not sent to again: %(people)s.")
    done = resent if decision == "resend" else abandoned
    messages.success(request, done % {"people": people})
    return redirect("campaign", campaign_id=campaign_id)
