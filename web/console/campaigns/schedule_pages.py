"""Scheduling a draft, sending it now, changing the time or sender of a scheduled one, and turning it back into a draft."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import launch, launch_checks
from campaigns.audience.audience_variants import VariantLine
from campaigns.audience.audiences import Audience, Exclusions
from campaigns.audience.forecasts import AudienceCount, AudienceNumbers, numbers_of
from campaigns.drafts import draft_changes
from campaigns.launch_guards import CampaignActionError, last_step, require_draft
from campaigns.models import Campaign
from campaigns.recovery import lost_campaigns
from campaigns.reporting import earlier_campaigns
from campaigns.sending import schedule as timing
from publication import clock
from publication.installation import publication
from publication.senders import sender_list
from subscribers.segments.grammar import SegmentError
from web.console.console_page import actor_of, campaign_or_404, move, show
from web.console.issues.sending.send_audience import SenderChoice
from web.texts import refusal_texts, stored_texts, zone_names, zoned_times
from web.whole_numbers import whole_number
from worker.wake import wake

# "Send now" waits for so long, so that it can be undone.
UNDO = timedelta(seconds=60)


def schedule(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """GET asks for the time of a draft, or for another time or sender of a scheduled campaign; POST sets it, or asks again."""
    campaign = campaign_or_404(campaign_id)
    if request.method == "POST":
        # The form names what it was opened for: a draft that a colleague scheduled meanwhile is not rescheduled by it.
        again = request.POST.get("form") == "reschedule"
        if not again and _lacks_purpose(request, campaign):
            return _form(request, campaign, problem=str(_TWICE), status=422)
        try:
            if again:
                _change(request, campaign)
            else:
                _set_time(request, campaign)
        except CampaignActionError as refused:
            problem = refusal_texts.refusal(refused)
            if not refused.is_about_state:
                return _form(request, campaign, problem=problem, status=422)
            messages.error(request, problem)
        else:
            messages.success(request, _("The changes are stored.") if again else _("The campaign is scheduled."))
            wake("run_due_work")
        return redirect("campaign", campaign_id=campaign_id)
    return _form(request, campaign)


_TWICE = gettext_lazy("This issue was sent or scheduled to the same people. Choose whether they get it again.")


def _earlier(campaign: Campaign) -> list[Campaign]:
    """What was or will be sent of the same issue to the same lists, if the campaign is still a draft. Nobody gets a
    follow-up without a purpose.
    """
    if campaign.state != "draft" or campaign.followed_id is not None:
        return []
    return earlier_campaigns.to_same_lists(
        campaign.version.issue_id, campaign.lists.all(), besides=campaign.pk, left_out=campaign.excluded_campaigns.all()
    )


def _not_left_out(campaign: Campaign, earlier: Sequence[Campaign]) -> list[Campaign]:
    """Those of the earlier campaigns whose people the draft does not leave out yet."""
    left_out = set(campaign.excluded_campaigns.all())
    return [row for row in earlier if row not in left_out]


def _lacks_purpose(request: HttpRequest, campaign: Campaign) -> bool:
    """Whether people would get the issue twice, and nobody said whether they are to."""
    return request.POST.get("again") not in ("yes", "no") and bool(_earlier(campaign))


def _leave_out(request: HttpRequest, campaign: Campaign) -> None:
    """Leave out the people who got the issue, if the form says so. Raises CampaignActionError."""
    left_out = _not_left_out(campaign, _earlier(campaign)) if request.POST.get("again") == "no" else []
    if left_out:
        audience = Audience.of(campaign).leaving_out(left_out)
        draft_changes.change_audience(actor_of(request), campaign.pk, audience=audience, sender=campaign.sender)


def _allow_repeat(request: HttpRequest, campaign: Campaign) -> None:
    """Allow what a lost campaign sent already, if the form has the number of people. Raises CampaignActionError."""
    people = whole_number(request.POST.get("already_sent", "").replace(",", ""), 12)
    if people is not None and lost_campaigns.to_same_lists(campaign):
        lost_campaigns.allow_repeat(actor_of(request), campaign.pk, people)


@transaction.atomic
def _set_time(request: HttpRequest, campaign: Campaign) -> None:
    require_draft(campaign)
    _leave_out(request, campaign)
    _allow_repeat(request, campaign)
    actor, asked = actor_of(request), AskedTime.of(request)
    if asked.each_zone:
        launch.schedule_each_zone(actor, campaign.pk, asked.at, zone=asked.zone, strict=asked.strict)
    else:
        at = launch.moment(asked.at, asked.zone)
        launch.schedule(actor, campaign.pk, at, zone=asked.zone, local=asked.at, strict=asked.strict)


def _change(request: HttpRequest, campaign: Campaign) -> None:
    """Give a scheduled campaign the sender and the time of the form, or neither. Raises CampaignActionError."""
    actor, asked = actor_of(request), AskedTime.of(request)
    chosen = whole_number(request.POST.get("sender", ""), 15)
    sender = sender_list.ordered().filter(pk=chosen).first() if chosen else None
    with transaction.atomic():
        if sender is not None:
            launch.change_sender(actor, campaign.pk, sender)
        if sender is not None and asked == _present_time(campaign, _local_hour(campaign)):
            return
        if asked.each_zone:
            launch.reschedule_each_zone(actor, campaign.pk, asked.at, zone=asked.zone, strict=asked.strict)
        else:
            at = launch.moment(asked.at, asked.zone)
            launch.reschedule(actor, campaign.pk, at, zone=asked.zone, local=asked.at, strict=asked.strict)


class AskedTime(NamedTuple):
    """The fields of the form. `at`: `2026-12-04 09:00`, in `zone` or in each recipient's own."""

    at: str
    zone: str
    each_zone: bool
    strict: bool

    @classmethod
    def of(cls, request: HttpRequest) -> AskedTime:
        at, zone = request.POST.get("at", "").replace("T", " ").strip(), _zone(request.POST.get("zone", "").strip())
        return cls(at, zone or publication().zone, bool(request.POST.get("each_zone")), bool(request.POST.get("strict")))


