"""Changes a campaign before it is scheduled: its version, audience, sender and strict mode."""

from collections.abc import Sequence

from django.db import transaction

from campaigns.launch_guards import CampaignActionError, find_campaign, log, require_draft
from campaigns.models import Campaign
from editorial.models import IssueVersion
from publication import audit
from publication.models import Actor, Sender
from subscribers.models import MailingList, Segment


def replace_version(actor: Actor, campaign_id: int, version: IssueVersion) -> Campaign:
    """Make a draft send this version instead of its present one. The name changes too if it was the old version's subject.

    Clears any override of checks: the override was for the errors of the old version.
    """
    with transaction.atomic():
        campaign = find_campaign(campaign_id, locked=True)
        require_draft(campaign)
        if campaign.version.issue_id != version.issue_id:
            raise CampaignActionError(
                "other-issue", campaign=campaign_id, issue=campaign.version.issue.slug, other=version.issue.slug
            )
        if campaign.version_id != version.pk:
            if campaign.name == campaign.version.subject:
                campaign.name = version.subject
            campaign.version, campaign.override = version, {}
            campaign.save(update_fields=["version", "name", "override"])
            log(actor, campaign, "version_replaced", version=version.number)
            audit.record(actor, "campaign_version", campaign, version=version.pk)
    return campaign


def change_audience(
    actor: Actor, campaign_id: int, *, lists: Sequence[MailingList], segment: Segment | None, sender: Sender
) -> Campaign:
    """Send a draft to other lists, another segment or from another sender.

    Other lists clear an override of checks, because what the checks find depends on them. Raises CampaignActionError.
    """
    if not lists:
        raise CampaignActionError("no-list")
    with transaction.atomic():
        campaign = find_campaign(campaign_id, locked=True)
        require_draft(campaign)
        if {mailing_list.pk for mailing_list in lists} != set(campaign.lists.values_list("pk", flat=True)):
            campaign.lists.set(lists)
            campaign.override = {}
        campaign.segment, campaign.sender = segment, sender
        campaign.save(update_fields=["segment", "sender", "override"])
        names = sorted(mailing_list.slug for mailing_list in lists)
        log(actor, campaign, "audience_changed", lists=", ".join(names), segment=segment.slug if segment else "")
        audit.record(actor, "campaign_audience", campaign, lists=names, segment=segment.slug if segment else "", sender=sender.pk)
    return campaign


def set_strict(actor: Actor, campaign_id: int, strict: bool) -> Campaign:
    """Set or clear strict mode of a draft: mail goes out 20 minutes later, so that an uncertain request can be cancelled."""
    with transaction.atomic():
        campaign = find_campaign(campaign_id, locked=True)
        require_draft(campaign)
        change_strict(actor, campaign, strict)
    return campaign


def change_strict(actor: Actor, campaign: Campaign, strict: bool) -> None:
    if campaign.strict != strict:
        campaign.strict = strict
        campaign.save(update_fields=["strict"])
        audit.record(actor, "campaign_strict" if strict else "campaign_not_strict", campaign)
