"""Begins follow-ups of a campaign that is over, as drafts; and what a follow-up needs before it can be scheduled."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import QuerySet

from campaigns.follow_ups import followed_people
from campaigns.follow_ups.followed_people import CORRECTION, NOT_READ
from campaigns.launch_guards import CampaignActionError, find_campaign, log
from campaigns.measuring.measured_links import INDIVIDUAL
from campaigns.models import Campaign
from editorial.models import IssueRecord, IssueVersion
from publication import audit
from publication.models import Actor
from subscribers.segments import recipients
from subscribers.segments.grammar import SegmentError

_OVER = ("sent", "cancelled")


def create(
    actor: Actor, campaign_id: int, kind: str, *, version: IssueVersion | None = None, seen: int | None = None
) -> Campaign:  # fmt: skip
    """A draft that follows the campaign, to the same lists and from the same sender; its people are chosen by the fill.

    `version`: what it sends, by default the same. `seen`: how many follow-ups of this kind somebody knew of when they asked;
    with another number nothing is made. Raises CampaignActionError.
    """
    with transaction.atomic():
        followed = find_campaign(campaign_id, locked=True)
        check(followed, kind, seen)
        version = version or followed.version
        campaign = Campaign(
            name=version.subject, version=version, sender=followed.sender, actor=actor, followed=followed, follow_up=kind,
            archived=kind == CORRECTION and _is_in_archives(followed),
        )  # fmt: skip
        if kind == CORRECTION:
            require_another_content(followed, version)
        campaign.save()
        campaign.lists.set(followed.lists.all())
        log(actor, campaign, "created", version=version.number)
        audit.record(actor, "campaign_follow_up", campaign, version=version.pk, follow_up=kind, followed=str(followed.pk))
    return campaign


def check(followed: Campaign, kind: str, seen: int | None = None) -> None:
    """Raise CampaignActionError if a campaign has no follow-up of this kind, or another number of them than `seen`."""
    if not may_follow(followed):
        raise CampaignActionError("not-over", campaign=followed.pk, state=followed.state)
    if not knows_whom(followed, kind):
        raise CampaignActionError("clicks-unmeasured", name=followed.name)
    if seen is not None and seen != of_kind(followed, kind).count():
        raise CampaignActionError("follow-up-again")


def may_follow(campaign: Campaign) -> bool:
    """Whether a campaign can be followed: it is over, and people were chosen for it."""
    return campaign.state in _OVER and campaign.recipients is not None


def knows_whom(followed: Campaign, kind: str) -> bool:
    """Whether it is known whom a follow-up of this kind goes to: who did not click, only where clicks have names."""
    return kind != NOT_READ or followed.measuring == INDIVIDUAL


def of_kind(followed: Campaign, kind: str) -> QuerySet[Campaign]:
    """The follow-ups of one kind, drafts too."""
    return others_of(followed).filter(follow_up=kind)


def others_of(followed: Campaign) -> QuerySet[Campaign]:
    """The follow-ups of a campaign, drafts too, in the order in which they were made."""
    return followed.follow_ups.exclude(state="cancelled", recipients=None).order_by("pk")


def related(campaign: Campaign) -> list[Campaign]:
    """The campaign, those that it follows up, and all follow-ups of these, the first one first."""
    while campaign.followed is not None:
        campaign = campaign.followed
    family = newest = [campaign]
    while newest:
        newest = [other for parent in newest for other in others_of(parent).select_related("version")]
        family = [*family, *newest]
    return family


def count_now(followed: Campaign, kind: str) -> int | None:
    """How many people a follow-up would go to; None for large campaigns, where that takes too long for a page, and where nobody
    can know.
    """
    if followed.has_totals:
        return None
    try:
        among = followed_people.of_campaign(Campaign(followed=followed, follow_up=kind))
        return recipients.recipients(list(followed.lists.all()), None, among).count()
    except SegmentError:
        return None


def require_ready(campaign: Campaign) -> None:
    """Raise CampaignActionError if a follow-up has the content, or one of the subjects, that it must not repeat."""
    if campaign.followed is None:
        return
    if campaign.follow_up == CORRECTION:
        require_another_content(campaign.followed, campaign.version, campaign.pk)
    if campaign.follow_up == NOT_READ:
        require_other_subjects(campaign.followed, subjects_of(campaign), campaign.pk)


def require_other_subjects(followed: Campaign, subjects: Collection[str], campaign_id: int = 0) -> None:
    """Raise CampaignActionError if the followed campaign, or another one that belongs to it, used one of the subjects."""
    for campaign in related(followed):
        if campaign.pk != campaign_id and (same := subjects_of(campaign).intersection(subjects)):
            raise CampaignActionError("same-subject", campaign=campaign_id, subject=min(same), name=campaign.name)


def _is_in_archives(followed: Campaign) -> bool:
    """Whether archives show what the campaign sent, by its audience and the wish of staff."""
    wish = followed.version.issue.archive
    is_whole = followed.archived and followed.segment_id is None and not followed.segment_text
    return wish == IssueRecord.Archive.SHOWN or (wish == IssueRecord.Archive.USUAL and is_whole)


def require_another_content(followed: Campaign, version: IssueVersion, campaign_id: int = 0) -> None:
    """Raise CampaignActionError if a version is exactly what the followed campaign, or another one that belongs to it, sends."""
    for campaign in related(followed):
        if campaign.pk != campaign_id and campaign.version.digest == version.digest:
            raise CampaignActionError("same-content", name=campaign.name)


def subjects_of(campaign: Campaign) -> set[str]:
    """The subjects of all variants of the mail."""
    return {subject.strip() for subject in campaign.version.variants.values_list("subject", flat=True)}