def _local_hour(campaign: Campaign) -> timing.LocalHour | None:
    return timing.local_hours([campaign.pk]).get(campaign.pk)


def _present_time(campaign: Campaign, local_hour: timing.LocalHour | None) -> AskedTime | None:
    """What the form of a scheduled campaign shows; None for others."""
    if campaign.state != "scheduled" or campaign.scheduled_at is None:
        return None
    at = local_hour.hour if local_hour else clock.minute_in(campaign.scheduled_at, campaign.zone)
    return AskedTime(at, campaign.zone, campaign.local_time, campaign.strict)


def _zone(typed: str) -> str:
    """The zone that somebody meant by the name of a city or a country; what was typed if that may mean several zones or none."""
    meant = zone_names.find(typed)
    return meant[0] if len(meant) == 1 else typed


def _form(request: HttpRequest, campaign: Campaign, problem: str = "", status: int = 200) -> HttpResponse:
    expected = _expected(campaign)
    local_hour, earlier = _local_hour(campaign), _earlier(campaign)
    given: Mapping[str, Any]
    if request.POST:
        given = request.POST
    elif present := _present_time(campaign, local_hour):
        given = present._asdict() | {"at": present.at.replace(" ", "T")}
    elif before := timing.withdrawn_time(campaign.pk):
        at = clock.minute_in(before.at, before.zone).replace(" ", "T")
        given = {"at": at, "zone": before.zone, "strict": campaign.strict}
    else:
        zone = publication().zone
        at = clock.minute_in(timing.suggested_time(campaign, zone), zone).replace(" ", "T")
        given = {"at": at, "zone": zone, "strict": campaign.strict}
    return show(
        request, "console/schedule.html", status, campaign=campaign, problem=problem or expected.problem, expected=expected,
        at=given.get("at", ""), asked_zone=given.get("zone", ""), each_zone=bool(given.get("each_zone")),
        asked_moment=_in_words(given.get("at", ""), given.get("zone", "")),
        strict=bool(given.get("strict")), local_hour=local_hour, minutes=round(timing.handover().total_seconds() / 60),
        handover_at=first_handover(campaign, local_hour), **_repeat(campaign, earlier),
        lost=lost_campaigns.to_same_lists(campaign), lists=campaign.lists.order_by("id"), excluded=Exclusions.of(campaign),
        sender_choice=_sender_choice(request, campaign),
    )  # fmt: skip


def _in_words(at: str, zone: str) -> str:
    """The time of the form as a sentence; empty if it cannot be read or is over."""
    try:
        moment = launch.moment(at.replace("T", " "), zone)
    except CampaignActionError:
        return ""
    return zoned_times.in_words_with_distance(moment, zone) if moment > clock.now() else ""


