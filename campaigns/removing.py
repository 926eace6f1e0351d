"""Deletes what was never used: drafts, and the lists, segments and senders that no campaign names.

Everything else stays: past campaigns, and the consent of people, must remain readable. Each deletion is on record.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q, QuerySet

from campaigns.launch import LaunchRefused, require_draft
from campaigns.models import Campaign, Occurrence, TestSend
from publication import audit
from publication.models import Actor, Sender
from subscribers.consent import confirmations
from subscribers.mailing_lists import find_list
from subscribers.models import ImportRun, MailingList, Notice, Segment, SingleSend, Subscription
from subscribers.segments import compiler, saved_segments
from subscribers.segments.grammar import SegmentError

_UNDER_WAY = (SingleSend.State.CLAIMED, SingleSend.State.IN_FLIGHT)


class RemovalRefused(Exception):
    """Something is used and stays; `code` (campaigns, people, segments, mail) and a `hint`."""

    def __init__(self, code: str, message: str, hint: str) -> None:
        self.code, self.hint = code, hint
        super().__init__(message)


def delete_campaign(actor: Actor, campaign_id: int) -> None:
    """Delete a draft. What was scheduled is unscheduled first; what was sent or cancelled stays. Raises LaunchRefused."""
    with transaction.atomic():
        found = Campaign.objects.select_for_update(of=("self",)).filter(pk=campaign_id).first()
        if found is None:
            raise LaunchRefused("unknown", f"there is no campaign {campaign_id}", "mailroom campaign ls shows them")
        require_draft(found)
        lists = sorted(found.lists.values_list("slug", flat=True))
        audit.record(actor, "campaign_delete", found, name=found.name, version=found.version_id, lists=lists)
        Occurrence.objects.filter(campaign=found).delete()  # of times it was scheduled for and taken back
        TestSend.objects.filter(campaign=found).update(campaign=None)
        found.delete()


def delete_list(actor: Actor, slug: str) -> None:
    """Delete a list that nobody was ever on and no campaign or segment names. Raises UnknownList, RemovalRefused."""
    with transaction.atomic():
        found = MailingList.objects.select_for_update().get(pk=find_list(slug).pk)
        _require_unnamed(Campaign.objects.filter(lists=found), f"the list {slug!r}")
        people = Subscription.objects.filter(list=found).count()
        if people:
            raise RemovalRefused(
                "people", f"{people:,} {'person is' if people == 1 else 'people are'} on the list {slug!r}, or were",
                "it stays with their consent; people who left keep others from bringing them back",
            )  # fmt: skip
        confirmations.cancel("list deleted", Q(list=found))
        if Notice.objects.filter(list=found, state__in=_UNDER_WAY).exists():
            raise RemovalRefused("mail", f"a confirmation for the list {slug!r} is under way", "try again in a minute")
        asking = _valid_segments()
        Notice.objects.filter(list=found).update(list=None)
        ImportRun.objects.filter(list=found).update(list=None)
        audit.record(actor, "delete_list", found, slug=slug, name=found.name)
        found.delete()
        broken = sorted(asking - _valid_segments())
        if broken:
            raise RemovalRefused(
                "segments", f"the segment {broken[0]!r} asks for the list {slug!r}",
                f"change it first: mailroom segment change {broken[0]} TEXT",
            )  # fmt: skip


def delete_segment(actor: Actor, segment: Segment) -> None:
    """Delete a segment that no campaign names. Raises RemovalRefused."""
    with transaction.atomic():
        found = Segment.objects.select_for_update().get(pk=segment.pk)
        _require_unnamed(Campaign.objects.filter(segment=found), f"the segment {found.slug!r}")
        saved_segments.delete(actor, found)


def delete_sender(actor: Actor, sender: Sender) -> None:
    """Delete a From identity that no campaign names; what became of its test mails goes with it. Raises RemovalRefused."""
    with transaction.atomic():
        found = Sender.objects.select_for_update().get(pk=sender.pk)
        _require_unnamed(Campaign.objects.filter(sender=found), f"the sender {found.email}")
        tests = TestSend.objects.select_for_update(of=("self",)).filter(sender=found)
        if any(test.state in _UNDER_WAY for test in tests):
            raise RemovalRefused("mail", f"a test mail from {found.email} is under way", "try again in a minute")
        owed = Notice.objects.filter(state__in=(SingleSend.State.PLANNED, *_UNDER_WAY)).exists()
        if owed and not Sender.objects.exclude(pk=found.pk).exists():
            raise RemovalRefused(
                "mail", f"{found.email} is the only sender, and confirmations are to be sent",
                "make another first: mailroom sender add EMAIL",
            )  # fmt: skip
        TestSend.objects.filter(sender=found).delete()
        audit.record(actor, "delete_sender", found, name=found.name)
        found.delete()


def _valid_segments() -> set[str]:
    return {each.slug for each in Segment.objects.all() if _is_valid(each.text)}


def _is_valid(text: str) -> bool:
    try:
        compiler.compile(text)
    except SegmentError:
        return False
    return True


def _require_unnamed(campaigns: QuerySet[Campaign], what: str) -> None:
    """Names the campaign that stands in the way, and whether that one can go."""
    named = {each.state: each for each in campaigns.order_by("-id")}
    if not named:
        return
    if (one := named.get("draft") or named.get("scheduled")) and not named.keys() - {"draft", "scheduled"}:
        first = f"mailroom campaign unschedule {one.pk}, then " if one.state == "scheduled" else ""
        raise RemovalRefused(
            "campaigns", f"campaign {one.pk}, which is {'a draft' if one.state == 'draft' else 'scheduled'}, names {what}",
            f"delete the campaign first: {first}mailroom campaign delete {one.pk}",
        )  # fmt: skip
    sent = next((each for each in named.values() if each.recipients is not None), None)
    if sent is not None:
        raise RemovalRefused("campaigns", f"campaign {sent.pk} was sent with {what}", "it stays for the record")
    one = next(each for state, each in named.items() if state not in {"draft", "scheduled"})
    raise RemovalRefused("campaigns", f"campaign {one.pk}, which is {one.state}, names {what}", "it stays for the record")
