"""How many people a search has, where that is cheap to know: everybody, a list, and a list with one state."""

from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple

from subscribers.models import Subscriber
from subscribers.people import list_counts, search_sql
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
    if asked.list_id is None or replace(asked, list_id=None, state="") != PeopleFilter():
        return None
    if asked.state and asked.state not in SUBSCRIPTION_STATES:
        return None
    return _of_list(asked.list_id, asked.state)


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
