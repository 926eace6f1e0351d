"""What time does to a campaign: it begins when it is due, is filled, ends when nobody is open, goes on for the freed."""

from __future__ import annotations

from contextlib import suppress

from django.db import transaction

from campaigns import outbox_sql as sql
from campaigns.models import Campaign
from campaigns.states import MoveRefused, move_campaign
from publication import audit, clock


def start_due() -> list[int]:
    """scheduled -> filling for every campaign whose time has come, each exactly once; their ids."""
    due = Campaign.objects.filter(state="scheduled", scheduled_at__lte=clock.now()).values_list("id", flat=True)
    started = []
    for campaign_id in due:
        with suppress(MoveRefused):  # another pump was faster, or staff took it back
            move_campaign(audit.system(), campaign_id, "filling", sources=["scheduled"])
            started.append(campaign_id)
    return started


def finish_done() -> list[int]:
    """sending -> sent where nobody is planned, claimed or in flight; their ids."""
    done = []
    for campaign_id in Campaign.objects.filter(state="sending", recipients__isnull=False).values_list("id", flat=True):
        with transaction.atomic():
            campaign = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign_id)
            if campaign.state == "sending" and sql.count_open(campaign_id) == 0:
                move_campaign(audit.system(), campaign_id, "sent", sources=["sending"])
                done.append(campaign_id)
    return done


def tend_ended() -> list[int]:
    """Whoever was freed after the campaign's end (a late answer, an operator's word) is sent to, or skipped where it was
    cancelled: a slice planned in a campaign that does not send would be a silent loss. The campaigns sending again.
    """
    again = []
    for campaign_id, state in sql.ended_with_planned():
        if state == "cancelled":
            sql.cancel_slices(campaign_id)
            continue
        with suppress(MoveRefused):  # another pump was faster
            move_campaign(audit.system(), campaign_id, "sending", sources=["sent"], finished_at=None)
            again.append(campaign_id)
    return again


def filling() -> list[int]:
    """Campaigns whose fill is to be made, or was killed."""
    return list(Campaign.objects.filter(state="filling").values_list("id", flat=True))
