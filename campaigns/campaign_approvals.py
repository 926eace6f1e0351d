"""Approvals of a campaign's content: what it needs before it can be scheduled, and what it keeps permanently.

docs/decisions/approvals-of-campaigns.md explains the rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from campaigns import hold_details
from campaigns.launch_guards import LaunchRefused
from campaigns.models import Campaign, DeliveryLog
from editorial.models import Decision, IssueRecord
from editorial.review import open_reviews
from editorial.review.decisions import Standing, standing
from publication import audit
from publication.models import Actor


def require(campaign: Campaign) -> Standing:
    """Raise LaunchRefused if somebody asked for changes of the content, or if approvals that it needs are missing."""
    found = require_no_changes(campaign)
    if not found.missing:
        return found
    counts: dict[str, object] = {"campaign": campaign.pk, "needed": found.needed, "given": len(found.approvals)}
    if waiting := open_reviews.waiting(campaign.version):
        raise LaunchRefused("approvals", **counts, waiting=waiting)
    raise LaunchRefused("not-asked", **counts)


def require_no_changes(campaign: Campaign) -> Standing:
    """Raise LaunchRefused if somebody asked for changes of exactly this content, and has not approved it since."""
    found = standing(campaign.version)
    if found.changes:
        raise LaunchRefused("changes", campaign=campaign.pk, names=_names(found.changes))
    return found


def lock(campaign: Campaign) -> None:
    """Nobody decides about the issue until the caller's transaction ends. Lock the campaign first."""
    IssueRecord.objects.select_for_update(no_key=True).get(pk=campaign.version.issue_id)


def keep(actor: Actor, campaign: Campaign) -> None:
    """Keep the approvals that the content has now, and name them in the log. In the transaction in which it is scheduled.

    Raises LaunchRefused.
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


def changes_detail(campaign: Campaign) -> str:
    """Who asked for changes of the content, as the detail of a hold; empty if nobody did."""
    found = standing(campaign.version).changes
    return hold_details.text("changes", who=", ".join(_names(found)).replace(";", ",")) if found else ""


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
