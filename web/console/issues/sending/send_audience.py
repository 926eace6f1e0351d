"""The audience chosen on the page "Sending" of an issue, or for a draft: lists, segment, exclusions, sender, and its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.http import QueryDict
from django.utils.http import urlencode

from campaigns.audience.audiences import Audience, Exclusions
from campaigns.audience.forecasts import AudienceCount, AudienceNumbers, numbers_of
from campaigns.models import Campaign
from campaigns.reporting import earlier_campaigns
from campaigns.reporting.earlier_campaigns import OfferedCampaign
from editorial.models import IssueVersion
from publication.models import Sender
from publication.senders import sender_confirmations, sender_list
from subscribers.models import MailingList, Segment, Subscriber
from subscribers.segments import saved_segments
from subscribers.segments.grammar import SegmentError
from subscribers.segments.stored_counts import KnownCount
from web.texts import audience_texts, stored_texts
from web.texts.people.shown_people import shown_address, shown_name
from web.whole_numbers import whole_number

SEE_PEOPLE = "subscribers.view_subscriber"
FEW_CAMPAIGNS = 1  # the others are folded
_LONGEST_NUMBER = 15


@dataclass(frozen=True, slots=True)
class SenderChoice:
    """The senders that can be chosen, and the one that is."""

    senders: tuple[Sender, ...]
    sender: Sender | None

    @classmethod
    def of_form(cls, given: QueryDict) -> SenderChoice:
        """What a form says, or else the first sender that can be used."""
        senders = tuple(sender_list.ordered())
        wish = _numbers([given.get("sender", "")])
        named = next((sender for sender in senders if [sender.pk] == wish), None)
        return cls(senders, named or min(senders, key=lambda sender: sender.is_blocked, default=None))

    @classmethod
    def of_sender(cls, sender: Sender) -> SenderChoice:
        """What a campaign has, where nothing was chosen yet."""
        return cls(tuple(sender_list.ordered()), sender)

    @property
    def is_blocked(self) -> bool:
        """Whether the chosen sender cannot be used before it is confirmed."""
        return self.sender is not None and self.sender.is_blocked

    @property
    def unconfirmed(self) -> list[Sender]:
        """The senders that cannot be used before they are confirmed."""
        return [sender for sender in self.senders if sender.is_blocked]

    @property
    def unauthenticated(self) -> list[Sender]:
        """The senders that can be used, but whose domain the provider has not authenticated."""
        return sender_confirmations.without_authentication(sender for sender in self.senders if not sender.is_blocked)


@dataclass(frozen=True, slots=True)
class SendChoices(SenderChoice):
    """What can be chosen for a campaign, and what is."""

    all_lists: tuple[MailingList, ...]
    segments: tuple[Segment, ...]
    campaigns: tuple[OfferedCampaign, ...]
    audience: Audience
    broken: frozenset[int]  # segments that cannot be used any more

    @classmethod
    def _offered(cls, audience: Audience, choice: SenderChoice, issue: int, draft: int = 0) -> SendChoices:
        chosen = [campaign.pk for campaign in audience.exclusions.campaigns]
        segments = tuple(Segment.objects.order_by("slug"))
        return cls(
            choice.senders, choice.sender, tuple(MailingList.objects.order_by("id")), segments,
            tuple(earlier_campaigns.whose_people_can_be_left_out(chosen, besides=draft, issue=issue)), audience,
            frozenset(saved_segments.faults_of(segments)),
        )  # fmt: skip

    @classmethod
    def of(cls, given: QueryDict, issue: int, draft: int = 0) -> SendChoices:
        """What a form or a link says. `draft`: the campaign that it is chosen for, if there is one."""
        return cls._offered(audience_of(given), SenderChoice.of_form(given), issue, draft)

    @classmethod
    def of_campaign(cls, campaign: Campaign) -> SendChoices:
        """What a draft has, where nothing was chosen yet."""
        choice = SenderChoice.of_sender(campaign.sender)
        return cls._offered(Audience.of(campaign), choice, campaign.version.issue_id, campaign.pk)

    @property
    def lists(self) -> Sequence[MailingList]:
        return self.audience.lists

    @property
    def segment(self) -> Segment | None:
        return self.audience.segment

    @property
    def excluded(self) -> Exclusions:
        return self.audience.exclusions

    @property
    def last_campaigns(self) -> list[OfferedCampaign]:
        """Campaigns of the same issue, else the newest one, and all that are chosen."""
        return [offered for at, offered in enumerate(self.campaigns) if self._is_near(at, offered)]

    @property
    def other_campaigns(self) -> list[OfferedCampaign]:
        return [offered for at, offered in enumerate(self.campaigns) if not self._is_near(at, offered)]

    def _is_near(self, at: int, offered: OfferedCampaign) -> bool:
        near = at < FEW_CAMPAIGNS or (offered.is_same_issue and at < earlier_campaigns.MOST)
        return near or offered.campaign in self.excluded.campaigns

    def preselected(self) -> SendChoices:
        """The same with the only list. Of several, somebody chooses: a list that was ticked for them is easily overlooked."""
        return replace(self, audience=replace(self.audience, lists=self.all_lists)) if len(self.all_lists) == 1 else self

    def leaving_out(self, campaigns: Sequence[Campaign]) -> SendChoices:
        """The same, without people who got one of these campaigns."""
        return replace(self, audience=self.audience.leaving_out(campaigns))

    @property
    def query(self) -> str:
        """The audience as a query string, from which `audience_of` reads it."""
        return query_of(self.audience)


def audience_of(given: QueryDict) -> Audience:
    """The audience that a form or a link names by numbers; what does not exist is left out."""

    def chosen(model: Any, name: str) -> list[Any]:
        numbers = _numbers(given.getlist(name))
        return list(model.objects.filter(pk__in=numbers).order_by("pk")) if numbers else []

    segment = next(iter(chosen(Segment, "segment")), None)
    excluded = Exclusions(chosen(MailingList, "not_list"), chosen(Segment, "not_segment"), chosen(Campaign, "not_campaign"))
    return Audience(chosen(MailingList, "list"), segment, excluded)


def query_of(audience: Audience) -> str:
    excluded = audience.exclusions
    named = {
        "list": audience.lists, "segment": [audience.segment] if audience.segment else [], "not_list": excluded.lists,
        "not_segment": excluded.segments, "not_campaign": excluded.campaigns,
    }  # fmt: skip
    numbers = {name: [record.pk for record in records] for name, records in named.items() if records}
    return urlencode({"audience": "chosen", **numbers}, doseq=True)


def _numbers(texts: Sequence[str]) -> list[int]:
    return [number for text in texts if (number := whole_number(text, _LONGEST_NUMBER)) is not None]


def count_of(
    choices: SendChoices, version: IssueVersion, user: User | AnonymousUser, *, draft: Campaign | None = None, now: bool = False
) -> dict[str, Any]:
    """The values for the sentence that says what will happen, and for the numbers below it.

    `people` is None while it is not known. `now`: count even if it takes seconds.
    """
    if not choices.lists:
        return {**_UNKNOWN}
    try:
        counts = AudienceCount.of_draft(draft, choices.audience) if draft else AudienceCount.of_issue(version, choices.audience)
        known = counts.counted() if now else counts.on_page()
    except SegmentError as error:
        return _UNKNOWN | {"count_problem": stored_texts.segment_fault(error)}
    return _shown(known, choices.excluded, version, user)


def count_of_campaign(campaign: Campaign, user: User | AnonymousUser) -> dict[str, Any]:
    """The values of `count_of` for the audience that a campaign has; they are counted again if they are old."""
    try:
        known = AudienceCount.of_campaign(campaign).counted()
    except SegmentError as error:
        return _UNKNOWN | {"count_problem": stored_texts.segment_fault(error)}
    return _shown(known, Exclusions.of(campaign), campaign.version, user)


_UNKNOWN: dict[str, Any] = {"people": None, "expected": [], "count_problem": "", "numbers": None, "known": None}


def _shown(known: KnownCount, excluded: Exclusions, version: IssueVersion, user: User | AnonymousUser) -> dict[str, Any]:
    numbers = numbers_of(known)
    if numbers is None:
        return _UNKNOWN | {"known": known}
    return {
        "known": known, "numbers": numbers, "people": numbers.gets, "count_problem": "",
        "expected": numbers.variant_lines(version),
        "missing": audience_texts.lines(numbers.missing, excluded),
        "sample": _sample(numbers, user),
    }  # fmt: skip


def _sample(numbers: AudienceNumbers, user: User | AnonymousUser) -> list[dict[str, Any]]:
    """The sample people as this account sees them."""
    if not user.has_perm(SEE_PEOPLE):
        return []
    people = Subscriber.objects.filter(pk__in=numbers.sample, address__isnull=False).order_by("pk")
    return [
        {"pk": person.pk, "address": shown_address(user, person.address), "name": shown_name(user, person.name),
         "language": person.language}
        for person in people
    ]  # fmt: skip
