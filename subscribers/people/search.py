"""Finds people: the newest first, a page at a time, at a bounded cost for every combination of conditions.

Any one condition may be met by everybody or by nobody, and the planner's estimates for the words of a text are off by a factor
of a thousand. So a page reads people by number, a window at a time, and keeps those that meet all conditions. If an index shows
that a condition holds for few people, these are the only window. After TIME the page ends where it is, and the next one goes on
there. Measurements: docs/decisions/people-search.md.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from time import perf_counter
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.lookups import IContains, IExact

from publication import clock
from publication.installation import publication
from subscribers import addresses, attributes
from subscribers.attributes import Type
from subscribers.consent import suppressed_domains
from subscribers.errors import InputError
from subscribers.models import FormerAddress, Subscriber, Subscription, Suppression
from subscribers.people import search_sql
from subscribers.people.people_filter import SUBSCRIPTION_STATES, PeopleFilter
from subscribers.people.typed_text import TypedText
from subscribers.segments import compiler

PAGE = 50
FIRST_WINDOW = 10_000  # people, in which a condition that one in 200 meets fills a page
FEW = 20_000  # people of a language, a list, or of all, who are read as one window
SPARSE = 5_000  # people with a suppression or a word, whose numbers are in no order
FEW_DOMAINS = 20  # suppressed domains whose people are looked up one domain after the other
COMMON = 20  # people of the first window with a word: reading on is faster than the index of words
MOST_WITH_ATTRIBUTES = 200_000  # people: reading a million attributes takes a second
TIME = 0.06  # seconds for the windows of one page
_LAST_ID = 2**63 - 1
_SEARCHED_TYPES = (Type.TEXT, Type.WORDS, Type.NUMBER)
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
    if asked.inside and asked.text.strip():
        yield search_sql.contains(TypedText.of(asked.text), _searched_attributes())
    elif asked.text.strip():
        yield search_sql.begins(terms) if (terms := _terms(asked)) else Q(pk__in=())
    if asked.list_id is not None or asked.state in SUBSCRIPTION_STATES:
        subscriptions = Subscription.objects.filter(subscriber=OuterRef("pk"), state__in=_states(asked))
        if asked.list_id is not None:
            subscriptions = subscriptions.filter(list_id=asked.list_id)
        yield Q(Exists(subscriptions))
    suppressed = Suppression.objects.filter(address_key=OuterRef("address_key"))
    if asked.cause:
        yield Q(Exists(suppressed.filter(Q(cause=asked.cause) | Q(reason=asked.cause))))
    elif asked.state == "suppressed":
        domains = suppressed_domains.names()
        yield Q(Exists(suppressed)) | Q(domain__in=domains) if domains else Q(Exists(suppressed))
    if asked.state == "paused":
        yield Q(paused_until__gt=clock.now())
    if asked.language:
        yield Q(language=asked.language)
    yield from _days(asked)
    if asked.attribute:
        yield _has_value(asked.attribute, asked.value)
    if asked.segment_id is not None:
        yield compiler.compile_saved(asked.segment_id)


def is_small(most: int = FEW) -> bool:
    """Whether there are at most so many people, by default so many that a search inside of words takes no time."""
    return _of_all(Subscriber.objects.all(), _LAST_ID, most + 1).lowest == 0


def _searched_attributes() -> dict[str, Type]:
    """Name and type of the attributes in which a search inside of words looks; none, if there are very many people."""
    searched = {name: facts.type for name, facts in attributes.declarations().items() if facts.type in _SEARCHED_TYPES}
    return searched if searched and is_small(MOST_WITH_ATTRIBUTES) else {}


def _has_value(attribute: str, text: str) -> Q:
    """Condition: the attribute has this value; nobody, if it is not declared any more or the text is no value of it."""
    try:
        value = attributes.declarations()[attributes.find(attribute)].read(text.strip())
    except InputError:
        return Q(pk__in=())
    stored = KeyTextTransform(attribute, "attributes")  # not a lookup path: an attribute may be called `contains`
    if isinstance(value, str):
        return Q(IExact(stored, value)) | Q(IExact(stored, text.strip()))  # as typed: stored before full-width forms were folded
    if isinstance(value, list):
        return Q(*(IContains(stored, json.dumps(word, ensure_ascii=False)) for word in value))
    return Q(attributes__contains={attribute: value})


def _days(asked: PeopleFilter) -> Iterator[Q]:
    if asked.since:
        yield Q(created_at__gte=_begin(asked.since))
    if asked.until:
        yield Q(created_at__lt=_begin(asked.until + timedelta(days=1)))


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


def holder(asked: PeopleFilter) -> Subscriber | None:
    """The person who has exactly the address that was typed, if the other conditions mean them, too."""
    if "@" not in asked.text or asked.inside:
        return None
    return matching(asked).filter(address_key=addresses.key_of_spelling(asked.text)).first()


def page(asked: PeopleFilter, after: int | None = None, size: int = PAGE) -> FoundPeople:
    """The next people of a filter, behind the person `after`. Raises SegmentError."""
    if asked.inside and asked.text.strip():
        return _whole_table(asked, after, size)
    with search_sql.by_index():
        return _windowed(asked, _LAST_ID if after is None else after, size)


class _Window(NamedTuple):
    """People with numbers from `lowest` to below `before`, and only `ids`, unless it is None. `lowest` 0: nobody is below."""

    lowest: int
    before: int
    ids: Sequence[int] | None = None

    def of(self, people: QuerySet[Subscriber]) -> QuerySet[Subscriber]:
        people = people.filter(pk__lt=self.before)
        return people.filter(pk__gte=self.lowest) if self.ids is None else search_sql.among(people, self.ids)


def _windowed(asked: PeopleFilter, before: int, size: int) -> FoundPeople:
    people, began = matching(asked), perf_counter()
    matches: list[Subscriber] = []
    for window in _windows(asked, before):
        matches += window.of(people).order_by("-pk")[: size + 1 - len(matches)]
        if len(matches) > size:
            return FoundPeople(matches[:size], matches[size - 1].pk, False)
        if window.lowest and perf_counter() - began > TIME:
            return FoundPeople(matches, window.lowest, True)
    return FoundPeople(matches, None, False)


def _whole_table(asked: PeopleFilter, after: int | None, size: int) -> FoundPeople:
    people = matching(asked) if after is None else matching(asked).filter(pk__lt=after)
    matches = list(people.order_by("-pk")[: size + 1])
    return FoundPeople(matches[:size], matches[size - 1].pk if len(matches) > size else None, False)


# The ids of the newest people before one, at most so many, by a condition that has an index in this order.
_Source = Callable[[int, int], list[int]]


def _windows(asked: PeopleFilter, before: int) -> Iterator[_Window]:
    """Windows, newest first, that contain everybody whom the filter means: one of all people, then those of one condition."""
    if asked.ids:
        yield _Window(0, before)
        return
    lowest, highest = _id_range(asked)
    everybody = Subscriber.objects.filter(*_days(asked), pk__gte=lowest)
    window = _of_all(everybody, min(before, highest), FIRST_WINDOW)
    yield window
    if not window.lowest:
        return
    first, source = window, None
    for source in _sources(asked):
        window = _of_source(source, first.lowest, FEW)
        if not window.lowest:
            yield window
            return
    if (ids := _sparse(asked, first)) is not None:
        yield _Window(0, first.lowest, ids)
        return
    if source:
        yield window
    while window.lowest:
        window = _of_source(source, window.lowest, FEW) if source else _of_all(everybody, window.lowest, FEW)
        yield window


def _of_all(everybody: QuerySet[Subscriber], before: int, size: int) -> _Window:
    """`everybody`: who was added in the filter's days."""
    people = everybody.filter(pk__lt=before).order_by("-pk")
    last = people.values_list("pk", flat=True)[size - 1 : size].first()
    return _Window(last or 0, before)


