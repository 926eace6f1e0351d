"""The probe that resumes a campaign on hold for its budget: one mail to an address of ours; once accepted, sending goes on."""

from contextlib import suppress

from django.conf import settings
from django.db.models import Max

from campaigns.models import Campaign, DeliveryLog, TestSend
from campaigns.sending import single_mails_sql
from campaigns.states import MoveRefusedError, move_campaign
from publication import audit

AGAIN_SECONDS = 30


def plan() -> int:
    """Plan a probe for each campaign on hold for its budget that has none under way; the number planned."""
    planned = 0
    for campaign in Campaign.objects.filter(state="held", held_reason="budget").select_related("sender"):
        hold = _hold_of(campaign)
        if TestSend.objects.filter(purpose="probe", campaign=campaign, state__in=["planned", "claimed", "in_flight"]).exists():
            continue
        number = TestSend.objects.filter(purpose="probe", campaign=campaign, token__startswith=f"{hold}:").count()
        TestSend.objects.create(
            purpose="probe", token=f"{hold}:{number}", address=settings.PROBE_ADDRESS or campaign.sender.email,
            version_id=campaign.version_id, sender=campaign.sender, campaign=campaign,
            not_before=single_mails_sql.moment_after(AGAIN_SECONDS if number else 0),
        )  # fmt: skip
        planned += 1
    return planned


def release_probed() -> list[int]:
    """held -> sending where a probe of this hold was accepted, with a new budget; the ids of the campaigns."""
    released = []
    for campaign in Campaign.objects.filter(state="held", held_reason="budget"):
        hold = _hold_of(campaign)
        if TestSend.objects.filter(purpose="probe", token__startswith=f"{hold}:", state="accepted").exists():
            with suppress(MoveRefusedError):  # staff were faster
                move_campaign(audit.system(), campaign.pk, "sending", sources=["held"])
                released.append(campaign.pk)
    return released


def _hold_of(campaign: Campaign) -> str:
    """An identifier of this hold of the campaign, so that a probe of an earlier hold releases nothing."""
    last = DeliveryLog.objects.filter(kind="campaign_moved", campaign_id=campaign.pk, detail__to="held").aggregate(Max("id"))
    return f"{campaign.pk}.{last['id__max']}"
