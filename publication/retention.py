"""Declares how long each kind of record is kept: the period, the text of docs/security.md, and what removes older records.

Each app declares its records in its module `data_protection`. The worker's upkeep removes them.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from django.db.models.functions import Now

from publication import clock


class Retention(NamedTuple):
    """One kind of record. `remove` gets the moment before which records are too old, and returns how many it removed."""

    period: timedelta
    text: str
    remove: Callable[[Any], int]
    by_database: bool = False  # the database's clock wrote the times, so the moment is one of it, too

    def end(self) -> int:
        """Remove the records whose period is over; returns how many."""
        return self.remove((Now() if self.by_database else clock.now()) - self.period)


RETENTIONS: dict[str, Retention] = {}  # records are removed in this order
