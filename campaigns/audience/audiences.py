"""The audience of a campaign: its lists, its segment, and whom it leaves out, as one text of the segment language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

from django.db.models import Q, QuerySet

from campaigns.follow_ups import followed_people
from campaigns.models import Campaign
from subscribers import attributes
from subscribers.models import MailingList, Segment, Subscriber
from subscribers.segments import compiler, recipients
from subscribers.segments.grammar import STORED, Clause, ClauseGroup, Negation, Node, SegmentError, joined, parse, printed

Kind = Literal["list", "segment", "campaign"]


class Exclusion(NamedTuple):
    """One record because of which people are left out; `condition` selects them."""

    kind: Kind
    record: MailingList | Segment | Campaign
    condition: Node

    @property
    def code(self) -> str:
        return f"excluded_{self.kind}:{self.record.pk}"


@dataclass(frozen=True, slots=True)
class Exclusions:
    """Whom a campaign leaves out: people who are confirmed on one of the lists, in one of the segments, or got one of the
    campaigns.
    """

    lists: Sequence[MailingList] = ()
    segments: Sequence[Segment] = ()
    campaigns: Sequence[Campaign] = ()

    @classmethod
    def of(cls, campaign: Campaign) -> Exclusions:
        """Those of a campaign that is stored."""
        return cls(*(list(chosen.order_by("pk")) for chosen in _excluded(campaign)))

    def __bool__(self) -> bool:
        return bool(self.lists or self.segments or self.campaigns)

    def store(self, campaign: Campaign) -> None:
        for chosen, records in zip(_excluded(campaign), (self.lists, self.segments, self.campaigns), strict=True):
            chosen.set(records)

    def names(self) -> dict[str, list[str]]:
        """For the audit and the log."""
        named = {
            "excluded_lists": sorted(mailing_list.slug for mailing_list in self.lists),
            "excluded_segments": sorted(segment.slug for segment in self.segments),
            "excluded_campaigns": [str(campaign.pk) for campaign in self.campaigns],
        }
        return {kind: names for kind, names in named.items() if names}

    def conditions(self) -> list[Exclusion]:
        """The condition of each. Raises SegmentError."""
        if self.campaigns and "got" in attributes.schema():
            problem = "an attribute is called got, so that nobody can be left out because of a campaign"
            raise SegmentError("got_taken", problem, 0, "delete the attribute, or leave out nobody because of a campaign")
        texts = compiler.all_written_out([chosen.text for chosen in self.segments]) if self.segments else []
        return [
            *(Exclusion("list", chosen, Clause("list", "=", chosen.slug)) for chosen in self.lists),
            *(Exclusion("segment", chosen, parse(text, STORED)) for chosen, text in zip(self.segments, texts, strict=True)),
            *(Exclusion("campaign", chosen, Clause("got", "=", chosen.pk)) for chosen in self.campaigns),
        ]

    def split(self, text: str) -> AudienceConditions:
        """The parts of the text of a campaign that was frozen with these exclusions. Raises SegmentError."""
        tree = parse(text, STORED)
        parts = tree.parts if isinstance(tree, ClauseGroup) and tree.all else [tree]
        records = self._named()
        at = len(parts) - len(records)
        negations = [part for part in parts[max(at, 0) :] if isinstance(part, Negation)]
        if len(negations) != len(records):  # an erasure may have changed the text of a campaign that is over
            return AudienceConditions(tree, [])
        excluded = [Exclusion(kind, record, node.part) for (kind, record), node in zip(records, negations, strict=True)]
        return AudienceConditions(joined(True, parts[:at]) if at else None, excluded)

    def _named(self) -> list[tuple[Kind, MailingList | Segment | Campaign]]:
        """In the order of their conditions."""
        return [
            *(("list", chosen) for chosen in self.lists), *(("segment", chosen) for chosen in self.segments),
            *(("campaign", chosen) for chosen in self.campaigns),
        ]  # fmt: skip


NOBODY = Exclusions()


def _excluded(campaign: Campaign) -> tuple[Any, Any, Any]:
    return campaign.excluded_lists, campaign.excluded_segments, campaign.excluded_campaigns


def with_audience(campaigns: QuerySet[Campaign]) -> QuerySet[Campaign]:
    """The same campaigns, read together with their lists, segments and exclusions."""
    return campaigns.select_related("segment", "followed").prefetch_related(
        "lists", "excluded_lists", "excluded_segments", "excluded_campaigns"
    )


class AudienceConditions(NamedTuple):
    """What people on the lists must meet: the segment, None for everybody, and none of the exclusions. `among`: the condition
    on the people of a follow-up, which has no text.
    """

    segment: Node | None
    excluded: Sequence[Exclusion] = ()
    among: Q | None = None

    def text(self) -> str:
        """As one text; empty for everybody on the lists. Raises SegmentError if it is too long."""
        parts = [*([self.segment] if self.segment else []), *(Negation(exclusion.condition) for exclusion in self.excluded)]
        if not parts:
            return ""
        text = printed(joined(True, parts))
        parse(text, STORED)
        return text


@dataclass(frozen=True, slots=True)
class Audience:
    """The people on any of the lists who are in the segment, without those that the exclusions select. On a list means
    confirmed on it.
    """

    lists: Sequence[MailingList]
    segment: Segment | None = None
    exclusions: Exclusions = NOBODY

    @classmethod
    def of(cls, campaign: Campaign) -> Audience:
        """What staff chose for the campaign."""
        return cls(list(campaign.lists.order_by("pk")), campaign.segment, Exclusions.of(campaign))

    def leaving_out(self, campaigns: Sequence[Campaign]) -> Audience:
        """The same, without people who got one of these campaigns, too."""
        excluded = replace(self.exclusions, campaigns=[*self.exclusions.campaigns, *campaigns])
        return replace(self, exclusions=excluded)

    def conditions(self) -> AudienceConditions:
        """Without names of segments. Raises SegmentError."""
        written = self._segment_text()
        return AudienceConditions(parse(written, STORED) if written else None, self.exclusions.conditions())

    def text(self) -> str:
        """The conditions as one text; that of the segment as it was written if nobody is excluded. Raises SegmentError."""
        return self.conditions().text() if self.exclusions else self._segment_text()

    def _segment_text(self) -> str:
        return compiler.written_out(self.segment.text) if self.segment and self.segment.text.strip() else ""


def conditions_of(campaign: Campaign) -> AudienceConditions:
    """The conditions as staff chose them now for a draft, otherwise as they were frozen when the campaign was scheduled.

    Raises SegmentError.
    """
    among = followed_people.of_campaign(campaign)
    if campaign.state == "draft":
        conditions = Audience.of(campaign).conditions()
    elif campaign.segment_text:
        conditions = Exclusions.of(campaign).split(campaign.segment_text)
    else:
        conditions = AudienceConditions(None)
    return conditions._replace(among=among)


def text_of(campaign: Campaign) -> str | None:
    """The text that chooses the campaign's people on its lists: as staff chose it now for a draft, otherwise as it was frozen
    when it was scheduled. None: everybody. Raises SegmentError.
    """
    text = Audience.of(campaign).text() if campaign.state == "draft" else campaign.segment_text
    return text or None


def people_of(campaign: Campaign) -> QuerySet[Subscriber]:
    """Who would get the campaign now. Raises SegmentError."""
    return recipients.recipients(list(campaign.lists.all()), text_of(campaign), followed_people.of_campaign(campaign))
