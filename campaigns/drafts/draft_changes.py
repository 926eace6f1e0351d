"""Changes a campaign before it is scheduled: its version, audience, sender and strict mode."""

from django.db import transaction

from campaigns.audience.audiences import Audience
from campaigns.launch_guards import CampaignActionError, find_campaign, log, require_draft
from campaigns.models import Campaign
from editorial.models import IssueVersion
from publication import audit
from publication.models import Actor, Sender
from subscribers.segments import compiler
from subscribers.segments.grammar import SegmentError


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


def check_audience(audience: Audience, campaign_id: int | None = None) -> None:
    """Raise CampaignActionError for an audience without a list, and for exclusions that cannot be what staff mean.

    `campaign_id`: the campaign with this audience, if it exists.
    """
    if not audience.lists:
        raise CampaignActionError("no-list")
    excluded = audience.exclusions
    if (twice := next((chosen for chosen in excluded.lists if chosen in audience.lists), None)) is not None:
        raise CampaignActionError("list-twice", list=twice.name)
    if audience.segment is not None and audience.segment in excluded.segments:
        raise CampaignActionError("segment-twice", segment=audience.segment.name)
    for campaign in excluded.campaigns:
        _require_reaching(campaign, campaign_id)
    try:
        compiler.conditions([exclusion.condition for exclusion in excluded.conditions()])
        if excluded:
            audience.text()
    except SegmentError as error:
        raise CampaignActionError("exclusion", problem=error) from None


def _require_reaching(excluded: Campaign, campaign_id: int | None) -> None:
    """Raise CampaignActionError unless somebody got, or is going to get, a campaign because of which people are left out."""
    if excluded.pk == campaign_id:
        raise CampaignActionError("excludes-itself")
    if excluded.state == "draft":
        raise CampaignActionError("excludes-draft", campaign=excluded.pk)
    if excluded.state == "cancelled" and not excluded.recipients:
        raise CampaignActionError("excludes-cancelled", campaign=excluded.pk)


def _require_same_people(follow_up: Campaign, audience: Audience) -> None:
    """Raise CampaignActionError for another audience of a follow-up: its people are those of the campaign that it follows."""
    lists = {mailing_list.pk for mailing_list in audience.lists}
    if lists != set(follow_up.lists.values_list("pk", flat=True)) or audience.segment or audience.exclusions:
        raise CampaignActionError("follow-up-audience", campaign=follow_up.pk)


def change_audience(actor: Actor, campaign_id: int, *, audience: Audience, sender: Sender) -> Campaign:
    """Send a draft to another audience or from another sender.

    Other lists clear an override of checks, because what the checks find depends on them. Raises CampaignActionError.
    """
    check_audience(audience, campaign_id)
    segment, exclusions = audience.segment, audience.exclusions
    with transaction.atomic():
        campaign = find_campaign(campaign_id, locked=True)
        require_draft(campaign)
        if campaign.followed is not None:
            _require_same_people(campaign, audience)
        if {mailing_list.pk for mailing_list in audience.lists} != set(campaign.lists.values_list("pk", flat=True)):
            campaign.lists.set(audience.lists)
            campaign.override = {}
        exclusions.store(campaign)
        campaign.segment, campaign.sender = segment, sender
        campaign.save(update_fields=["segment", "sender", "override"])
        names = {"lists": sorted(mailing_list.slug for mailing_list in audience.lists), **exclusions.names()}
        slug = segment.slug if segment else ""
        log(actor, campaign, "audience_changed", segment=slug, **{kind: ", ".join(named) for kind, named in names.items()})
        audit.record(actor, "campaign_audience", campaign, **names, segment=slug, sender=sender.pk)
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
