"""How many people a segment finds, and who some of them are, within a fraction of a second.

Counting a million people takes seconds. A sample of 5,000 answers in some tens of milliseconds: where it finds a share of p, the
true share is within 2 * sqrt(p * (1 - p) / 5000) of it for 19 of 20 segments, which is 1.4 points at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import OperationalError, transaction
from django.db.models import Count, QuerySet

from publication.database.statement_sql import limited, ran_out
from subscribers.models import MailingList, Subscriber, Subscription
from subscribers.segments import compiler, estimates_sql

SHOWN = 20
MOST_FEW = 1000  # people of a segment that the sample misses
_MOMENT = timedelta(seconds=0.2)
SMALL = 4 * estimates_sql.SAMPLE  # as many people are counted exactly


@dataclass(frozen=True, slots=True)
class Estimate:
    """People in a segment: their number, which is exact in a small installation, and some of them.

    `by_list`: list -> people who are confirmed on it. `by_language`: language tag, which may be empty -> people.
    """

    people: int
    is_exact: bool
    shown: Sequence[Subscriber]
    by_list: Sequence[tuple[MailingList, int]]
    by_language: Sequence[tuple[str, int]]


def estimate(text: str) -> Estimate:
    """What is known of the segment's people at once. Raises SegmentError."""
    matching = compiler.matching(text)
    records = estimates_sql.about_how_many()
    if records <= SMALL:
        return _of(matching, 1, is_exact=True)
    sampled = estimates_sql.sample(records)
    # A list of ids, and not a join: the conditions are then looked up for these people instead of being worked out for all.
    ids = list(matching.filter(pk__in=sampled).values_list("pk", flat=True))
    few = _few(matching) if len(ids) < SHOWN else None
    if few is not None and len(few) < MOST_FEW:
        return _of(Subscriber.objects.filter(pk__in=few), 1, is_exact=True)
    return _of(Subscriber.objects.filter(pk__in=ids), records / max(1, len(sampled)), is_exact=False, shown=few)


def _few(matching: QuerySet[Subscriber]) -> list[int] | None:
    """The ids of up to MOST_FEW people; None if it takes too long to find them."""
    try:
        with limited(_MOMENT), transaction.atomic():
            return list(matching.order_by().values_list("pk", flat=True)[:MOST_FEW])
    except OperationalError as error:
        if not ran_out(error):
            raise
        return None


def _of(people: QuerySet[Subscriber], times: float, *, is_exact: bool, shown: Sequence[int] | None = None) -> Estimate:
    count = people.count()
    some = people if shown is None else Subscriber.objects.filter(pk__in=shown[:SHOWN])
    lists = MailingList.objects.in_bulk()
    on_lists = Subscription.objects.filter(subscriber__in=people.values("pk"), state=Subscription.State.CONFIRMED)
    by_list = on_lists.values_list("list_id").annotate(people=Count("pk")).order_by("-people", "list_id")
    by_language = people.order_by().values_list("language").annotate(people=Count("pk")).order_by("-people", "language")
    return Estimate(
        round(count * times), is_exact, list(some.order_by("pk")[:SHOWN]),
        [(lists[list_id], round(number * times)) for list_id, number in by_list if list_id in lists],
        [(language, round(number * times)) for language, number in by_language],
    )  # fmt: skip
