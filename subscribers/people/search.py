"""Finds people: the newest first, a page at a time, at a bounded cost for every combination of conditions.

Any one condition may be met by everybody or by nobody, and the planner's estimates for the words of a text are off by a factor
of a thousand. So a page reads ids along one ordered index, a growing window at a time, and keeps those that meet all conditions.
If a condition holds for few people, they are the only window. After TIME the page ends where it is, and the next one goes on
there. Measurements: docs/decisions/people-search.md.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from time import perf_counter
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from publication import clock
from publication.installation import publication
from subscribers import addresses
from subscribers.models import FormerAddress, Segment, Subscriber, Subscription, Suppression
from subscribers.people import search_sql
from subscribers.people.people_filter import SUBSCRIPTION_STATES, PeopleFilter
from subscribers.segments import compiler

PAGE = 50
FEW = 20_000  # people who are read as one window
FIRST_WINDOW = 2_500  # in which a word that one person in fifty has fills a page
TIME = 0.06  # seconds for the windows of one page
_LAST_ID = 2**63 - 1
_SLACK = 25_000  # ids are given in the order of `created_at` but for this many, by transactions at the same time


class FoundPeople(NamedTuple):
    """A page of people, newest first. `after`: the id behind which the next page begins, None at the end.

    `is_partial`: the page ended because it took too long, and not because it is full.
    """

    people: Sequence[Subscriber]
    after: int | None
    is_partial: bool


def matching(people_filter: PeopleFilter) -> QuerySet[Subscriber]:
    """Everybody whom the filter means, in no order. Raises SegmentError."""
    people = Subscriber.objects.filter(erased_at=None, merged_into=None)
    if people_filter.ids:
        people = people.filter(pk__in=people_filter.ids)
    for condition in _conditions(people_filter):
        people = people.filter(condition)
    return people


def _conditions(asked: PeopleFilter) -> Iterator[Q]:
    if asked.inside and (parts := asked.text.replace("\0", " ").split()):
        yield search_sql.contains(parts)
    elif terms := _terms(asked):
        yield search_sql.begins(terms)
    if asked.list_id is not None or asked.state in SUBSCRIPTION_STATES:
        subscriptions = Subscription.objects.filter(subscriber=OuterRef("pk"), state__in=_states(asked))
        if asked.list_id is not None:
            subscriptions = subscriptions.filter(list_id=asked.list_id)
        yield Q(Exists(subscriptions))
    suppressed = Suppression.objects.filter(address_key=OuterRef("address_key"))
    if asked.cause:
        yield Q(Exists(suppressed.filter(Q(cause=asked.cause) | Q(reason=asked.cause))))
    elif asked.state == "suppressed":
        yield Q(Exists(suppressed))
    if asked.state == "paused":
        yield Q(paused_until__gt=clock.now())
    if asked.language:
        yield Q(language=asked.language)
    if asked.since:
        yield Q(created_at__gte=_begin(asked.since))
    if asked.until:
        yield Q(created_at__lt=_begin(asked.until + timedelta(days=1)))
    if asked.segment_id is not None:
        yield compiler.compile_segment(Segment.objects.get(pk=asked.segment_id).text)


def _terms(asked: PeopleFilter) -> list[str]:
    return search_sql.split_terms(asked.text) if asked.text.strip() else []


def _states(asked: PeopleFilter) -> Sequence[str]:
    return (asked.state,) if asked.state in SUBSCRIPTION_STATES else SUBSCRIPTION_STATES


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), clock.place_of(publication().zone) or UTC)


def by_address(text: str) -> Subscriber | None:
    """The person with this address, in any spelling, or who had it before they moved or were merged."""
    key = addresses.key_of_spelling(text)
    person = Subscriber.objects.filter(address_key=key, erased_at=None, merged_into=None).first()
    return person or Subscriber.objects.filter(pk__in=FormerAddress.objects.filter(address_key=key).values("subscriber")).first()


def page(asked: PeopleFilter, after: int | None = None, size: int = PAGE) -> FoundPeople:
    """The next people of a filter, behind the person `after`. Raises SegmentError."""
    if asked.inside and asked.text.strip():
        return _whole_table(asked, after, size)
    with search_sql.by_index():
        return _windowed(asked, _LAST_ID if after is None else after, size)


def _windowed(asked: PeopleFilter, before: int, size: int) -> FoundPeople:
    people, began = matching(asked), perf_counter()
    matches: list[Subscriber] = []
    for window, is_last in _windows(asked, before):
        matches += search_sql.among(people, window).order_by("-pk")[: size + 1 - len(matches)]
        if len(matches) > size:
            return FoundPeople(matches[:size], matches[size - 1].pk, False)
        if not is_last and perf_counter() - began > TIME:
            return FoundPeople(matches, window[-1], True)
    return FoundPeople(matches, None, False)


def _whole_table(asked: PeopleFilter, after: int | None, size: int) -> FoundPeople:
    people = matching(asked) if after is None else matching(asked).filter(pk__lt=after)
    matches = list(people.order_by("-pk")[: size + 1])
    return FoundPeople(matches[:size], matches[size - 1].pk if len(matches) > size else None, False)


# The ids of the newest people before one, at most so many, by a condition that has an index.
_Source = Callable[[int, int], list[int]]


def _windows(asked: PeopleFilter, before: int) -> Iterator[tuple[list[int], bool]]:
    """Ids, newest first, among which is everybody whom the filter means: some of all people's, then those of one condition.

    With each window: whether it is the last.
    """
    if asked.ids:
        yield sorted((number for number in asked.ids if number < before), reverse=True), True
        return
    lowest, highest = _id_range(asked)
    source: _Source = partial(_newest, lowest)
    before, size = min(before, highest), FIRST_WINDOW
    window = source(before, size)
    yield window, len(window) < size
    if len(window) < size:
        return
    before, size, read = window[-1], 4 * size, None
    for narrower in _sources(asked):
        read, source, size = narrower(before, FEW), narrower, FEW
        if len(read) < FEW:
            break
    while True:
        window = source(before, size) if read is None else read
        yield window, len(window) < size
        if len(window) < size:
            return
        before, size, read = window[-1], min(4 * size, FEW), None


def _sources(asked: PeopleFilter) -> Iterator[_Source]:
    """The conditions that have an index, the cheapest first."""
    if asked.language:
        yield partial(_of_language, asked.language)
    if asked.list_id is not None:
        yield partial(_of_list, asked.list_id, _states(asked))
    if asked.cause or asked.state == "suppressed":
        yield partial(search_sql.newest_suppressed, asked.cause)
    if terms := _terms(asked):
        yield partial(search_sql.newest_with_words, terms)


def _newest(lowest: int, before: int, most: int) -> list[int]:
    return list(Subscriber.objects.filter(pk__gte=lowest, pk__lt=before).order_by("-pk").values_list("pk", flat=True)[:most])


def _of_language(language: str, before: int, most: int) -> list[int]:
    people = Subscriber.objects.filter(language=language, pk__lt=before).order_by("-language", "-pk")
    return list(people.values_list("pk", flat=True)[:most])


def _of_list(list_id: int, states: Sequence[str], before: int, most: int) -> list[int]:
    """Of several states each has its order in the index."""
    ids: list[int] = []
    for state in states:
        people = Subscription.objects.filter(list_id=list_id, state=state, subscriber_id__lt=before)
        ids += people.order_by("-list_id", "-state", "-subscriber_id").values_list("subscriber_id", flat=True)[:most]
    return sorted(ids, reverse=True)[:most]


def _id_range(asked: PeopleFilter) -> tuple[int, int]:
    """Lowest id, and one above the highest, of people who may have been added in the filter's days."""
    lowest, highest = 0, _LAST_ID
    by_time = Subscriber.objects.order_by("created_at", "id").values_list("pk", flat=True)
    if asked.since:
        first = by_time.filter(created_at__gte=_begin(asked.since)).first()
        lowest = _LAST_ID if first is None else first - _SLACK
    if asked.until:
        last = by_time.filter(created_at__lt=_begin(asked.until + timedelta(days=1))).last()
        highest = 0 if last is None else last + _SLACK
    return lowest, highest


def languages() -> list[str]:
    """The languages that people have, one step in the index for each."""
    return search_sql.languages()
