"""Earlier campaigns: of the same issue to the same lists, so that people get it twice; and those whose people can be left out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, Left

from campaigns.models import Campaign
from composer.issue.parsing.issue_file import ISSUE_FILE
from editorial.issue_records import number_in
from subscribers.models import MailingList

MOST = 5
MOST_OFFERED = 100
_HEAD = 2000  # characters of an issue file that contain its number
# A cancelled campaign may have reached some people, too; a draft reaches nobody.
OVER = ("sent", "cancelled")
_REACHING = ("scheduled", "filling", "sending", "paused", "held", "sent", "cancelled")


def to_same_lists(
    issue: int, lists: Iterable[MailingList], *, besides: int = 0, left_out: Iterable[Campaign] = ()
) -> list[Campaign]:
    """The newest campaigns of an issue that were or will be sent to one of the lists. `besides`: one that does not count.

    Nobody gets it twice because of a campaign that is over and whose people are `left_out`.
    """
    harmless = [campaign.pk for campaign in left_out if campaign.state in OVER]
    campaigns = _reaching().filter(version__issue=issue, lists__in=list(lists)).exclude(pk__in=[besides, *harmless])
    return list(campaigns.distinct().order_by("-pk")[:MOST])


@dataclass(frozen=True, slots=True)
class OfferedCampaign:
    """A campaign whose people can be left out, with the title and number of its issue.

    `at`: when it began or is to begin. `is_same_issue`: it sends the issue that somebody is about to send.
    """

    campaign: Campaign
    title: str
    number: str
    at: datetime | None
    is_same_issue: bool


def whose_people_can_be_left_out(chosen: Iterable[int] = (), *, besides: int = 0, issue: int = 0) -> list[OfferedCampaign]:
    """Campaigns that somebody got or will get, and the `chosen` ones: the last that began first, those to come last.

    Those of `issue` come before the others.
    """
    campaigns = _reaching().exclude(pk=besides).annotate(
        at=Coalesce("started_at", "scheduled_at", "created_at"),
        head=Left(KeyTextTransform(ISSUE_FILE, "version__sources"), _HEAD),
        title=F("version__issue__title"),
        is_same_issue=ExpressionWrapper(Q(version__issue=issue), output_field=BooleanField()),
    ).order_by("-is_same_issue", F("started_at").desc(nulls_last=True), "-at", "-pk")  # fmt: skip
    rows = {row.pk: row for row in campaigns[:MOST_OFFERED]}
    if missing := {*chosen} - rows.keys():
        rows |= {row.pk: row for row in campaigns.filter(pk__in=missing)}
    numbers = {pk: number_in({ISSUE_FILE: row.head or ""}) for pk, row in rows.items()}
    return [OfferedCampaign(row, row.title, numbers[pk], row.at, row.is_same_issue) for pk, row in rows.items()]


def _reaching() -> QuerySet[Campaign]:
    return Campaign.objects.filter(state__in=_REACHING).exclude(state="cancelled", started_at=None)
