"""Waits for another process or thread: until a condition is true, never for a fixed time."""

import time
from collections.abc import Callable

from django.db import connection


def wait_until(condition: Callable[[], object], seconds: float = 30.0, what: str = "", pause: float = 0.05) -> None:
    """Return once `condition()` is true. Raises AssertionError after `seconds`, a time that a busy machine must not reach."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what or condition}")
        time.sleep(pause)


def somebody_waits() -> bool:
    """Whether a transaction of the test's database waits for a lock."""
    with connection.cursor() as cursor:
        # Other tests run in other databases of the server. A row's lock names no database, but who waits for it has further locks.
        cursor.execute(
            "SELECT count(*) FROM pg_locks w WHERE NOT granted AND EXISTS (SELECT FROM pg_locks h WHERE h.pid = w.pid "
            "AND h.database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
        )
        return bool(cursor.fetchone()[0])
