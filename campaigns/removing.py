"""Deletes what was never used: drafts, the lists, segments and senders that no campaign uses, and attributes that nobody has.

Everything else stays, because past campaigns and people's consent must remain readable. The audit log records each deletion.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from campaigns.launch_guards import CampaignActionError, find_campaign, require_draft
from campaigns.models import Campaign, MeasuredLink, Occurrence, PastIssue, TestSend
from editorial.models import IssueEdit, IssueRecord, IssueSource
from editorial.sources import issue_state
from publication import audit
from publication.domain_errors import DomainError
from publication.models import Actor, Publication, Sender, SingleSend, StaffMail
from subscribers import attribute_declarations, attributes
from subscribers.attributes import Declared
from subscribers.consent import confirmations
from subscribers.importing.column_choices import ATTRIBUTE
from subscribers.importing.runs import import_runs
from subscribers.mailing_lists import find_list
from subscribers.models import ImportRun, MailingList, Notice, PeopleAction, Segment, Subscriber, Subscription
from subscribers.segments import compiler, saved_segments
from subscribers.segments.grammar import SegmentError
from subscribers.segments.recorded_text import without_personal_values

_OVER = ("sent", "cancelled")
# The conditions of an issue: a line `Only: …` of a section or an article, and a block `::: only …`.
_CONDITION = r"^[ \t>]*(?:Only[ \t]*[:：]|:{{3,}}[ \t]*only\b).*\b{name}\b"
_UNDER_WAY = (SingleSend.State.CLAIMED, SingleSend.State.IN_FLIGHT)


class RemovalRefusedError(DomainError):
    """Something cannot be deleted because it is in use."""


def delete_campaign(actor: Actor, campaign_id: int) -> None:
    """Delete a draft. Unschedule a scheduled campaign first; sent or cancelled campaigns stay. Raises CampaignActionError."""
    with transaction.atomic():
        campaign = find_campaign(campaign_id, locked=True)
        require_draft(campaign)
        if (excluding := campaign.excluding_campaigns.order_by("-pk").first()) is not None:
            raise CampaignActionError("excluded", campaign=campaign_id, other=excluding.pk)
        lists = sorted(campaign.lists.values_list("slug", flat=True))
        audit.record(actor, "campaign_delete", campaign, name=campaign.name, version=campaign.version_id, lists=lists)
        Occurrence.objects.filter(campaign=campaign).delete()  # left over from schedules that were withdrawn
        TestSend.objects.filter(campaign=campaign).update(campaign=None)
        campaign.delete()
        if not Campaign.objects.filter(version_id=campaign.version_id).exists():
            MeasuredLink.objects.filter(version_id=campaign.version_id).delete()  # nobody got them


def delete_list(actor: Actor, slug: str) -> None:
    """Delete a list that never had subscribers and that no campaign, segment or open import uses.

    Raises UnknownListError, RemovalRefusedError.
    """
    with transaction.atomic():
        mailing_list = find_list(slug, locked=True)
        _require_unnamed(Campaign.objects.filter(Q(lists=mailing_list) | Q(excluded_lists=mailing_list)).distinct(), "list", slug)
        if count := PastIssue.objects.filter(list=mailing_list).count():
            raise RemovalRefusedError("past", count=count, kind="list", name=slug)
        if (run := import_runs.open_runs().filter(list=mailing_list).order_by("pk").first()) is not None:
            raise RemovalRefusedError("import", run=run.pk, kind="list", name=slug)
        people = Subscription.objects.filter(list=mailing_list).count()
        if people == 1:
            raise RemovalRefusedError("person", kind="list", name=slug)
        if people:
            raise RemovalRefusedError("people", count=people, kind="list", name=slug)
        confirmations.cancel("list deleted", Q(list=mailing_list))
        if Notice.objects.filter(list=mailing_list, state__in=_UNDER_WAY).exists():
            raise RemovalRefusedError("confirmation", kind="list", name=slug)
        asking = _valid_segments()
        Notice.objects.filter(list=mailing_list).update(list=None)
        ImportRun.objects.filter(list=mailing_list).update(list=None)
        audit.record(actor, "delete_list", mailing_list, slug=slug, name=mailing_list.name)
        mailing_list.delete()
        broken = sorted(asking - _valid_segments())
        if broken:
            raise RemovalRefusedError("segment", segment=broken[0], kind="list", name=slug)


def past_issues_of(mailing_list: MailingList) -> int:
    """How many issues the archive of a list shows that were sent before Mailroom was in use: they keep the list."""
    return PastIssue.objects.filter(list=mailing_list).count()


def delete_segment(actor: Actor, segment: Segment) -> None:
    """Delete a segment that no campaign and no other segment uses. Raises RemovalRefusedError."""
    with transaction.atomic():
        locked = Segment.objects.select_for_update().get(pk=segment.pk)
        uses = uses_of_segment(locked)
        _require_unnamed([*uses.drafts, *uses.frozen], "segment", locked.slug)
        if uses.segments:
            raise RemovalRefusedError("segment", segment=uses.segments[0].slug, kind="segment", name=locked.slug)
        audit.record(actor, "delete_segment", locked, slug=locked.slug, text=without_personal_values(locked.text))
        locked.delete()


class SegmentUses(NamedTuple):
    """What uses a segment. Only `drafts` follow its changes: `frozen` campaigns have the text of when they were scheduled."""

    drafts: Sequence[Campaign]
    frozen: Sequence[Campaign]
    segments: Sequence[Segment]

    @property
    def prevent(self) -> bool:
        return any(self)


def uses_of_segments(segments: Sequence[Segment]) -> dict[int, SegmentUses]:
    """What uses each of these segments, by its number; each campaign once, the newest first."""
    everything = list(Segment.objects.order_by("name", "slug"))
    named = dict(zip((other.pk for other in everything), compiler.segments_in([other.text for other in everything]), strict=True))
    campaigns = Campaign.objects.filter(Q(segment__in=segments) | Q(excluded_segments__in=segments)).distinct().order_by("-pk")
    campaigns = campaigns.prefetch_related("excluded_segments").only("name", "state", "segment", "recipients")
    of_segment: dict[int, list[Campaign]] = {segment.pk: [] for segment in segments}
    for campaign in campaigns:
        used = {campaign.segment_id, *(excluded.pk for excluded in campaign.excluded_segments.all())}
        for pk in of_segment.keys() & used:
            of_segment[pk].append(campaign)
    return {
        segment.pk: SegmentUses(
            [campaign for campaign in of_segment[segment.pk] if campaign.state == "draft"],
            [campaign for campaign in of_segment[segment.pk] if campaign.state != "draft"],
            [other for other in everything if other.pk != segment.pk and segment.slug in named[other.pk]],
        )
        for segment in segments
    }


def uses_of_segment(segment: Segment) -> SegmentUses:
    """What uses one segment."""
    return uses_of_segments([segment])[segment.pk]


def delete_sender(actor: Actor, sender: Sender) -> None:
    """Delete a sender that no campaign uses, with the records of its test mails. Raises RemovalRefusedError."""
    with transaction.atomic():
        locked = Sender.objects.select_for_update().get(pk=sender.pk)
        _require_unnamed(Campaign.objects.filter(sender=locked), "sender", locked.email)
        tests = TestSend.objects.select_for_update(of=("self",)).filter(sender=locked)
        if any(test.state in _UNDER_WAY for test in tests):
            raise RemovalRefusedError("test", email=locked.email)
        still = (SingleSend.State.PLANNED, *_UNDER_WAY)
        has_pending_mails = any(kind.objects.filter(state__in=still).exists() for kind in (Notice, StaffMail))
        if has_pending_mails and not Sender.objects.exclude(pk=locked.pk).exists():
            raise RemovalRefusedError("last-sender", email=locked.email)
        TestSend.objects.filter(sender=locked).delete()
        audit.record(actor, "delete_sender", locked, name=locked.name)
        locked.delete()


class AttributeUses(NamedTuple):
    """What keeps an attribute from being deleted. `has_people`: somebody has a value, or is about to get one."""

    has_people: bool
    segments: Sequence[Segment]
    campaigns: Sequence[Campaign]
    issues: Sequence[IssueRecord]
    imports: Sequence[ImportRun]

    @property
    def prevent(self) -> bool:
        return any(self)


def uses_of_attribute(name: str, declared: Declared) -> AttributeUses:
    """What uses an attribute now. Reads all people if nobody has a value."""
    has_values = Subscriber.objects.filter(attributes__has_key=name).exists()
    still = [PeopleAction.State.WAITING, PeopleAction.State.RUNNING]
    is_being_set = PeopleAction.objects.filter(kind=PeopleAction.Kind.SET_FIELD, state__in=still, parameters__field=name).exists()
    runs = import_runs.open_runs().filter(choices__columns__contains=[f"{ATTRIBUTE}:{name}"]).order_by("pk")
    spellings = {name, declared.label, *declared.labels.values()}
    segments = [segment for segment in Segment.objects.order_by("slug") if _names_one(segment.text, spellings)]
    open_campaigns = Campaign.objects.exclude(state__in=_OVER).exclude(segment_text="").order_by("pk")
    campaigns = [campaign for campaign in open_campaigns if _names_one(campaign.segment_text, spellings)]
    return AttributeUses(has_values or is_being_set, segments, campaigns, list(_issues(name)), list(runs))


def delete_attribute(actor: Actor, name: str) -> AttributeUses:
    """Delete an attribute if nothing uses it; returns what does. Raises InputError if it is unknown."""
    with transaction.atomic():
        Publication.objects.select_for_update().get()
        attributes.find(name)
        used = uses_of_attribute(name, attributes.declarations()[name])
        if not used.prevent:
            attribute_declarations.delete(actor, name)
    return used


def _names_one(text: str, spellings: set[str]) -> bool:
    try:
        return not spellings.isdisjoint(compiler.names_in(text))
    except SegmentError:
        return False


def _issues(name: str) -> Iterator[IssueRecord]:
    """The issues with a condition on the attribute in their newest text."""
    texts = IssueEdit.objects.filter(kind=IssueEdit.Kind.TEXT, text__regex=rf"\m{name}\M")
    candidates = IssueRecord.objects.filter(pk__in=texts.values("issue")) & IssueRecord.objects.filter(
        pk__in=IssueSource.objects.values("issue")
    )
    condition = re.compile(_CONDITION.format(name=re.escape(name)), re.IGNORECASE | re.MULTILINE)
    for issue in candidates.order_by("pk"):
        if any(condition.search(text) for text in issue_state.head(issue.pk).sources.values()):
            yield issue


def _valid_segments() -> set[str]:
    segments = list(Segment.objects.all())
    faults = saved_segments.faults_of(segments)
    return {segment.slug for segment in segments if segment.pk not in faults}


def _require_unnamed(campaigns: Iterable[Campaign], kind: str, name: str) -> None:
    """Raise RemovalRefusedError if a campaign uses it; the error names the campaign and whether that one can be deleted."""
    named = {campaign.state: campaign for campaign in sorted(campaigns, key=lambda campaign: -campaign.pk)}
    if not named:
        return
    removable = named.get("draft") or named.get("scheduled")
    if removable and not named.keys() - {"draft", "scheduled"}:
        raise RemovalRefusedError(removable.state, campaign=removable.pk, kind=kind, name=name)
    sent = next((campaign for campaign in named.values() if campaign.recipients is not None), None)
    if sent is not None:
        raise RemovalRefusedError("sent", campaign=sent.pk, kind=kind, name=name)
    blocking = next(campaign for state, campaign in named.items() if state not in {"draft", "scheduled"})
    raise RemovalRefusedError("named", campaign=blocking.pk, state=blocking.state, kind=kind, name=name)
