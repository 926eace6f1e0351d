"""Deletes what was never used: drafts, and the lists, segments and senders that no campaign uses.

Everything else stays, because past campaigns and people's consent must remain readable. The audit log records each deletion.
"""

from django.db import transaction
from django.db.models import Q, QuerySet

from campaigns.launch_guards import find_campaign, require_draft
from campaigns.models import Campaign, Occurrence, PastIssue, TestSend
from publication import audit
from publication.domain_errors import DomainError
from publication.models import Actor, Sender, SingleSend, StaffMail
from subscribers.consent import confirmations
from subscribers.mailing_lists import find_list
from subscribers.models import ImportRun, MailingList, Notice, Segment, Subscription
from subscribers.segments import compiler
from subscribers.segments.grammar import SegmentError

_UNDER_WAY = (SingleSend.State.CLAIMED, SingleSend.State.IN_FLIGHT)


class RemovalRefusedError(DomainError):
    """Something cannot be deleted because it is in use."""


def delete_campaign(actor: Actor, campaign_id: int) -> None:
    """Delete a draft. Unschedule a scheduled campaign first; sent or cancelled campaigns stay. Raises CampaignActionError."""
    with transaction.atomic():
        campaign = find_campaign(campaign_id, locked=True)
        require_draft(campaign)
        lists = sorted(campaign.lists.values_list("slug", flat=True))
        audit.record(actor, "campaign_delete", campaign, name=campaign.name, version=campaign.version_id, lists=lists)
        Occurrence.objects.filter(campaign=campaign).delete()  # left over from schedules that were withdrawn
        TestSend.objects.filter(campaign=campaign).update(campaign=None)
        campaign.delete()


def delete_list(actor: Actor, slug: str) -> None:
    """Delete a list that never had subscribers and that no campaign or segment uses.

    Raises UnknownListError, RemovalRefusedError.
    """
    with transaction.atomic():
        mailing_list = find_list(slug, locked=True)
        _require_unnamed(Campaign.objects.filter(lists=mailing_list), "list", slug)
        if count := PastIssue.objects.filter(list=mailing_list).count():
            raise RemovalRefusedError("past", count=count, kind="list", name=slug)
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
    """Delete a segment that no campaign uses. Raises RemovalRefusedError."""
    with transaction.atomic():
        locked = Segment.objects.select_for_update().get(pk=segment.pk)
        _require_unnamed(Campaign.objects.filter(segment=locked), "segment", locked.slug)
        audit.record(actor, "delete_segment", locked, slug=locked.slug)  # the text may quote a person
        locked.delete()


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


def _valid_segments() -> set[str]:
    return {segment.slug for segment in Segment.objects.all() if _is_valid(segment.text)}


def _is_valid(text: str) -> bool:
    try:
        compiler.compile_segment(text)
    except SegmentError:
        return False
    return True


def _require_unnamed(campaigns: QuerySet[Campaign], kind: str, name: str) -> None:
    """Raise RemovalRefusedError if a campaign uses it; the error names the campaign and whether that one can be deleted."""
    named = {campaign.state: campaign for campaign in campaigns.order_by("-id")}
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
