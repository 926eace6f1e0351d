"""Declares how long each kind of record is kept: the period, the text of docs/security.md, and what removes older records.

Each app declares its records in its module `data_protection`. The worker's upkeep removes them.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from django.db.models.functions import Now

from publication import clock, policies
from publication.models import Publication


class Retention(NamedTuple):
    """One kind of record. `remove` gets the moment before which records are too old, and returns how many it removed.

    `period` is the default if the publication has a policy for it.
    """

    period: timedelta
    text: str
    remove: Callable[[Any], int]
    by_database: bool = False  # the database's clock wrote the times, so the moment is one of it, too
    policy: str = ""  # in days; without one the period is fixed
    is_personal: bool = True  # data about people

    def kept_for(self, row: Publication | None = None) -> timedelta:
        """The period that applies now."""
        return timedelta(days=policies.number(self.policy, row)) if self.policy else self.period

    def end(self) -> int:
        """Remove the records whose period is over; returns how many."""
        return self.remove((Now() if self.by_database else clock.now()) - self.kept_for())


def by_policy(name: str, text: str, remove: Callable[[Any], int], *, by_database: bool = False) -> Retention:
    """Records of which the publication's policy `name` says how many days they are kept."""
    return Retention(timedelta(days=policies.POLICIES[name].default or 0), text, remove, by_database, name)


RETENTIONS: dict[str, Retention] = {}  # records are removed in this order
