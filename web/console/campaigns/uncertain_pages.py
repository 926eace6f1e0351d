"""Uncertain recipients of a campaign: what is known of them, and the two decisions, each confirmed with its numbers."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from campaigns.recovery import uncertain_slices
from campaigns.recovery.uncertain_slices import UncertainError
from campaigns.tracking import webhook_health
from web.console.console_page import actor_of, campaign_or_404, show
from web.texts import refusal_texts, state_labels, stored_texts
from web.whole_numbers import whole_number
from worker.wake import wake

DECISIONS = ("resend", "abandon")


def listing(request: HttpRequest, campaign_id: int, problem: str = "", status: int = 200) -> HttpResponse:
    """Every uncertain batch of the campaign."""
    slices = uncertain_slices.uncertain(campaign_id)
    return show(
        request,
        "console/uncertain.html",
        status=status,
        campaign=campaign_or_404(campaign_id),
        lines=[
            (
                uncertain_slice,
                stored_texts.answer(uncertain_slice.http_status, uncertain_slice.detail),
                state_labels.waits_for(uncertain_slice.waits_for),
            )
            for uncertain_slice in slices
        ],
        people=sum(uncertain_slice.people for uncertain_slice in slices),
        webhook=webhook_health.webhook_health(),
        may_settle=request.user.has_perm("campaigns.change_campaign"),
        chosen=request.POST.getlist("slice"),
        reason=request.POST.get("reason", ""),
        problem=problem,
    )


def settle(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Without `sure` it shows what the decision would do; with `sure` it makes the decision."""
    decision, reason = request.POST.get("decision", ""), request.POST.get("reason", "")
    slice_ids = [number for written in request.POST.getlist("slice") if (number := whole_number(written)) is not None]
    slices = uncertain_slices.uncertain(campaign_id, slice_ids)
    if decision not in DECISIONS or not slice_ids or not reason.strip():
        return listing(request, campaign_id, refusal_texts.refusal(UncertainError("reason")), 400)
    if len(slices) < len(set(slice_ids)):
        return listing(request, campaign_id, refusal_texts.refusal(UncertainError("gone", slices=slice_ids)), 409)
    people = sum(uncertain_slice.people for uncertain_slice in slices)
    if request.POST.get("sure") != "yes":
        return show(
            request, "console/settle.html", campaign=campaign_or_404(campaign_id), decision=decision, reason=reason,
            slice_ids=slice_ids, people=people, webhook=webhook_health.webhook_health(),
            since=min((uncertain_slice.since for uncertain_slice in slices if uncertain_slice.since), default=None),
        )  # fmt: skip
    try:
        uncertain_slices.decide(actor_of(request), slice_ids, decision, reason)  # type: ignore[arg-type]
    except UncertainError as fault:
        return listing(request, campaign_id, refusal_texts.refusal(fault), 409)
    wake("run_due_work")
    resent, abandoned = _("Recipients who are sent to again: %(people)s."), _("Recipients who are not sent to again: %(people)s.")
    done = resent if decision == "resend" else abandoned
    messages.success(request, done % {"people": people})
    return redirect("campaign", campaign_id=campaign_id)
