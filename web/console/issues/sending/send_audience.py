"""The audience chosen on the page "Sending" of an issue: lists, segment and sender, and how many people that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from campaigns import forecasts
from campaigns.audience import audiences
from campaigns.audience_variants import VariantLine
from campaigns.models import Campaign
from editorial.models import IssueVersion
from publication.models import Sender
from publication.senders import sender_list
from subscribers.models import MailingList, Segment
from subscribers.segments.grammar import SegmentError
from web.texts import stored_texts
from web.whole_numbers import whole_number

_LONGEST_NUMBER = 15


@dataclass(frozen=True, slots=True)
class SendChoices:
    """What can be chosen, and what is. If there is only one list or one sender, it is chosen from the beginning."""

    all_lists: tuple[MailingList, ...]
    segments: tuple[Segment, ...]
    senders: tuple[Sender, ...]
    lists: tuple[MailingList, ...]
    segment: Segment | None
    sender: Sender | None

    @classmethod
    def of(cls, request: HttpRequest) -> SendChoices:
        lists = tuple(MailingList.objects.order_by("id"))
        segments, senders = tuple(Segment.objects.order_by("slug")), tuple(sender_list.ordered())
        given = request.POST
        chosen = _numbers(given.getlist("list"))
        mine = tuple(mailing_list for mailing_list in lists if mailing_list.pk in chosen)
        if "audience" not in given and len(lists) == 1:
            mine = lists
        segment = next((candidate for candidate in segments if [candidate.pk] == _numbers([given.get("segment", "")])), None)
        sender = next((candidate for candidate in senders if [candidate.pk] == _numbers([given.get("sender", "")])), None)
        return cls(lists, segments, senders, mine, segment, sender or (senders[0] if senders else None))

    @classmethod
    def of_campaign(cls, campaign: Campaign) -> SendChoices:
        """What a draft has, where nothing was chosen yet."""
        lists = tuple(MailingList.objects.order_by("id"))
        segments, senders = tuple(Segment.objects.order_by("slug")), tuple(sender_list.ordered())
        return cls(lists, segments, senders, tuple(campaign.lists.order_by("id")), campaign.segment, campaign.sender)


def _numbers(texts: Sequence[str]) -> list[int]:
    return [number for text in texts if (number := whole_number(text, _LONGEST_NUMBER)) is not None]


def count_of(audience: SendChoices, version: IssueVersion) -> dict[str, Any]:
    """The values for the sentence that says what will happen. `people` is None while it is not known."""
    values: dict[str, Any] = {"people": None, "expected": [], "count_problem": ""}
    if not audience.lists:
        return values
    try:
        expected: list[VariantLine] | None = forecasts.of_audience(version, audiences.Audience(audience.lists, audience.segment))
    except SegmentError as error:
        return values | {"count_problem": stored_texts.segment_fault(error)}
    if expected is not None:
        values |= {"people": sum(line.recipients for line in expected), "expected": expected}
    return values
