"""The numbers of a campaign by language, domain, variant and list, and its bounces by cause.

Stored, because a million recipients take seconds to split.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from campaigns.models import Campaign
from campaigns.reporting.results import audience_parts_sql as sql
from subscribers.segments.stored_counts import Figures, PeopleCount

KINDS = ("domain", "language", "variant", "list")
NAME = "parts:"
MOST = 12  # lines; the others are one line
REST = "*"  # the value of the line of all others


class PartLine(NamedTuple):
    """One part of the recipients. `measured` agreed to be measured and got it, `clicked` are those of them who clicked."""

    value: str
    recipients: int
    accepted: int
    delivered: int
    bounced: int
    complained: int
    left: int
    measured: int
    clicked: int


def count_of(campaign: Campaign) -> PeopleCount:
    """What is stored of the parts, and how to count them."""

    def figures() -> Figures:
        parts: dict[str, list[list[object]]] = {kind: [] for kind in KINDS}
        for kind, *line in sql.count_parts(campaign.pk):
            parts[kind].append(line)
        parts["cause"] = [[*row] for row in sql.count_causes(campaign.pk)]
        return parts

    return PeopleCount(f"{NAME}{campaign.pk}", "", figures)


def lines_of(figures: Figures) -> Mapping[str, Sequence[PartLine]]:
    """Kind -> its lines, the largest first; a kind with a single value says nothing, and is left out."""
    parts = {kind: _with_rest([PartLine(*line) for line in figures.get(kind, [])]) for kind in KINDS}
    return {kind: lines for kind, lines in parts.items() if len(lines) > 1}


def causes_of(figures: Figures) -> Sequence[tuple[str, int]]:
    """(cause, people) of the mails that bounced, the most frequent first; "" where no cause is on record."""
    return [(cause, people) for cause, people in figures.get("cause", [])]


def rest_of(lines: Sequence[PartLine]) -> PartLine:
    """These parts as one line."""
    return PartLine(REST, *(sum(numbers) for numbers in zip(*(line[1:] for line in lines), strict=True)))


def _with_rest(lines: Sequence[PartLine]) -> list[PartLine]:
    """The largest parts, and all others as one line."""
    return list(lines) if len(lines) <= MOST + 1 else [*lines[:MOST], rest_of(lines[MOST:])]
