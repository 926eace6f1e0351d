"""The contents of a list's archive: which issues were sent to it, when, and in which version. Read-only.

An issue is shown once a campaign to the whole list has been sent completely. It is not shown while it is being sent for the
first time, or if the campaign was cancelled. An issue that went to a segment only was not meant for everybody: it is shown
only if staff mark it as shown. Staff may also withhold any issue. An issue that was sent before Mailroom was in use is shown with
the day that staff entered (past_issues).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet

from campaigns.follow_ups.followed_people import CORRECTION
from campaigns.models import Campaign, DeliveryLog, PastIssue
from editorial import public_pages
from editorial.models import IssueRecord, IssueVersion
from editorial.public_pages import Face
from publication import clock
from publication.installation import publication
from subscribers.models import MailingList

# A campaign that was sent returns to these states while a part of it is sent again.
_AGAIN = ("sending", "paused", "held")


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """One issue in the archive of one list. `published` is when it was first sent, `updated` when the version that is shown was
    first sent; both are in the publication's zone. `dated`: the day of the issue itself. `faces` has one item per language."""

    list: MailingList
    slug: str
    version_id: int
    published: datetime
    updated: datetime
    dated: date | None = None  # None: in the source of an old version, which cannot be read
    faces: tuple[Face, ...] = ()

    @property
    def day(self) -> date:
        """The day that readers see."""
        return self.dated or self.published.date()


class _Sending(NamedTuple):
    """A campaign whose issue the archive shows."""

    slug: str
    version_id: int
    started_at: datetime
    dated: date | None


class SentCorrection(NamedTuple):
    """An issue that corrects another one, or a newer version of the same issue; `sent` is in the publication's zone."""

    slug: str
    sent: datetime


class ArchivedIssue(NamedTuple):
    """An issue that was sent to a list, and whether its archive shows it.

    `wish`: the setting of `editorial.issue_versions.show_in_archive` with which the archive shows it.
    """

    slug: str
    title: str
    published: datetime
    is_shown: bool
    is_withheld: bool  # by staff; else an issue that is not shown went to a segment only
    wish: str


def public_lists() -> list[MailingList]:
    return list(MailingList.objects.filter(archive=MailingList.Archive.PUBLIC).order_by("name", "id"))


def find_open(slug: str) -> MailingList | None:
    """The list, if its archive is not off."""
    return MailingList.objects.filter(slug=slug).exclude(archive=MailingList.Archive.OFF).first()


def entries(mailing_list: MailingList) -> list[ArchiveEntry]:
    """All entries of a list, without their faces. The first is the one with the latest day, also if it was not sent last."""
    zone = publication().zone
    by_slug: dict[str, list[_Sending]] = {}
    for sending in _sent(mailing_list):
        by_slug.setdefault(sending.slug, []).append(sending)
    listed = [_entry(mailing_list, slug, sendings, zone) for slug, sendings in by_slug.items()]
    return sorted(listed, key=lambda entry: (entry.day, entry.published, entry.slug), reverse=True)


def _entry(mailing_list: MailingList, slug: str, sendings: list[_Sending], zone: str) -> ArchiveEntry:
    """`sendings` are in the order in which they started; the version of the last one is shown."""
    shown = sendings[-1].version_id
    updated = next(sending.started_at for sending in sendings if sending.version_id == shown)
    published = clock.in_zone(sendings[0].started_at, zone)
    return ArchiveEntry(mailing_list, slug, shown, published, clock.in_zone(updated, zone), sendings[-1].dated)


def earlier_versions(entry: ArchiveEntry) -> list[int]:
    """The versions of an issue that the archive of its list showed before the present one, the last one first. Never a version
    that was only stored: its text is not public."""
    sendings = [sending.version_id for sending in _sent(entry.list) if sending.slug == entry.slug]
    return [version_id for version_id in dict.fromkeys(reversed(sendings)) if version_id != entry.version_id]


def with_faces(some: Iterable[ArchiveEntry]) -> list[ArchiveEntry]:
    some = list(some)
    known = {version.pk: version for version in public_pages.versions(entry.version_id for entry in some)}
    return [replace(entry, faces=public_pages.faces(known[entry.version_id])) for entry in some]


def corrections_of(entry: ArchiveEntry) -> list[SentCorrection]:
    """The corrections of an issue that were sent to the list and that its archive shows, the first one first."""
    sent = _campaigns(entry.list).filter(_shown(), follow_up=CORRECTION, followed__version__issue__slug=entry.slug)
    rows = sent.order_by("started_at", "pk").values_list("version__issue__slug", "started_at")
    return [SentCorrection(slug, clock.in_zone(at, publication().zone)) for slug, at in rows if at is not None]


