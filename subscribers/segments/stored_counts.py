"""Counts over all people: kept with their time and cost, so that looking at a page does not start them again.

With a million people one takes seconds. Only one runs at a time in the whole installation, however many ask; everybody
else is shown the stored figures. A count is repeated by itself once it is a hundred times as old as it took to make, so
that counting never takes more than a hundredth of one processor's time; staff may repeat it at any time.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.db import OperationalError, transaction
from django.db.models import Count

from config import statement_limits
from publication import clock
from publication.database.statement_sql import limited, ran_out
from subscribers.models import MailingList, Segment, StoredCount, Subscriber, Suppression
from subscribers.segments import compiler, recipients, stored_counts_sql

INLINE = timedelta(seconds=0.25)  # what a page may spend on a count before it is shown
OLD_BY_COST = 100
OLD_AT_MOST = timedelta(hours=1)

Figures = dict[str, Any]


class CountOutcome(Enum):
    """What became of a wish to count."""

    COUNTED = "counted"
    BUSY = "busy"  # another count is running
    GAVE_UP = "gave up"  # it ran into its time limit


@dataclass(frozen=True, slots=True)
class KnownCount:
    """What is known of one count: `figures` of the moment `at`, or None; whether a try ran into its limit."""

    figures: Figures | None
    at: datetime | None
    seconds: float
    tried_at: datetime | None
    gave_up_after: float

    @property
    def pause(self) -> timedelta:
        """The time to the next count that keeps counting to a hundredth of one processor's time."""
        return timedelta(seconds=self.seconds * OLD_BY_COST)

    @property
    def is_old(self) -> bool:
        return self.at is None or clock.now() - self.at > min(OLD_AT_MOST, self.pause)

    @property
    def may_be_quick(self) -> bool:
        """Whether a page may try it before it is shown."""
        return self.is_old and not self.gave_up_after and self.seconds < INLINE.total_seconds()

    @property
    def too_large(self) -> bool:
        """Whether the web server's time was not enough for it."""
        return self.gave_up_after >= statement_limits.WEB.total_seconds()

    @property
    def is_wanted(self) -> bool:
        """Whether the page should ask for it by itself."""
        if self.too_large and self.tried_at is not None:
            return clock.now() - self.tried_at > OLD_AT_MOST
        return self.is_old


NEVER = KnownCount(None, None, 0, None, 0)


@dataclass(frozen=True, slots=True)
class PeopleCount:
    """One thing to count: the name it is stored under, what exactly is counted, and how. `make` is the only way to count it."""

    name: str
    of: str  # stored figures of another text are not its figures
    figures: Callable[[], Figures]

    def make(self, within: timedelta) -> CountOutcome:
        """Count and store. Raises what `figures` raises."""
        begun = time.monotonic()
        try:
            with limited(within), transaction.atomic():
                if not stored_counts_sql.try_lock():
                    return CountOutcome.BUSY
                self.keep(self.figures(), time.monotonic() - begun)
        except OperationalError as error:
            if not ran_out(error):
                raise
            self._note_limit(within)
            return CountOutcome.GAVE_UP
        return CountOutcome.COUNTED

    def keep(self, figures: Figures, seconds: float) -> None:
        now = clock.now()
        counted = {"figures": figures, "counted_at": now, "seconds": seconds, "tried_at": now, "gave_up_after": 0}
        StoredCount.objects.update_or_create(name=self.name, defaults={"of": self.of, **counted})

    def _note_limit(self, within: timedelta) -> None:
        # Figures that were counted before stay, as long as they are of the same thing.
        fields = {"tried_at": clock.now(), "gave_up_after": within.total_seconds()}
        if not StoredCount.objects.filter(name=self.name, of=self.of).update(**fields):
            nothing = {"figures": None, "counted_at": None, "seconds": 0}
            StoredCount.objects.update_or_create(name=self.name, defaults={"of": self.of, **nothing, **fields})


def of_segment(segment: Segment) -> PeopleCount:
    """Everyone whom the segment describes. Making it raises SegmentError."""
    text = segment.text
    return PeopleCount(f"segment:{segment.pk}", text, lambda: {"people": compiler.matching(text).count()})


def keep(segment: Segment, people: int, seconds: float) -> None:
    """Store the number of people in a segment that was counted elsewhere: the next page shows it."""
    of_segment(segment).keep({"people": people}, seconds)


def known(counts: Sequence[PeopleCount]) -> dict[str, KnownCount]:
    """name -> what is stored of it."""
    rows = StoredCount.objects.filter(name__in=[count.name for count in counts])
    stored = {
        (row.name, row.of): KnownCount(row.figures, row.counted_at, row.seconds, row.tried_at, row.gave_up_after) for row in rows
    }
    return {count.name: stored.get((count.name, count.of), NEVER) for count in counts}


def for_page(counts: Sequence[PeopleCount]) -> dict[str, KnownCount]:
    """`known`, after making those that are old and known to be quick, until one is not, or a second has gone by."""
    before, end, made = known(counts), time.monotonic() + 1, False
    for count in counts:
        if before[count.name].may_be_quick:
            made = True
            if count.make(INLINE) is not CountOutcome.COUNTED or time.monotonic() > end:
                break
    return known(counts) if made else before


def up_to_date(count: PeopleCount, within: timedelta) -> KnownCount:
    """The stored count, counted again first if it is old and nobody else is counting. Raises what its figures raise."""
    before = known([count])[count.name]
    if not before.is_wanted:
        return before
    count.make(within)
    return known([count])[count.name]


def _audience() -> Figures:
    suppressed = Suppression.objects.values_list("reason").annotate(people=Count("id")).order_by("-people")
    return {
        "mailable": {
            str(mailing_list.pk): recipients.count([mailing_list]) for mailing_list in MailingList.objects.order_by("id")
        },
        "suppressed": [list(row) for row in suppressed],
        "people": Subscriber.objects.filter(erased_at=None, merged_into=None).count(),
        "erased": Subscriber.objects.filter(erased_at__isnull=False).count(),
    }


# People who can be mailed by list, suppressions by reason, and people. People of lists by state: `people.list_counts`.
AUDIENCE = PeopleCount("audience", "", _audience)
