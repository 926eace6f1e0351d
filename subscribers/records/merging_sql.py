"""Says to the triggers that count people by list that subscriptions change by a merge."""

from collections.abc import Iterator
from contextlib import contextmanager

from publication.database.statement_sql import query


@contextmanager
def counted_as_merge() -> Iterator[None]:
    """Subscriptions that end inside are no leaves: the person stays, or left before (migration 0002). Needs a transaction."""
    _set("on")
    yield
    _set("")  # not after an error, which ends the transaction with its settings


def _set(value: str) -> None:
    query("SELECT set_config('mailroom.merging', %s, true)", [value])