def _of_source(source: _Source, before: int, size: int) -> _Window:
    ids = source(before, size)
    return _Window(0 if len(ids) < size else ids[-1], before, ids)


def _sources(asked: PeopleFilter) -> Iterator[_Source]:
    """The conditions that have an index in the order of people."""
    if asked.state == "paused":
        yield _paused
    if asked.language:
        yield partial(_of_language, asked.language)
    if asked.list_id is not None:
        yield partial(_of_list, asked.list_id, _states(asked))


def _sparse(asked: PeopleFilter, window: _Window) -> list[int] | None:
    """Everybody who meets a condition that few people meet, in no order; None: no condition is known to be one."""
    if asked.cause or asked.state == "suppressed":
        ids = search_sql.suppressed(asked.cause, SPARSE + 1)
        if not asked.cause and len(ids) <= SPARSE:
            ids = [*ids, *_of_suppressed_domains(window, SPARSE + 1)]
        if len(ids) <= SPARSE:
            return ids
    terms = _terms(asked)
    # The index of words reads all that begin so before it returns anybody, which takes long with two letters.
    if not terms or len(window.of(Subscriber.objects.filter(search_sql.begins(terms)))[:COMMON]) == COMMON:
        return None
    ids = search_sql.with_words(terms, SPARSE + 1)
    return ids if len(ids) <= SPARSE else None


def _of_suppressed_domains(window: _Window, most: int) -> list[int]:
    """At least `most` numbers if they are many people, or if no index says who they are."""
    names, many = suppressed_domains.names(), [0] * most
    if len(names) > FEW_DOMAINS or any(search_sql.is_international(name) for name in names):
        return many
    # As with words: a domain that people of the first window have is common, and the index would read all of them.
    if len(window.of(Subscriber.objects.filter(domain__in=names))[:COMMON]) == COMMON:
        return many
    ids: list[int] = []
    for name in names:
        ids += search_sql.of_domain(name, most - len(ids))
    return ids


def _paused(before: int, most: int) -> list[int]:
    people = Subscriber.objects.filter(paused_until__gt=clock.now(), pk__lt=before).order_by("-pk")
    return list(people.values_list("pk", flat=True)[:most])


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
        lowest = _LAST_ID if first is None else max(0, first - _SLACK)
    if asked.until:
        last = by_time.filter(created_at__lt=_begin(asked.until + timedelta(days=1))).last()
        highest = 0 if last is None else last + _SLACK
    return lowest, highest


def languages() -> list[str]:
    """The languages that people have, one step in the index for each."""
    return search_sql.languages()
