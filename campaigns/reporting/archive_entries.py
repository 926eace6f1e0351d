"""The contents of a list's archive: which issues were sent to it, when, and in which version. Read-only.

An issue appears once a campaign to the whole list has been sent. While it is first being sent, or if it was cancelled, it does
not. An issue that went only to a segment was meant for some readers; it appears only if staff choose so for the issue.
Staff may withhold any other issue.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from campaigns.models import Campaign, DeliveryLog
from editorial import public_pages
from editorial.models import IssueRecord
from editorial.public_pages import Face
from publication import clock
from publication.installation import publication
from subscribers.models import MailingList

# A campaign that was sent returns to one of these states while part of it is sent again.
_AGAIN = ("sending", "paused", "held")


@dataclass(frozen=True, slots=True)
class Entry:
    """One issue in the archive of one list. `faces`: its languages. Times are in the publication's zone.

    `published`: when the issue first went out; `updated`: when the version shown did.
    """

    list: MailingList
    slug: str
    version_id: int
    published: datetime
    updated: datetime
    faces: tuple[Face, ...] = ()

    @property
    def day(self) -> date:
        return self.published.date()


class _Sending(NamedTuple):
    """A campaign that put an issue into the archive."""

    slug: str
    version_id: int
    started_at: datetime


def public_lists() -> list[MailingList]:
    return list(MailingList.objects.filter(archive=MailingList.Archive.PUBLIC).order_by("name", "id"))


def find_open(slug: str) -> MailingList | None:
    """The list, if its archive is not switched off."""
    return MailingList.objects.filter(slug=slug).exclude(archive=MailingList.Archive.OFF).first()


def entries(mailing_list: MailingList) -> list[Entry]:
    """All entries of a list, newest first, still without their faces."""
    zone = publication().zone
    by_slug: dict[str, list[_Sending]] = {}
    for sending in _sent(mailing_list):
        by_slug.setdefault(sending.slug, []).append(sending)
    found = [_entry(mailing_list, slug, sendings, zone) for slug, sendings in by_slug.items()]
    return sorted(found, key=lambda entry: (entry.published, entry.slug), reverse=True)


def _entry(mailing_list: MailingList, slug: str, sendings: list[_Sending], zone: str) -> Entry:
    """`sendings` in the order of their start: the version of the last is shown."""
    shown = sendings[-1].version_id
    updated = next(each.started_at for each in sendings if each.version_id == shown)
    return Entry(mailing_list, slug, shown, clock.in_zone(sendings[0].started_at, zone), clock.in_zone(updated, zone))


def with_faces(some: Iterable[Entry]) -> list[Entry]:
    """The entries with the contents to show of each."""
    some = list(some)
    known = {version.pk: version for version in public_pages.versions(entry.version_id for entry in some)}
    return [replace(each, faces=public_pages.faces(known[each.version_id])) for each in some]


def home_of(entry: Entry) -> MailingList:
    """The list whose page of this issue search engines should show, if the issue was sent to several lists."""
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
    """How many issues are left out because they went only to a segment."""
    usual = _campaigns(mailing_list).filter(version__issue__archive=IssueRecord.Archive.USUAL)
    return len(set(usual.values_list("version__issue__slug", flat=True)) - {sending.slug for sending in _sent(mailing_list)})


def _campaigns(mailing_list: MailingList) -> QuerySet[Campaign]:
    sent_once = DeliveryLog.objects.filter(campaign_id=OuterRef("pk"), kind="campaign_moved", detail__to="sent")
    # A campaign without a start had no recipients.
    return Campaign.objects.filter(lists=mailing_list, started_at__isnull=False).filter(
        Q(state="sent") | Q(Exists(sent_once), state__in=_AGAIN)
    )


def _sent(mailing_list: MailingList) -> list[_Sending]:
    """The campaigns that count, in the order of their start."""
    whole = Q(segment__isnull=True, segment_text="", version__issue__archive=IssueRecord.Archive.USUAL)
    wanted = Q(version__issue__archive=IssueRecord.Archive.SHOWN)
    rows = _campaigns(mailing_list).filter(whole | wanted).order_by("started_at", "pk")
    found = rows.values_list("version__issue__slug", "version_id", "started_at")
    return [_Sending._make(row) for row in found]
