"""What a list's archive shows: which issues were sent to it, when, and in which version. Reads, never writes.

An issue is in it once a campaign to the whole list has been sent, and as long as none of that is taken back: not while it
goes out for the first time, not when it was cancelled. One that went to a segment only was meant for some, and is shown
only where staff say so of the issue; they may withhold any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet

from campaigns.models import Campaign, DeliveryLog
from editorial import webpages
from editorial.models import IssueRecord, IssueVersion
from editorial.webpages import Face
from publication.installation import publication
from subscribers.models import MailingList

# A campaign that was sent goes back to these while something of it is sent again.
_AGAIN = ("sending", "paused", "held")


@dataclass(frozen=True, slots=True)
class Entry:
    """One issue in the archive of one list. `published`: when it first went out; `updated`: when the version that is shown
    did. Both in the publication's zone. `faces`: its languages."""

    list: MailingList
    slug: str
    version_id: int
    published: datetime
    updated: datetime
    faces: tuple[Face, ...] = ()

    @property
    def day(self) -> date:
        return self.published.date()


def public_lists() -> list[MailingList]:
    return list(MailingList.objects.filter(archive=MailingList.Archive.PUBLIC).order_by("name", "id"))


def find_open(slug: str) -> MailingList | None:
    """The list if its archive may be seen at all."""
    return MailingList.objects.filter(slug=slug).exclude(archive=MailingList.Archive.OFF).first()


def entries(mailing_list: MailingList) -> list[Entry]:
    """All of a list, the newest first, still without their faces."""
    zone = ZoneInfo(publication().zone)
    by_issue: dict[int, list[Campaign]] = {}
    for campaign in _sent(mailing_list):
        by_issue.setdefault(campaign.version.issue_id, []).append(campaign)
    found = [
        Entry(mailing_list, first.version.issue.slug, last.version_id, _moment(first, zone), _moment(shown, zone))
        for first, shown, last in map(_of_note, by_issue.values())
    ]
    return sorted(found, key=lambda entry: (entry.published, entry.slug), reverse=True)


def with_faces(some: Iterable[Entry]) -> list[Entry]:
    """The entries with what is shown of each."""
    some = list(some)
    known = {version.pk: version for version in webpages.versions(entry.version_id for entry in some)}
    return [
        Entry(each.list, each.slug, each.version_id, each.published, each.updated, webpages.faces(known[each.version_id]))
        for each in some
    ]  # fmt: skip


def version_of(entry: Entry) -> IssueVersion:
    return IssueVersion.objects.select_related("issue").get(pk=entry.version_id)


def home_of(entry: Entry) -> MailingList:
    """The one list whose page of this issue search engines shall show, where it was sent to several."""
    if entry.list.archive != MailingList.Archive.PUBLIC:
        return entry.list
    elsewhere = MailingList.objects.filter(
        archive=MailingList.Archive.PUBLIC, campaign__version__issue__slug=entry.slug, pk__lt=entry.list.pk
    )
    for each in elsewhere.distinct().order_by("pk"):
        if any(other.slug == entry.slug for other in entries(each)):
            return each
    return entry.list


def narrowed_count(mailing_list: MailingList) -> int:
    """How many issues are left out because they went to a segment only."""
    went = set(_campaigns(mailing_list).filter(version__issue__archive=IssueRecord.Archive.USUAL).values_list(
        "version__issue", flat=True
    ))  # fmt: skip
    return len(went - {campaign.version.issue_id for campaign in _sent(mailing_list)})


def _campaigns(mailing_list: MailingList) -> QuerySet[Campaign]:
    sent_once = DeliveryLog.objects.filter(campaign_id=OuterRef("pk"), kind="campaign_moved", detail__to="sent")
    # Without a beginning it had no recipients.
    return Campaign.objects.filter(lists=mailing_list, started_at__isnull=False).filter(
        Q(state="sent") | Q(Exists(sent_once), state__in=_AGAIN)
    )


def _sent(mailing_list: MailingList) -> Iterator[Campaign]:
    whole = Q(segment__isnull=True, segment_text="", version__issue__archive=IssueRecord.Archive.USUAL)
    wanted = Q(version__issue__archive=IssueRecord.Archive.SHOWN)
    rows = _campaigns(mailing_list).filter(whole | wanted).select_related("version__issue")
    yield from rows.only(
        "started_at", "version__issue__slug", "version__issue__title", "version__number"
    ).order_by("started_at", "pk")  # fmt: skip


def _of_note(campaigns: list[Campaign]) -> tuple[Campaign, Campaign, Campaign]:
    """The first that sent an issue, the first that sent the version which is shown, and the last."""
    last = campaigns[-1]
    return campaigns[0], next(each for each in campaigns if each.version_id == last.version_id), last


def _moment(campaign: Campaign, zone: ZoneInfo) -> datetime:
    assert campaign.started_at is not None  # noqa: S101 - asked for in the query
    return campaign.started_at.astimezone(zone)
