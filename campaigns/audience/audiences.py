"""The audience of a campaign: its lists, its segment, and whom it leaves out, as one text of the segment language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.models import Campaign
from subscribers import attributes
from subscribers.models import MailingList, Segment
from subscribers.segments import compiler
from subscribers.segments.grammar import STORED, Clause, Negation, Node, SegmentError, joined, parse, printed


@dataclass(frozen=True, slots=True)
class Audience:
    """The people on any of the lists who are in the segment, without those on an excluded list, in an excluded segment, or who
    got an excluded campaign. On a list means confirmed on it.
    """

    lists: Sequence[MailingList]
    segment: Segment | None = None
    excluded_lists: Sequence[MailingList] = ()
    excluded_segments: Sequence[Segment] = ()
    excluded_campaigns: Sequence[Campaign] = ()

    @classmethod
    def of_draft(cls, campaign: Campaign) -> Audience:
        """What staff chose for the campaign."""
        return cls(
            list(campaign.lists.order_by("pk")), campaign.segment, list(campaign.excluded_lists.order_by("pk")),
            list(campaign.excluded_segments.order_by("pk")), list(campaign.excluded_campaigns.order_by("pk")),
        )  # fmt: skip

    @property
    def exclusions(self) -> list[Node]:
        """The condition of each exclusion: it selects the people who are left out. Raises SegmentError."""
        if self.excluded_campaigns and "got" in attributes.schema():
            problem = "an attribute is called got, so that nobody can be left out because of a campaign"
            raise SegmentError("got_taken", problem, 0, "delete the attribute, or leave out nobody because of a campaign")
        return [
            *(Clause("list", "=", mailing_list.slug) for mailing_list in self.excluded_lists),
            *(parse(compiler.written_out(segment.text), STORED) for segment in self.excluded_segments),
            *(Clause("got", "=", campaign.pk) for campaign in self.excluded_campaigns),
        ]

    def text(self) -> str:
        """The segment and the exclusions as one text, without names of segments; empty for everybody on the lists.

        Raises SegmentError.
        """
        chosen = compiler.written_out(self.segment.text) if self.segment and self.segment.text.strip() else ""
        exclusions = self.exclusions
        if not exclusions:
            return chosen
        parts: list[Node] = [parse(chosen, STORED)] if chosen else []
        text = printed(joined(True, [*parts, *(Negation(node) for node in exclusions)]))
        parse(text, STORED)  # it may have become too long
        return text


def text_of(campaign: Campaign) -> str | None:
    """The text that chooses the campaign's people on its lists: as staff chose it now for a draft, otherwise as it was frozen
    when it was scheduled. None: everybody. Raises SegmentError.
    """
    text = Audience.of_draft(campaign).text() if campaign.state == "draft" else campaign.segment_text
    return text or None