def _sender_choice(request: HttpRequest, campaign: Campaign) -> SenderChoice:
    if "sender" in request.POST:
        return SenderChoice.of_form(request.POST)
    return SenderChoice.of_sender(campaign.sender)


@dataclass(frozen=True)
class Expected:
    """How many would get a campaign as of now, by variant; `uncounted`: that is not known yet; `problem`: it cannot be known."""

    variants: list[VariantLine]
    uncounted: bool
    problem: str = ""

    @property
    def count(self) -> int:
        return 0 if self.uncounted else sum(line.recipients for line in self.variants)


def _repeat(campaign: Campaign, earlier: Sequence[Campaign]) -> dict[str, Any]:
    """What the form says of people who got the issue, or will get it by a campaign that is not over (`later`).

    `fewer`: how many would get this one without those who got it by now; None where unknown.
    """
    left_out = _not_left_out(campaign, earlier)
    fewer = _expected(campaign, Audience.of(campaign).leaving_out(left_out)) if left_out else None
    return {
        "earlier": earlier, "not_left_out": left_out, "later": any(row.state not in earlier_campaigns.OVER for row in left_out),
        "fewer": None if fewer is None or fewer.uncounted else fewer.count,
    }  # fmt: skip


def _expected(campaign: Campaign, audience: Audience | None = None) -> Expected:
    """Of the audience that the campaign has, or of another one that its draft could get."""
    try:
        count = AudienceCount.of_choice(campaign, audience) if audience else AudienceCount.of_campaign(campaign)
        numbers = numbers_of(count.counted())
    except SegmentError as error:
        return Expected([], uncounted=False, problem=stored_texts.segment_fault(error))
    lines = (numbers or AudienceNumbers()).variant_lines(campaign.version)
    return Expected(lines, uncounted=numbers is None)


def send_now(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """GET says to how many it would go, in one sentence; POST schedules it for the end of the time in which it can be undone."""
    campaign = campaign_or_404(campaign_id)
    problem = ""
    if request.method == "POST":
        try:
            require_draft(campaign)
            # A form that was opened before somebody changed the campaign, or sent a second time after Undo, sends nothing.
            if _lacks_purpose(request, campaign):
                problem = str(_TWICE)
            elif request.POST.get("seen") == str(last_step(campaign_id)):
                with transaction.atomic():
                    _leave_out(request, campaign)
                    _allow_repeat(request, campaign)
                    launch.schedule(actor_of(request), campaign_id, clock.now() + UNDO)
                wake("run_due_work")
                return redirect("campaign", campaign_id=campaign_id)
            else:
                problem = _("The campaign has changed since you opened this page. Check it and confirm again.")
        except CampaignActionError as refused:
            problem = refusal_texts.refusal(refused)
            if refused.is_about_state:
                messages.error(request, problem)
                return redirect("campaign", campaign_id=campaign_id)
    expected = _expected(campaign)
    return show(
        request, "console/send_now.html", 422 if problem else 200, campaign=campaign, expected=expected,
        problem=problem or expected.problem, seen=last_step(campaign_id), seconds=round(UNDO.total_seconds()),
        lists=campaign.lists.order_by("id"), excluded=Exclusions.of(campaign),
        **_repeat(campaign, _earlier(campaign)), lost=lost_campaigns.to_same_lists(campaign),
        faults=launch_checks.standing_faults(campaign) if campaign.state == "draft" else [],
    )  # fmt: skip


def first_handover(campaign: Campaign, local_hour: timing.LocalHour | None) -> datetime | None:
    """When the first mails of a campaign in each recipient's zone go to the provider; None if that is not in the future."""
    if campaign.state != "scheduled" or local_hour is None:
        return None
    early = timing.handover()
    return local_hour.first - early if local_hour.first > clock.now() + early else None


def seconds_to_undo(campaign: Campaign) -> int | None:
    """In how many seconds a scheduled campaign begins, if that is less than `UNDO`; None if it is not about to begin."""
    if campaign.state != "scheduled" or campaign.local_time or campaign.scheduled_at is None:
        return None
    left = campaign.scheduled_at - clock.now()
    return max(0, math.ceil(left.total_seconds())) if left <= UNDO else None


def unschedule(request: HttpRequest, campaign_id: int) -> HttpResponse:
    done = _("The campaign is a draft again. Nothing is sent until you schedule it.")
    return move(request, campaign_id, launch.unschedule, done)
