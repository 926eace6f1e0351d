"""Campaigns that were sent in a part of the database that a restore lost, as the marks outside the database name them.

The database does not know to whom they went. So their issue goes to the same lists again only if somebody confirms the number
of people who have it already. campaigns/sending/quarantine.py stores them; restore_check.py lists them.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from campaigns.launch_guards import CampaignActionError, find_campaign
from campaigns.models import Campaign, DeliveryLog, LostCampaign
from campaigns.sending import quarantine_sql
from publication import audit
from publication.models import Actor
from subscribers.models import MailingList


def unrecorded() -> list[LostCampaign]:
    """All lost campaigns except those whose recipients the check after the restore has listed as uncertain.

    A campaign that was a draft in the backup and that staff sent again is one, too: the database knows its second sending only.
    """
    rows = list(LostCampaign.objects.order_by("first_at").prefetch_related("repeats"))
    unknown = quarantine_sql.unknown_campaigns([(row.campaign_id, row.campaign_created_at) for row in rows])
    return [row for row in rows if row.count and ((row.campaign_id, row.campaign_created_at) in unknown or _repeats_itself(row))]


def _repeats_itself(row: LostCampaign) -> bool:
    return any((campaign.pk, campaign.created_at) == (row.campaign_id, row.campaign_created_at) for campaign in row.repeats.all())


def unconfirmed() -> list[LostCampaign]:
    """Those of `unrecorded` whose people no operator has confirmed yet."""
    return [row for row in unrecorded() if row.confirmed != row.people]


def confirm(lost: Iterable[LostCampaign]) -> None:
    """Remember that an operator knows of these numbers of people."""
    for row in lost:
        LostCampaign.objects.filter(pk=row.pk).update(confirmed=row.people)


def as_dict(row: LostCampaign) -> dict[str, Any]:
    return {
        "campaign": row.campaign_id, "name": row.name, "subjects": row.subjects, "digest": row.digest, "lists": row.lists,
        "first_request_at": row.first_at, "people": row.count, "confirmed": row.confirmed == row.people,
        "repeats": sorted(campaign.pk for campaign in row.repeats.all()),
    }  # fmt: skip


def to_same_lists(campaign: Campaign) -> list[LostCampaign]:
    """Lost campaigns with the content of this one to one of its lists, unless staff allowed this one nevertheless."""
    same = of_content(campaign.version.digest, campaign.lists.all())
    allowed = set(LostCampaign.objects.filter(repeats=campaign).values_list("pk", flat=True)) if same else ()
    return [row for row in same if row.pk not in allowed]


def of_content(digest: str, lists: Iterable[MailingList]) -> list[LostCampaign]:
    """Lost campaigns with this content to one of the lists."""
    if not LostCampaign.objects.filter(digest=digest).exists():
        return []
    slugs = {mailing_list.slug for mailing_list in lists}
    return [row for row in unrecorded() if row.digest == digest and slugs.intersection(row.lists)]


def require_not_sent(campaign: Campaign) -> None:
    """Raise CampaignActionError if the issue went to one of the lists in the lost part, and nobody allowed to send it again."""
    lost = to_same_lists(campaign)
    if lost:
        people, at = _summary(lost)
        raise CampaignActionError("sent-before", campaign=campaign.pk, people=people, at=at)


def _summary(lost: Sequence[LostCampaign]) -> tuple[int, datetime]:
    """How many people these campaigns were sent to, and when the first of them began."""
    return sum(row.count for row in lost), min(row.first_at for row in lost)


def allow_repeat(actor: Actor, campaign_id: int, people: int) -> Campaign:
    """Allow a campaign to be sent to lists whose people have its issue from a lost campaign. `people`: how many, as staff know.

    Raises CampaignActionError if that is not the number, or if there is nothing to allow.
    """
    with transaction.atomic():
        campaign = find_campaign(campaign_id, locked=True)
        lost = to_same_lists(campaign)
        if not lost:
            raise CampaignActionError("not-sent-before", campaign=campaign_id)
        sent_to, at = _summary(lost)
        if people != sent_to:
            raise CampaignActionError("other-number", campaign=campaign_id, given=people, people=sent_to, at=at)
        for row in lost:
            row.repeats.add(campaign)
        detail = {"people": people, "lost_campaign_ids": [row.campaign_id for row in lost]}
        DeliveryLog.objects.create(kind="repeat_allowed", campaign_id=campaign.pk, actor=actor, detail=detail)
        audit.record(actor, "campaign_repeat", campaign, **detail)
    return campaign
