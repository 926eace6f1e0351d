"""Approvals of a campaign's content: what it needs before it can be scheduled, and what it keeps permanently.

docs/decisions/approvals-of-campaigns.md explains the rules.
"""

from collections.abc import Iterable
from typing import Any

from campaigns import hold_details
from campaigns.launch_guards import CampaignActionError
from campaigns.models import Campaign, DeliveryLog
from editorial.models import Decision, IssueRecord
from editorial.review import open_reviews
from editorial.review.decisions import VersionDecisions, standing
from publication import audit
from publication.models import Actor, Audit


def require(campaign: Campaign) -> VersionDecisions:
    """Raise CampaignActionError if somebody asked for changes of the content, or if approvals that it needs are missing."""
    approval_state = require_no_changes(campaign)
    if not approval_state.missing:
        return approval_state
    needed, given = approval_state.needed, len(approval_state.approvals)
    if waiting := open_reviews.waiting(campaign.version):
        raise CampaignActionError("approvals", campaign=campaign.pk, needed=needed, given=given, waiting=waiting)
    raise CampaignActionError("not-asked", campaign=campaign.pk, needed=needed, given=given)


def require_no_changes(campaign: Campaign) -> VersionDecisions:
    """Raise CampaignActionError if somebody asked for changes of exactly this content, and has not approved it since."""
    approval_state = standing(campaign.version)
    if approval_state.changes:
        raise CampaignActionError("changes", campaign=campaign.pk, names=_names(approval_state.changes))
    return approval_state


def lock(campaign: Campaign) -> None:
    """Nobody decides about the issue until the caller's transaction ends. Lock the campaign first."""
    IssueRecord.objects.select_for_update(no_key=True).get(pk=campaign.version.issue_id)


def keep(actor: Actor, campaign: Campaign) -> None:
    """Keep the approvals that the content has now, and name them in the log.

    Call it in the transaction that schedules the campaign. Raises CampaignActionError.
    """
    lock(campaign)
    approval_state = require(campaign)
    campaign.approvals.set(approval_state.approvals)
    if approval_state.approvals or approval_state.needed:
        names = _names(approval_state.approvals)
        DeliveryLog.objects.create(
            kind="approved", campaign_id=campaign.pk, actor=actor, detail={"names": names, "needed": approval_state.needed}
        )
        audit.record(
            actor,
            "campaign_approved",
            campaign,
            decisions=[approval.pk for approval in approval_state.approvals],
            needed=approval_state.needed,
        )


def require_kept(actor: Actor, campaign: Campaign) -> None:
    """Raise CampaignActionError if somebody asked for changes since it was scheduled, or if its approvals do not count any more
    and those that the content has now are too few. Those replace the former. The campaign and its issue are locked (`lock`).
    """
    require_no_changes(campaign)
    if withdrawn_of(campaign):
        keep(actor, campaign)


def withdrawn_of(campaign: Campaign) -> list[Decision]:
    """The approvals with which a campaign was scheduled that were withdrawn since, unless somebody chose to keep it despite that.

    The choice is in the audit: campaigns.lost_rights.affected_campaigns writes it in the transaction of the withdrawal.
    """
    withdrawn = campaign.approvals.exclude(withdrawn=None).select_related("withdrawn")
    if not withdrawn:
        return []
    lines = Audit.objects.filter(object_kind="campaign", object_id=str(campaign.pk), verb="campaign_lost_rights_keep")
    choices = list(lines.values_list("detail", flat=True))
    # A choice from before these numbers were written was for all approvals.
    all_withdrawn = [approval.pk for approval in withdrawn]
    kept_ids = {approval_id for choice in choices for approval_id in choice.get("approvals", all_withdrawn)}
    return [approval for approval in withdrawn if approval.pk not in kept_ids]


def hold_reason(campaign: Campaign) -> tuple[str, str] | None:
    """Why a due campaign must not begin, as the reason and detail of a hold: changes were requested, or approvals withdrawn."""
    approval_state = standing(campaign.version)
    if approval_state.changes:
        return "changes", hold_details.text("changes", who=_listed(approval_state.changes))
    if (withdrawn := withdrawn_of(campaign)) and approval_state.missing:
        return "approvals", hold_details.text("approvals", who=_listed(withdrawn))
    return None


def _listed(decisions: Iterable[Decision]) -> str:
    return ", ".join(_names(decisions)).replace(";", ",")


def kept(campaign: Campaign) -> list[dict[str, Any]]:
    """The approvals that a campaign keeps: who, when, and from where."""
    approvals = campaign.approvals.select_related("version", "link").order_by("id")
    return [
        {
            "name": approval.name, "at": approval.created_at, "version": approval.version.number,
            "through": "link" if approval.link_id else "console", "network": approval.network,
        }
        for approval in approvals
    ]  # fmt: skip


def _names(decisions: Iterable[Decision]) -> list[str]:
    return [decision.name for decision in decisions]
