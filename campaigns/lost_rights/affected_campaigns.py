"""Scheduled campaigns that rely on an account which loses its rights, and drafts whose check errors it overrode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User

from campaigns import launch, launch_checks
from campaigns.campaign_mails import PERMISSION
from campaigns.launch_guards import LaunchRefused
from campaigns.models import Campaign, DeliveryLog
from editorial.review import withdrawals
from publication import audit
from publication.models import Actor
from publication.staff.lost_rights import Choice, LostRights

APPROVAL, SCHEDULED, OVERRIDE = "approval", "scheduled", "override"


@dataclass(frozen=True, slots=True)
class AffectedCampaign:
    """A scheduled campaign, and how it relies on the account: `approval`, `scheduled` (it set the time), `override`."""

    campaign: Campaign
    reasons: tuple[str, ...]


def affected_by(rights: LostRights) -> tuple[AffectedCampaign, ...]:
    """The scheduled campaigns that rely on an account; none if it is blocked already, because then somebody has decided."""
    if not rights.account.is_active:
        return ()
    found = []
    resting = set(withdrawals.decisions_resting_on(rights).values_list("pk", flat=True))
    for campaign in Campaign.objects.filter(state="scheduled").prefetch_related("approvals").order_by("scheduled_at", "pk"):
        reliance = {
            APPROVAL: any(each.pk in resting for each in campaign.approvals.all()),
            SCHEDULED: rights.includes(PERMISSION) and _scheduler(campaign) == rights.account.pk,
            OVERRIDE: rights.includes(launch_checks.PERMISSION) and campaign.override.get("by") == rights.account.username,
        }
        if any(reliance.values()):
            found.append(AffectedCampaign(campaign, tuple(reason for reason, applies in reliance.items() if applies)))
    return tuple(found)


def _scheduler(campaign: Campaign) -> int | None:
    """The account that set the campaign's present time."""
    steps = DeliveryLog.objects.filter(campaign_id=campaign.pk, kind__in=["campaign_moved", "rescheduled"])
    return steps.order_by("-id").values_list("actor__user", flat=True).first()


def require_choices(account: User, affected: Sequence[AffectedCampaign], choices: Mapping[int, Choice]) -> None:
    """Raise LaunchRefused unless there is a choice for each affected campaign."""
    undecided = [f"{each.campaign.pk} “{each.campaign.name}”" for each in affected if each.campaign.pk not in choices]
    if undecided:
        raise LaunchRefused("undecided", name=account.username, campaigns=undecided)


def end_with_rights(sender: None, *, actor: Actor, rights: LostRights, choices: Mapping[int, Choice], **_more: object) -> None:
    """Receiver of `rights_lost`. Raises LaunchRefused unless there is a choice for each affected campaign."""
    affected = affected_by(rights)
    require_choices(rights.account, affected, choices)
    for campaign in (each.campaign for each in affected):
        if choices[campaign.pk] == Choice.DRAFT:
            launch.unschedule(actor, campaign.pk)
        audit.record(actor, f"campaign_lost_rights_{choices[campaign.pk]}", campaign, account=rights.account.username)
    if rights.includes(launch_checks.PERMISSION):
        for draft in Campaign.objects.select_for_update(of=("self",)).filter(state="draft", override__by=rights.account.username):
            launch_checks.withdraw_override(actor, draft)
