"""Campaigns that wait to begin and rely on an account which loses its rights, and drafts whose check errors it overrode."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Q

from campaigns import launch, launch_checks
from campaigns.campaign_mails import PERMISSION
from campaigns.launch_guards import CampaignActionError
from campaigns.models import Campaign, DeliveryLog
from editorial.review import withdrawals
from publication import audit
from publication.models import Actor
from publication.staff.lost_rights import CampaignChoice, LostRights

APPROVAL, SCHEDULED, OVERRIDE = "approval", "scheduled", "override"


@dataclass(frozen=True, slots=True)
class AffectedCampaign:
    """A campaign that waits to begin, and how it relies on the account: `approval`, `scheduled` (it set the time or resumed it),
    `override`.
    """

    campaign: Campaign
    reasons: tuple[str, ...]


def affected_by(rights: LostRights) -> tuple[AffectedCampaign, ...]:
    """The campaigns that are scheduled, or on hold before they began, and rely on an account.

    There are none if it is blocked already, because then somebody has decided.
    """
    if not rights.account.is_active:
        return ()
    affected = []
    resting = set(withdrawals.decisions_resting_on(rights).values_list("pk", flat=True))
    waiting = Campaign.objects.filter(state__in=["scheduled", "held"], recipients=None).order_by("scheduled_at", "pk")
    for campaign in waiting.prefetch_related("approvals"):
        reliance = {
            APPROVAL: any(approval.pk in resting for approval in campaign.approvals.all()),
            SCHEDULED: rights.includes(PERMISSION) and _scheduler(campaign) == rights.account.pk,
            OVERRIDE: rights.includes(launch_checks.PERMISSION)
            and launch_checks.is_overridden_by(campaign, rights.account.username),
        }
        if any(reliance.values()):
            affected.append(AffectedCampaign(campaign, tuple(reason for reason, applies in reliance.items() if applies)))
    return tuple(affected)


def _scheduler(campaign: Campaign) -> int | None:
    """The account that scheduled, rescheduled or resumed the campaign last. What the system did since does not matter."""
    set_off = Q(kind="campaign_moved", detail__to__in=["scheduled", "filling"])
    steps = DeliveryLog.objects.filter(Q(kind="rescheduled") | set_off, campaign_id=campaign.pk)
    steps = steps.exclude(actor__kind=Actor.Kind.SYSTEM).order_by("-id")
    return steps.values_list("actor__user", flat=True).first()


def require_choices(account: User, affected: Sequence[AffectedCampaign], choices: Mapping[int, CampaignChoice]) -> None:
    """Raise CampaignActionError unless there is a choice for each affected campaign."""
    undecided = [
        f"{affected_campaign.campaign.pk} “{affected_campaign.campaign.name}”"
        for affected_campaign in affected
        if affected_campaign.campaign.pk not in choices
    ]
    if undecided:
        raise CampaignActionError("undecided", name=account.username, campaigns=undecided)


def end_with_rights(
    sender: None, *, actor: Actor, rights: LostRights, choices: Mapping[int, CampaignChoice], **_more: object
) -> None:
    """Receiver of `rights_lost`. Raises CampaignActionError unless there is a choice for each affected campaign."""
    affected = affected_by(rights)
    require_choices(rights.account, affected, choices)
    resting = set(withdrawals.decisions_resting_on(rights).values_list("pk", flat=True))
    relied_on = {
        affected_campaign.campaign.pk: [
            approval.pk for approval in affected_campaign.campaign.approvals.all() if approval.pk in resting
        ]
        for affected_campaign in affected
    }
    for campaign in (affected_campaign.campaign for affected_campaign in affected):
        if choices[campaign.pk] == CampaignChoice.DRAFT:
            launch.unschedule(actor, campaign.pk)
        verb = f"campaign_lost_rights_{choices[campaign.pk]}"
        audit.record(actor, verb, campaign, account=rights.account.username, approvals=relied_on[campaign.pk])
    if rights.includes(launch_checks.PERMISSION):
        name = rights.account.username
        for draft in Campaign.objects.select_for_update(of=("self",)).filter(state="draft").exclude(override={}).order_by("pk"):
            if launch_checks.is_overridden_by(draft, name):
                launch_checks.withdraw_override(actor, draft, name)
