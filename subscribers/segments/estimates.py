"""How many people a text of the segment language selects: exact where that is quick, else estimated."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from math import sqrt
from typing import TypeVar

from django.db import OperationalError, transaction
from django.db.models import Count, QuerySet

from publication.database.statement_sql import limited, ran_out
from subscribers.models import MailingList, Subscriber, Subscription
from subscribers.segments import compiler, estimates_sql, failing_clauses

QUICK = timedelta(seconds=0.1)  # for an exact number: a rare condition with an index has one at once
WITHIN = timedelta(seconds=0.5)
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Estimate:
    """`low` and `high` are equal to `people` if that is exact; else the number is between them in 19 of 20 cases."""

    people: int
    is_exact: bool
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Breakdown:
    """People by list and by language, most first. Somebody on two lists counts twice; on a list means confirmed."""

    lists: list[tuple[MailingList, int]]
    languages: list[tuple[str, int]]
    is_exact: bool


def estimate(text: str, within: timedelta = QUICK) -> Estimate | None:
    """The number of people; None if even the estimate takes too long. Raises SegmentError."""
    people = compiler.matching(text)
    if (exact := _tried(people.count, within)) is not None:
        return Estimate(exact, True, exact, exact)
    return _tried(lambda: _estimated(people), WITHIN)


def _estimated(people: QuerySet[Subscriber]) -> Estimate:
    ids, each_stands_for = estimates_sql.sampled_ids()
    matching = people.filter(pk__in=ids).count()
    doubt = 2 * sqrt(max(matching, 1) * (1 - matching / max(len(ids), 1)))
    low, high = max(matching - doubt, 0) * each_stands_for, (matching + doubt) * each_stands_for
    return Estimate(round(matching * each_stands_for), False, round(low), round(high))


def sample(text: str, size: int = 20) -> list[Subscriber]:
    """Some people whom the text selects; none if finding them takes too long. Raises SegmentError."""
    people = compiler.matching(text)
    if (first := _tried(lambda: list(people[:size]), QUICK)) is not None:
        return first
    return _tried(lambda: list(people.filter(pk__in=estimates_sql.sampled_ids()[0])[:size]), WITHIN) or []


def conditions_of_nobody(text: str) -> list[str] | None:
    """The conditions of a text that selects nobody which nobody meets even alone; None if finding them takes too long.

    Raises SegmentError.
    """
    return _tried(lambda: failing_clauses.of_nobody(text), WITHIN)


def by_list_and_language(text: str, within: timedelta = QUICK) -> Breakdown | None:
    """The numbers by list and by language; None if even an estimate takes too long. Raises SegmentError."""
    people = compiler.matching(text)
    if (exact := _tried(lambda: _breakdown(people, 1, is_exact=True), within)) is not None:
        return exact

    def estimated() -> Breakdown:
        ids, each_stands_for = estimates_sql.sampled_ids()
        return _breakdown(people.filter(pk__in=ids), each_stands_for, is_exact=False)

    return _tried(estimated, WITHIN)


def _breakdown(people: QuerySet[Subscriber], each_stands_for: float, *, is_exact: bool) -> Breakdown:
    confirmed = Subscription.objects.filter(state=Subscription.State.CONFIRMED, subscriber__in=people.values("pk"))
    on_lists = dict(confirmed.order_by().values_list("list_id").annotate(people=Count("pk")))
    languages = people.order_by().values_list("language").annotate(people=Count("pk")).order_by("-people", "language")
    lists = [(mailing_list, on_lists[mailing_list.pk]) for mailing_list in MailingList.objects.filter(pk__in=on_lists)]
    return Breakdown(
        [(mailing_list, round(count * each_stands_for)) for mailing_list, count in sorted(lists, key=lambda row: -row[1])],
        [(language, round(count * each_stands_for)) for language, count in languages],
        is_exact,
    )


def _tried(answer: Callable[[], Answer], within: timedelta) -> Answer | None:
    """The answer of statements that together may take so long; None if one did not end in time."""
    try:
        with limited(within), transaction.atomic():
            return answer()
    except OperationalError as error:
        if not ran_out(error):
            raise
        return None
