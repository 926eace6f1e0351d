"""How many people a search has, where that is cheap to know: everybody, a list with or without a state, a segment, and every
search of an installation with few people.
"""

from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple

from subscribers.models import Segment, Subscriber
from subscribers.people import list_counts, search, search_sql
from subscribers.people.people_filter import SUBSCRIPTION_STATES, PeopleFilter
from subscribers.segments import stored_counts
from subscribers.segments.stored_counts import AUDIENCE

MOST_COUNTED = 20_000  # rows that a page counts one by one, in some 10 ms


class Precision(StrEnum):
    """How a number is meant."""

    EXACT = "exact"
    ABOUT = "about"  # counted a while ago, or with people who were erased since
    MORE_THAN = "more_than"


class ResultCount(NamedTuple):
    """How many people a search has."""

    people: int
    precision: Precision = Precision.EXACT


def of(asked: PeopleFilter) -> ResultCount | None:
    """The number of people whom a filter means; None if only a search through all of them would say it."""
    if asked == PeopleFilter():
        return _everybody()
    has_counted_state = not asked.state or asked.state in SUBSCRIPTION_STATES
    if asked.list_id is not None and has_counted_state and replace(asked, list_id=None, state="") == PeopleFilter():
        return _of_list(asked.list_id, asked.state)
    if search.is_small():
        return ResultCount(search.matching(asked).count())
    if asked.segment_id is not None and asked == PeopleFilter(segment_id=asked.segment_id):
        return _of_segment(asked.segment_id)
    return None


def _everybody() -> ResultCount:
    present = Subscriber.objects.filter(erased_at=None, merged_into=None).order_by("pk")
    with search_sql.by_index():
        number = present[: MOST_COUNTED + 1].count()
    if number <= MOST_COUNTED:
        return ResultCount(number)
    figures = stored_counts.known([AUDIENCE])[AUDIENCE.name].figures
    return ResultCount(figures["people"], Precision.ABOUT) if figures else ResultCount(MOST_COUNTED, Precision.MORE_THAN)


def _of_list(list_id: int, state: str) -> ResultCount:
    """The people of a list, in any state if `state` is empty."""
    totals = list_counts.totals()[list_id]
    return ResultCount(totals[state] if state else sum(totals.values()))


def _of_segment(segment_id: int) -> ResultCount | None:
    """The people of a segment when they were last counted."""
    segment = Segment.objects.filter(pk=segment_id).first()
    if segment is None:
        return None
    count = stored_counts.of_segment(segment)
    figures = stored_counts.for_page([count])[count.name].figures
    return ResultCount(figures["people"], Precision.ABOUT) if figures else None