def home_of(entry: ArchiveEntry) -> MailingList:
    """The list with the canonical page of an issue that was sent to several lists."""
    if entry.list.archive != MailingList.Archive.PUBLIC:
        return entry.list
    shows = Q(campaign__version__issue__slug=entry.slug) | Q(past_issues__version__issue__slug=entry.slug)
    elsewhere = MailingList.objects.filter(shows, archive=MailingList.Archive.PUBLIC, pk__lt=entry.list.pk)
    for mailing_list in elsewhere.distinct().order_by("pk"):
        if any(other.slug == entry.slug for other in entries(mailing_list)):
            return mailing_list
    return entry.list


def narrowed_count(mailing_list: MailingList) -> int:
    """How many issues are not shown because they went to a segment only."""
    usual = _campaigns(mailing_list).filter(version__issue__archive=IssueRecord.Archive.USUAL)
    return len(set(usual.values_list("version__issue__slug", flat=True)) - {sending.slug for sending in _sent(mailing_list)})


def issues(mailing_list: MailingList) -> list[ArchivedIssue]:
    """Everything that was sent to a list completely, newest first: what its archive shows, and what it does not."""
    zone = publication().zone
    fields = ("version__issue__slug", "version__issue__title", "version__issue__archive", "started_at")
    whole = Q(segment__isnull=True, segment_text="", archived=True)
    past = PastIssue.objects.filter(list=mailing_list).values_list(*fields[:3], "day")
    rows = [(*facts, datetime.combine(day, time(12), ZoneInfo(zone))) for *facts, day in past]
    rows += _campaigns(mailing_list).filter(whole).values_list(*fields)
    wholes = {slug for slug, *_ in rows}
    rows += _campaigns(mailing_list).exclude(whole).values_list(*fields)
    first: dict[str, ArchivedIssue] = {}
    for slug, title, setting, started in sorted(rows, key=lambda row: row[3]):
        is_withheld, is_whole = setting == IssueRecord.Archive.WITHHELD, slug in wholes
        is_shown = not is_withheld and (is_whole or setting == IssueRecord.Archive.SHOWN)
        wish = IssueRecord.Archive.USUAL if is_whole else IssueRecord.Archive.SHOWN
        issue = ArchivedIssue(slug, title, clock.in_zone(started, zone), is_shown, is_withheld, str(wish))
        first.setdefault(slug, issue)
    return sorted(first.values(), key=lambda issue: (issue.published, issue.slug), reverse=True)


def newest_theme(lists: Iterable[MailingList] = ()) -> str:
    """The theme of the newest issue that was sent to one of `lists`, or else to any list; whether its archive is on does not
    matter. Before anything was sent, the theme of the version that was stored last; empty if there is none."""
    shown = _completed().filter(_shown()).order_by("-started_at", "-pk").values_list("version__theme", flat=True)
    list_ids = [mailing_list.pk for mailing_list in lists]
    of_lists = shown.filter(lists__in=list_ids).first() if list_ids else None
    stored = IssueVersion.objects.order_by("-pk").values_list("theme", flat=True)
    return of_lists or shown.first() or stored.first() or ""


def _completed() -> QuerySet[Campaign]:
    sent_once = DeliveryLog.objects.filter(campaign_id=OuterRef("pk"), kind="campaign_moved", detail__to="sent")
    # A campaign that never started had no recipients.
    completed = Q(state="sent") | Q(Exists(sent_once), state__in=_AGAIN)
    return Campaign.objects.newsletters().filter(completed, started_at__isnull=False)


def _campaigns(mailing_list: MailingList) -> QuerySet[Campaign]:
    return _completed().filter(lists=mailing_list)


def _shown() -> Q:
    """Campaigns of issues that archives show."""
    whole = Q(segment__isnull=True, segment_text="", archived=True, version__issue__archive=IssueRecord.Archive.USUAL)
    return whole | Q(version__issue__archive=IssueRecord.Archive.SHOWN)


def _sent(mailing_list: MailingList) -> list[_Sending]:
    """The sendings of a list's issues, in the order in which they started."""
    rows = _campaigns(mailing_list).filter(_shown()).order_by("started_at", "pk")
    sendings = [
        _Sending._make(row) for row in rows.values_list("version__issue__slug", "version_id", "started_at", "version__dated")
    ]
    return sorted([*_sent_before(mailing_list), *sendings], key=lambda sending: sending.started_at)


def _sent_before(mailing_list: MailingList) -> list[_Sending]:
    """What was sent before Mailroom was in use, at noon of its day."""
    kept = PastIssue.objects.filter(list=mailing_list).exclude(version__issue__archive=IssueRecord.Archive.WITHHELD)
    rows = kept.values_list("version__issue__slug", "version_id", "day")
    zone = ZoneInfo(publication().zone)
    return [_Sending(slug, version, datetime.combine(day, time(12), zone), day) for slug, version, day in rows]
