"""Runs hand-written SQL on Django's connection, in the caller's transaction."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.pq import TransactionStatus

from config import statement_limits

QUERY_CANCELED = "57014"  # SQLSTATE; also that of a cancel request from outside
Parameters = Sequence[Any] | Mapping[str, Any]


def query(sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
    """Run one statement; returns its rows, [] if it returns none."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall()) if cursor.description else []


def first(sql: str, parameters: Parameters = ()) -> tuple[Any, ...] | None:
    """Run one statement; returns its first row, None if it returns none."""
    return next(iter(query(sql, parameters)), None)


def column(sql: str, parameters: Parameters = ()) -> list[Any]:
    """Run one statement; returns the first value of each row."""
    return [row[0] for row in query(sql, parameters)]


def number(sql: str, parameters: Parameters = ()) -> int:
    """Run one statement that returns a single number."""
    return int(query(sql, parameters)[0][0])


def exists(sql: str, parameters: Parameters = ()) -> bool:
    """Run one statement; returns whether it has any row."""
    return bool(query(sql, parameters))


def changed(sql: str, parameters: Parameters = ()) -> int:
    """Run one statement; returns the number of rows that it inserted, changed or removed."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.rowcount)


def hot(sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Run one of the few statements that every slice needs, as a prepared statement: planned once per connection.

    Measured for a slice of 200: it takes a third of the processor time of Django's cursor, and the server takes a fifth less,
    because it does not plan again for each range.
    """
    link = connections[DEFAULT_DB_ALIAS]  # looked up once: `connection` looks it up again for every attribute
    link.ensure_connection()
    raw = link.connection
    with link.wrap_database_errors, psycopg.Cursor(raw) as cursor:
        if raw.prepare_threshold is None:  # Django switches prepared statements off
            raw.prepare_threshold = 1
            cursor.execute("SET plan_cache_mode = force_generic_plan")
        cursor.execute(sql, parameters, prepare=True)
        # Not `description`, which creates an object for each column.
        return cursor.fetchall() if cursor.rownumber is not None else []


def bound_session(link: BaseDatabaseWrapper) -> None:
    """Limit the time of a statement, and the time that a session may be idle inside a transaction.

    A stopped process, or one whose machine is gone, would keep its row locks: others would wait for its slice, or skip it,
    until somebody ended the process. None of our transactions is idle for a minute between two statements. A limit that the
    database or the role already has stays. It is set by a statement, because poolers reject options at connecting.
    """
    limit = statement_limits.of_process()
    with link.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('idle_in_transaction_session_timeout', '60s', false) "
            "WHERE current_setting('idle_in_transaction_session_timeout') = '0'"
        )
        # A fill or an import must be able to finish even if the database has a limit for interactive use.
        cursor.execute(
            "SELECT set_config('statement_timeout', %s, false) WHERE %s OR current_setting('statement_timeout') = '0'",
            [_milliseconds(limit), limit >= statement_limits.LONG],
        )


@contextmanager
def session_lock(key: int) -> Iterator[bool]:
    """Try to take the advisory lock; yields whether this session has it. It is released after the block, or with the session."""
    taken = bool(query("SELECT pg_try_advisory_lock(%s)", [key])[0][0])
    try:
        yield taken
    finally:
        if taken:
            query("SELECT pg_advisory_unlock(%s)", [key])


@contextmanager
def limited(limit: timedelta) -> Iterator[None]:
    """Set another limit for the statements inside: longer for a long job, shorter for one that may be given up."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        before = cursor.fetchone()[0]
        cursor.execute("SELECT set_config('statement_timeout', %s, false)", [_milliseconds(limit)])
    try:
        yield
    finally:
        # In a failed transaction no statement works, but its rollback restores the limit. A lost session needs no limit.
        raw = connection.connection
        if raw is not None and raw.info.transaction_status in (TransactionStatus.IDLE, TransactionStatus.INTRANS):
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, false)", [before])


def ran_out(error: BaseException) -> bool:
    """Whether the database ended a statement because of its limit."""
    return getattr(error.__cause__ or error, "sqlstate", None) == QUERY_CANCELED


def _milliseconds(limit: timedelta) -> str:
    return f"{round(limit.total_seconds() * 1000)}ms"
