"""Empties the database after a test that commits: what the migrations made stays, everything else goes."""

import atexit
import time
from functools import cache
from typing import Any

import psycopg
from django.db import connection
from django.test import TransactionTestCase
from psycopg.pq import TransactionStatus

from publication.installation import publication
from tests.support.servers import SERVERS

KEPT = ("django_migrations", "django_content_type", "auth_permission")
LARGE = 1_000_000  # bytes
PATIENCE = 5.0  # seconds; a stopped process of a test may hold a transaction longer, and loses it
TRIES = 3


def install() -> None:
    """Take the place of Django's flush, which truncates fifty tables and makes all permissions again: 800 ms instead of 50."""
    TransactionTestCase._fixture_teardown = lambda _case: empty()  # type: ignore[method-assign]
    TransactionTestCase._should_reload_connections = lambda _case: False  # type: ignore[method-assign]


def empty() -> None:
    """Remove the rows of every table, and the partitions; then make the publication's row again."""
    # A new connection costs the database 5 ms, and each of its first statements several times what it costs later.
    if connection.connection is not None and connection.connection.info.transaction_status is not TransactionStatus.IDLE:
        connection.close()  # in a transaction it would hold what is dropped
    name = connection.settings_dict["NAME"]
    admin = _admin(name)
    if admin.closed:
        _admin.cache_clear()
        admin = _admin(name)
    _wait_for_others(admin)
    # A campaign has a table of its own; hundreds of them would cost every later test seconds.
    partitions = admin.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = to_regclass('delivery')")
    for (table,) in partitions.fetchall():
        admin.execute(f"DROP TABLE {table}")
    tables = _tables(name)
    _delete_rows(admin, tables)
    large = admin.execute("SELECT n FROM unnest(%s::text[]) n WHERE pg_table_size(n::regclass) > %s", [tables, LARGE])
    for (table,) in large.fetchall():
        admin.execute(f"VACUUM {table}")  # or the rows that are gone would slow later tests down
    publication()  # made by a migration, and changed by tests
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_all()")  # as if this session had ended


@cache
def _admin(name: str) -> psycopg.Connection[Any]:
    """The administrator's connection to a database of the run, open until the process ends."""
    opened = SERVERS.connect(name)
    atexit.register(opened.close)
    return opened


@cache
def _tables(name: str) -> list[str]:
    """Tables of models: those that a migration filled, such as the key of the address hashes, are not among them."""
    return sorted({*connection.introspection.django_table_names(only_existing=True)} - {*KEPT})


def _wait_for_others(admin: psycopg.Connection[Any]) -> None:
    """Wait for requests that a page sent before its browser was closed: their rows would be in the next test, or block this."""
    deadline = time.monotonic() + PATIENCE
    while (
        time.monotonic() < deadline
        and admin.execute(
            "SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
        ).fetchone()
    ):
        time.sleep(0.01)


def _delete_rows(admin: psycopg.Connection[Any], tables: list[str]) -> None:
    """Delete without foreign keys and the triggers of tables that only grow."""
    for tried in range(1, TRIES + 1):
        try:
            admin.execute("SET session_replication_role = replica; " + "; ".join(f"DELETE FROM {name}" for name in tables))
        except psycopg.errors.DeadlockDetected:  # with a request that began only now
            if tried == TRIES:
                raise
        else:
            return
