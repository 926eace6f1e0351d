"""How many people a search has, where that is cheap to know: everybody, a list, and a list with one state."""

from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple

from django.db.models import QuerySet

from subscribers.models import Subscriber, Subscription
from subscribers.people import list_counts, search_sql
from subscribers.people.people_filter import PeopleFilter
from subscribers.segments import stored_counts
from subscribers.segments.stored_counts import AUDIENCE

MOST_COUNTED = 20_000  # rows that a page counts one by one, in some 10 ms
State = Subscription.State


class Precision(StrEnum):
    """How a number is meant."""

    EXACT = "exact"
    ABOUT = "about"  # counted a while ago
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
    if asked.state in (State.CONFIRMED, State.PENDING):
        return ResultCount(list_counts.totals()[asked.list_id][asked.state])
    left = _bounded(_who_left(asked.list_id))
    if asked.state == State.UNSUBSCRIBED:
        return left
    return _with_open(asked.list_id, left) if not asked.state else None


def _with_open(list_id: int, left: ResultCount) -> ResultCount:
    """Those who left a list, and those who are on it or asked for it."""
    totals = list_counts.totals()[list_id]
    return left._replace(people=left.people + totals[State.CONFIRMED] + totals[State.PENDING])


def _who_left(list_id: int) -> QuerySet[Subscription]:
    """The totals of a list contain subscriptions of people who were erased or merged, too, and all of these have ended."""
    return Subscription.objects.filter(
        list_id=list_id, state=State.UNSUBSCRIBED, subscriber__erased_at=None, subscriber__merged_into=None
    )


def _everybody() -> ResultCount:
    counted = _bounded(Subscriber.objects.filter(erased_at=None, merged_into=None))
    figures = stored_counts.known([AUDIENCE])[AUDIENCE.name].figures
    if counted.precision is Precision.EXACT or not figures:
        return counted
    return ResultCount(figures["people"], Precision.ABOUT)


def _bounded(rows: QuerySet[Subscriber] | QuerySet[Subscription]) -> ResultCount:
    with search_sql.by_index():
        number = rows.order_by("pk")[: MOST_COUNTED + 1].count()
    return ResultCount(number) if number <= MOST_COUNTED else ResultCount(MOST_COUNTED, Precision.MORE_THAN)
