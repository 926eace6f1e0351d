"""What time does to a campaign: it begins when it is due, is filled, ends when nobody is open, goes on for the freed."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from campaigns import outbox_sql as sql
from campaigns import schedule_sql, unknown
from campaigns.models import Campaign
from campaigns.states import MoveRefused, hold_campaign, move_campaign
from publication import audit, clock
from publication.installation import publication
from publication.profile import policy_number

# Late by up to a working day's half a scheduled issue is still what staff meant; overnight it may not be.
DEFAULT_LATE_HOURS = 6
DEFAULT_HANDOVER_MINUTES = 60
# A date further away is a typing error: nobody writes a newsletter more than a year before it goes out.
FURTHEST = timedelta(days=366)

log = structlog.get_logger("mailroom.schedule")


def late_allowed() -> timedelta:
    """How late what is due still begins by itself (policy `late_hours`); later, staff are asked."""
    return timedelta(hours=policy_number(publication(), "late_hours", DEFAULT_LATE_HOURS))


def handover() -> timedelta:
    """How long before its moment a wave is handed to the provider (policy `handover_minutes`)."""
    return timedelta(minutes=policy_number(publication(), "handover_minutes", DEFAULT_HANDOVER_MINUTES))


def start_due() -> list[int]:
    """scheduled -> filling for every campaign whose time has come, each exactly once; the ids.

    What is later than the policy allows is not begun but asked: held, until staff resume or cancel it. The occurrence's
    row decides, not the clock: set back, it begins nothing a second time; set forward wrongly, it begins early, once.
    """
    early, allowed = handover(), late_allowed()
    started = []
    for occurrence_id, campaign_id, at in schedule_sql.due(clock.now(), early.total_seconds()):
        with transaction.atomic():
            if not schedule_sql.lock_waiting(occurrence_id):
                continue  # another pump was faster, or staff took it back
            now = clock.now()
            if now - at > allowed:
                schedule_sql.decide(occurrence_id, "asked", now)
                hold_campaign(audit.system(), campaign_id, "late", _late_words(at, now, allowed))
            else:
                schedule_sql.decide(occurrence_id, "started", now)
                move_campaign(audit.system(), campaign_id, "filling", sources=["scheduled"])
                started.append(campaign_id)
    return started


def _late_words(at: datetime, now: datetime, allowed: timedelta) -> str:
    hours, most = ((now - at).total_seconds() / 3600, allowed.total_seconds() / 3600)
    return f"due {at:%Y-%m-%d %H:%M} UTC, {hours:.1f} h ago; at most {most:g} h late it begins by itself"


def finish_done() -> list[int]:
    """sending -> sent where nobody is planned, claimed or in flight; their ids."""
    done = []
    for campaign_id in Campaign.objects.filter(state="sending", recipients__isnull=False).values_list("id", flat=True):
        with transaction.atomic():
            campaign = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign_id)
            if campaign.state != "sending" or sql.count_open(campaign_id):
                continue
            # What the provider keeps for later can still be taken back: such a campaign is not over.
            if not ((campaign.local_time or campaign.strict) and schedule_sql.is_with_provider(campaign_id, clock.now())):
                move_campaign(audit.system(), campaign_id, "sent", sources=["sending"])
                log.info("sent", campaign=campaign_id)
                done.append(campaign_id)
    return done


def tend_ended() -> list[int]:
    """Whoever was freed after the campaign's end (a late answer, an operator's word) is sent to, or skipped where it was
    cancelled: a slice planned in a campaign that does not send would be a silent loss. The campaigns sending again.
    """
    again = []
    for campaign_id, state in sql.ended_with_planned():
        if state == "cancelled":
            unknown.skip_unsent(campaign_id)
            continue
        with suppress(MoveRefused):  # another pump was faster
            move_campaign(audit.system(), campaign_id, "sending", sources=["sent"], finished_at=None)
            again.append(campaign_id)
    return again


def filling() -> list[int]:
    """Campaigns whose fill is to be made, or was killed."""
    return list(Campaign.objects.filter(state="filling").values_list("id", flat=True))
