"""How the hand-written SQL reaches the database: on Django's connection, inside whatever transaction the caller began."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.pq import TransactionStatus

from config import statement_limits

QUERY_CANCELED = "57014"  # SQLSTATE; a request to cancel from outside has it, too
Parameters = Sequence[Any] | Mapping[str, Any]


def query(sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
    """Run one statement; what it returns, [] where it returns nothing."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall()) if cursor.description else []


def first(sql: str, parameters: Parameters = ()) -> tuple[Any, ...] | None:
    """Run one statement; its first row, None where it returns none."""
    return next(iter(query(sql, parameters)), None)


def column(sql: str, parameters: Parameters = ()) -> list[Any]:
    """Run one statement; the first value of each row."""
    return [row[0] for row in query(sql, parameters)]


def number(sql: str, parameters: Parameters = ()) -> int:
    """Run one statement that returns a single number."""
    return int(query(sql, parameters)[0][0])


def exists(sql: str, parameters: Parameters = ()) -> bool:
    """Run one statement; whether it returns any row."""
    return bool(query(sql, parameters))


def changed(sql: str, parameters: Parameters = ()) -> int:
    """Run one statement; the number of rows it inserted, changed or removed."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.rowcount)


def hot(sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Run one of the few statements that every slice needs: planned once a connection, its values bound by the server.

    Measured for a slice of 200: a third of the processor time that Django's cursor takes, and a fifth off the server's by
    not planning for each range anew.
    """
    link = connections[DEFAULT_DB_ALIAS]  # looked up once: `connection` looks it up again for every attribute
    link.ensure_connection()
    raw = link.connection
    with link.wrap_database_errors, psycopg.Cursor(raw) as cursor:
        if raw.prepare_threshold is None:  # Django switches prepared statements off
            raw.prepare_threshold = 1
            cursor.execute("SET plan_cache_mode = force_generic_plan")
        cursor.execute(sql, parameters, prepare=True)
        # Not `description`: it makes an object for each column.
        return cursor.fetchall() if cursor.rownumber is not None else []


def bound_session(link: BaseDatabaseWrapper) -> None:
    """Limit how long a statement takes and how long the session rests inside a transaction.

    A process that stopped, or whose machine is gone, would keep its row locks: others would wait for a slice, or pass it
    by, until somebody ended it. No transaction of ours rests for a minute between two statements. A limit that the database
    or the role has already stays. Said by statement and not at connecting: poolers refuse options there.
    """
    limit = statement_limits.of_process()
    with link.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('idle_in_transaction_session_timeout', '60s', false) "
            "WHERE current_setting('idle_in_transaction_session_timeout') = '0'"
        )
        # Where the database has a rule for interactive use, a fill or an import must still come to its end.
        cursor.execute(
            "SELECT set_config('statement_timeout', %s, false) WHERE %s OR current_setting('statement_timeout') = '0'",
            [_milliseconds(limit), limit >= statement_limits.LONG],
        )


@contextmanager
def session_lock(key: int) -> Iterator[bool]:
    """Whether this session is the one that takes the advisory lock now; it ends with the block, or with the session."""
    taken = bool(query("SELECT pg_try_advisory_lock(%s)", [key])[0][0])
    try:
        yield taken
    finally:
        if taken:
            query("SELECT pg_advisory_unlock(%s)", [key])


@contextmanager
def limited(limit: timedelta) -> Iterator[None]:
    """Another limit for the statements inside: a longer one for a long job, a shorter one for what may be given up."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        before = cursor.fetchone()[0]
        cursor.execute("SELECT set_config('statement_timeout', %s, false)", [_milliseconds(limit)])
    try:
        yield
    finally:
        # In a transaction that failed no statement works, and its rollback takes the limit back; a lost session has none.
        raw = connection.connection
        if raw is not None and raw.info.transaction_status in (TransactionStatus.IDLE, TransactionStatus.INTRANS):
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, false)", [before])


def ran_out(error: BaseException) -> bool:
    """Whether the database ended a statement because of its limit."""
    return getattr(error.__cause__ or error, "sqlstate", None) == QUERY_CANCELED


def _milliseconds(limit: timedelta) -> str:
    return f"{round(limit.total_seconds() * 1000)}ms"
