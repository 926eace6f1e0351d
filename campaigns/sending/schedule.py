"""Scheduled changes of campaigns: begin when due, end when nobody is left, go on for recipients that are planned again."""

from contextlib import suppress
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from campaigns import campaign_approvals, hold_details
from campaigns.models import Campaign, Occurrence
from campaigns.sending import cancelling, schedule_sql
from campaigns.states import MoveRefusedError, hold_campaign, move_campaign
from publication import audit, clock, policies
from subscribers.models import MailingList

# A date further away is a typing error: nobody schedules a newsletter more than a year ahead.
FURTHEST = timedelta(days=366)
_HABIT = 3  # as many campaigns at the same time of the week are a habit
_SOON = timedelta(minutes=5)  # sooner than that, “Send now” was taken back

log = structlog.get_logger("mailroom.schedule")


LocalHour = schedule_sql.LocalHour
local_hours = schedule_sql.local_hours


def late_allowed() -> timedelta:
    """How late a due campaign still begins automatically (policy `late_hours`); if it is later, staff decide."""
    return timedelta(hours=policies.number("late_hours"))


def handover() -> timedelta:
    """How long before its moment a wave is handed to the provider (policy `handover_minutes`)."""
    return timedelta(minutes=policies.number("handover_minutes"))


def start_due() -> list[int]:
    """scheduled -> filling for every campaign that is due, each exactly once; the ids.

    A campaign later than the policy allows is put on hold until staff resume or cancel it; also one whose content somebody wants
    changed, or whose approvals were withdrawn. The occurrence's row prevents a second start even if the clock is put back. A
    clock that is wrongly ahead starts a campaign early, but only once.
    """
    early, allowed = handover(), late_allowed()
    started = []
    for occurrence_id, campaign_id, at in schedule_sql.due(clock.now(), early.total_seconds()):
        with transaction.atomic():
            if not schedule_sql.lock_waiting(occurrence_id):
                continue  # another upkeep worker was faster, or staff unscheduled it
            now = clock.now()
            if now - at > allowed:
                schedule_sql.decide(occurrence_id, "asked", now)
                hold_campaign(audit.system(), campaign_id, "late", _late_detail(at, now, allowed))
                continue
            campaign = Campaign.objects.select_related("version").get(pk=campaign_id)
            campaign_approvals.lock(campaign)  # a request for changes comes before the start, or after it
            if held := campaign_approvals.hold_reason(campaign):
                schedule_sql.decide(occurrence_id, "asked", now)
                hold_campaign(audit.system(), campaign_id, *held)
            else:
                schedule_sql.decide(occurrence_id, "started", now)
                move_campaign(audit.system(), campaign_id, "filling", sources=["scheduled"])
                started.append(campaign_id)
    return started


def begin_at_once(campaign_id: int) -> None:
    """scheduled -> filling, in the transaction that scheduled it."""
    schedule_sql.start(campaign_id, clock.now(), "waiting")
    move_campaign(audit.system(), campaign_id, "filling", sources=["scheduled"])


def _late_detail(at: datetime, now: datetime, allowed: timedelta) -> str:
    hours, most = ((now - at).total_seconds() / 3600, allowed.total_seconds() / 3600)
    return hold_details.text("late", due=at, hours=f"{hours:.1f}", most=f"{most:g}")


def withdrawn_time(campaign_id: int) -> Occurrence | None:
    """The time that a draft had before staff took it back, if it is still to come."""
    times = Occurrence.objects.filter(campaign_id=campaign_id, state="withdrawn", at__gt=clock.now() + _SOON)
    return times.order_by("-decided_at").first()


def suggested_time(campaign: Campaign, zone: str) -> datetime:
    """When a campaign that never had a time could be sent: on the weekday and at the time at which the last campaigns to its
    lists were scheduled, if those agree; else tomorrow at nine. In `zone`.
    """
    now = clock.in_zone(clock.now(), zone)
    lists = campaign.lists.all()
    earlier = Campaign.objects.first_sendings().filter(lists__in=lists, state="sent", scheduled_at__isnull=False).distinct()
    moments = [clock.in_zone(row.scheduled_at, zone) for row in earlier.order_by("-scheduled_at")[:_HABIT] if row.scheduled_at]
    times = {(moment.weekday(), moment.hour, moment.minute) for moment in moments}
    if len(moments) < _HABIT or len(times) > 1:
        return (now + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    [(weekday, hour, minute)] = times
    day = now + timedelta(days=(weekday - now.weekday()) % 7)
    moment = day.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return moment if moment > now + _SOON else moment + timedelta(days=7)


def finish_done() -> list[int]:
    """sending -> sent where nobody is planned, claimed or in flight; the ids. The welcome of a list waits for its next person."""
    done = []
    welcomes = MailingList.objects.filter(welcome_campaign__isnull=False).values("welcome_campaign")
    under_way = Campaign.objects.filter(state="sending", recipients__isnull=False).exclude(pk__in=welcomes)
    for campaign_id in under_way.values_list("id", flat=True):
        with transaction.atomic():
            campaign = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign_id)
            if campaign.state != "sending" or schedule_sql.count_open(campaign_id):
                continue
            # Mail that the provider keeps for later can still be taken back, so such a campaign has not ended.
            if not ((campaign.local_time or campaign.strict) and schedule_sql.is_with_provider(campaign_id, clock.now())):
                move_campaign(audit.system(), campaign_id, "sent", sources=["sending"])
                log.info("sent", campaign=campaign_id)
                done.append(campaign_id)
    return done


def tend_ended() -> list[int]:
    """Send to recipients who were planned again after the campaign's end (by a late answer or by staff); in a cancelled
    campaign skip them. Otherwise their planned slice would be a silent loss. The campaigns that are sending again.
    """
    again = []
    for campaign_id, state in schedule_sql.ended_with_planned():
        if state == "cancelled":
            cancelling.skip_unsent(campaign_id)
            continue
        with suppress(MoveRefusedError):  # another upkeep worker was faster
            move_campaign(audit.system(), campaign_id, "sending", sources=["sent"], finished_at=None)
            again.append(campaign_id)
    return again


def filling() -> list[int]:
    """Campaigns that must be filled, or whose fill was killed."""
    return list(Campaign.objects.filter(state="filling").values_list("id", flat=True))
