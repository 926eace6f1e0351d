"""Approvals of a campaign's content: what it needs before it can be scheduled, and what it keeps permanently.

docs/decisions/approvals-of-campaigns.md explains the rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from campaigns import hold_details
from campaigns.launch_guards import LaunchRefusedError
from campaigns.models import Campaign, DeliveryLog
from editorial.models import Decision, IssueRecord
from editorial.review import open_reviews
from editorial.review.decisions import VersionDecisions, standing
from publication import audit
from publication.models import Actor, Audit


def require(campaign: Campaign) -> VersionDecisions:
    """Raise LaunchRefusedError if somebody asked for changes of the content, or if approvals that it needs are missing."""
    found = require_no_changes(campaign)
    if not found.missing:
        return found
    counts: dict[str, object] = {"campaign": campaign.pk, "needed": found.needed, "given": len(found.approvals)}
    if waiting := open_reviews.waiting(campaign.version):
        raise LaunchRefusedError("approvals", **counts, waiting=waiting)
    raise LaunchRefusedError("not-asked", **counts)


def require_no_changes(campaign: Campaign) -> VersionDecisions:
    """Raise LaunchRefusedError if somebody asked for changes of exactly this content, and has not approved it since."""
    found = standing(campaign.version)
    if found.changes:
        raise LaunchRefusedError("changes", campaign=campaign.pk, names=_names(found.changes))
    return found


def lock(campaign: Campaign) -> None:
    """Nobody decides about the issue until the caller's transaction ends. Lock the campaign first."""
    IssueRecord.objects.select_for_update(no_key=True).get(pk=campaign.version.issue_id)


def keep(actor: Actor, campaign: Campaign) -> None:
    """Keep the approvals that the content has now, and name them in the log. In the transaction in which it is scheduled.

    Raises LaunchRefusedError.
    """
    lock(campaign)
    found = require(campaign)
    campaign.approvals.set(found.approvals)
    if found.approvals or found.needed:
        names = _names(found.approvals)
        DeliveryLog.objects.create(
            kind="approved", campaign_id=campaign.pk, actor=actor, detail={"names": names, "needed": found.needed}
        )
        audit.record(actor, "campaign_approved", campaign, decisions=[each.pk for each in found.approvals], needed=found.needed)


def require_kept(actor: Actor, campaign: Campaign) -> None:
    """Raise LaunchRefusedError if somebody asked for changes since it was scheduled, or if its approvals do not count any more
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
    kept = {approval for choice in choices for approval in choice.get("approvals", [each.pk for each in withdrawn])}
    return [each for each in withdrawn if each.pk not in kept]


def hold_reason(campaign: Campaign) -> tuple[str, str] | None:
    """Why a due campaign must not begin, as the reason and detail of a hold: changes were requested, or approvals withdrawn."""
    found = standing(campaign.version)
    if found.changes:
        return "changes", hold_details.text("changes", who=_listed(found.changes))
    if (withdrawn := withdrawn_of(campaign)) and found.missing:
        return "approvals", hold_details.text("approvals", who=_listed(withdrawn))
    return None


def _listed(decisions: Iterable[Decision]) -> str:
    return ", ".join(_names(decisions)).replace(";", ",")


def kept(campaign: Campaign) -> list[dict[str, Any]]:
    """The approvals that a campaign keeps: who, when, and from where."""
    found = campaign.approvals.select_related("version", "link").order_by("id")
    return [
        {
            "name": each.name, "at": each.created_at, "version": each.version.number,
            "through": "link" if each.link_id else "console", "network": each.network,
        }
        for each in found
    ]  # fmt: skip


def _names(decisions: Iterable[Decision]) -> list[str]:
    return [each.name for each in decisions]
