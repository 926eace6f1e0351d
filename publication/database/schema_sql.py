"""The database server: the migration lock, append-only tables, durability settings, and the number of connections."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error, connection

from publication.database.statement_sql import column, query

PAUSE = 0.1  # seconds
MIGRATION_LOCK = 0x4D61696C  # "Mail"; any number that no other lock of ours uses


@contextmanager
def migration_lock() -> Iterator[None]:
    """Wait until no other process migrates this database. If the process dies, its connection's end frees the lock.

    It asks again and again: an index that is built beside running programs waits for every statement that runs, also for one that
    waits for this lock.
    """
    while not query("SELECT pg_try_advisory_lock(%s)", [MIGRATION_LOCK])[0][0]:
        time.sleep(PAUSE)
    try:
        yield
    finally:
        query("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])


def protect_append_only() -> None:
    """Revoke UPDATE, DELETE and TRUNCATE on append-only tables from all but the owner. Call it as the owner.

    Needed because their triggers do not see TRUNCATE, and ALTER DEFAULT PRIVILEGES gives roles the usual rights on every new
    table. The tables are recognised by their trigger.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM %s', t.tgrelid::regclass,
                          CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END)
            FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid
            CROSS JOIN LATERAL aclexplode(c.relacl) a
            WHERE p.proname = 'refuse_change' AND a.grantee <> c.relowner
              AND a.privilege_type IN ('UPDATE', 'DELETE', 'TRUNCATE')
            GROUP BY t.tgrelid, a.grantee
            """
        )
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)


def answers() -> bool:
    """Whether the database answers. A connection that broke since it was last used is replaced, not reported."""
    try:
        return query("SELECT 1") == [(1,)]  # Django checks a kept connection only when a cursor is opened
    except Error:
        return False


def role() -> tuple[str, bool]:
    """The role that this process connects as, and whether it is a superuser."""
    name, superuser = query("SELECT current_user::text, rolsuper FROM pg_roles WHERE rolname = current_user")[0]
    return name, superuser


def forgetful() -> list[str]:
    """The durability settings that are switched off on the server (fsync, synchronous_commit, full_page_writes)."""
    return column(
        "SELECT name FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes') AND setting = 'off' "
        "ORDER BY name"
    )


def connection_limits() -> tuple[int, int]:
    """The maximum number of client connections, and the number in use now."""
    most, held = query(
        "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int, "
        # A role that is not a superuser sees few columns of other roles' backends; `usesysid` is one of them.
        "(SELECT count(*) FROM pg_stat_activity WHERE usesysid IS NOT NULL "
        "AND COALESCE(backend_type, 'client backend') = 'client backend')"
    )[0]
    return most, held
