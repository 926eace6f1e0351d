"""People of lists in numbers: how many have each state now, and how many joined, left and bounced in each month.

People who were erased or merged into another record have no state any more. A merge is neither a join nor a leave. The
numbers are kept true by triggers (migration 0002), so that a page of a list costs the same with any number of people. Months
are those of the publication's zone.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from publication import clock
from publication.installation import publication
from subscribers.models import MailingList, Subscription
from subscribers.people import list_counts_sql as sql

JOINED, LEFT, BOUNCED, ERASED = "joined", "left", "bounced", "erased"  # erased: whose data was erased while they were subscribed
KINDS = (JOINED, LEFT, BOUNCED, ERASED)
MONTHS = 12


@dataclass(frozen=True)
class MonthlyCounts:
    """People by month and origin. `months` are consecutive first days, the oldest first, the present month last."""

    months: Sequence[date]
    people: Mapping[tuple[str, str], Mapping[date, int]] = field(default_factory=dict)  # (kind, origin) -> month -> people

    def of_kind(self, kind: str) -> list[int]:
        """People of a kind in each month, whatever the origin."""
        return [sum(by_month.get(month, 0) for (of, _), by_month in self.people.items() if of == kind) for month in self.months]

    def by_origin(self, kind: str) -> dict[str, list[int]]:
        """Origin -> people of a kind in each month; the most frequent origin first."""
        rows = {
            origin: [by_month.get(month, 0) for month in self.months]
            for (of, origin), by_month in self.people.items()
            if of == kind
        }
        return dict(sorted(rows.items(), key=lambda row: (-sum(row[1]), row[0])))


def totals() -> dict[int, dict[str, int]]:
    """List id -> state -> people who have it now. Every list and every state is there."""
    counts = {pk: dict.fromkeys((state.value for state in Subscription.State), 0) for pk in _list_ids()}
    for list_id, state, people in sql.totals([*Subscription.State]):
        if list_id in counts:
            counts[list_id][state] = people
    return counts


def _list_ids() -> list[int]:
    return list(MailingList.objects.values_list("pk", flat=True))


def total(mailing_list: MailingList) -> dict[str, int]:
    """State -> people of one list who have it now."""
    return totals()[mailing_list.pk]


def by_month(mailing_list: MailingList | None = None, months: int = MONTHS) -> MonthlyCounts:
    """Joins, leaves and bounces of a list, or of all lists together, in the last months."""
    shown_months = _last_months(months)
    people: dict[tuple[str, str], dict[date, int]] = defaultdict(dict)
    for kind, month, origin, count in sql.months(mailing_list.pk if mailing_list else None, list(KINDS), shown_months[0]):
        people[kind, origin][month] = count
    return MonthlyCounts(shown_months, people)


def _last_months(count: int) -> list[date]:
    today = clock.in_zone(clock.now(), publication().zone).date()
    numbers = range(today.year * 12 + today.month - count, today.year * 12 + today.month)
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]


def fold() -> int:
    """Replace the rows of list_count by their sums. Part of the worker's upkeep."""
    return sql.fold()
