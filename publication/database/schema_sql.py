"""The database server itself: who may migrate now, and how many connections it takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error, connection

from publication.database.statement_sql import column, query

MIGRATION_LOCK = 0x4D61696C  # "Mail"; any number that nothing else of ours uses


@contextmanager
def migration_lock() -> Iterator[None]:
    """Waits until nobody else migrates this database; freed with the connection if the process dies."""
    query("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
    try:
        yield
    finally:
        query("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])


def protect_append_only() -> None:
    """Let nobody but the owner change or empty an append-only table: their triggers do not see TRUNCATE. As the owner.

    They are recognised by their trigger. Roles get the usual rights on every new table by ALTER DEFAULT PRIVILEGES.
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
        return query("SELECT 1") == [(1,)]  # Django checks a kept connection where a cursor is opened, and nowhere else
    except Error:
        return False


def role() -> tuple[str, bool]:
    """(the role that this process connects as, whether it is a superuser)."""
    name, superuser = query("SELECT current_user::text, rolsuper FROM pg_roles WHERE rolname = current_user")[0]
    return name, superuser


def forgetful() -> list[str]:
    """Of the server's promises to keep what it has confirmed, those that are switched off."""
    return column(
        "SELECT name FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes') AND setting = 'off' "
        "ORDER BY name"
    )


def connection_limits() -> tuple[int, int]:
    """(connections that clients may hold, those held now by anybody)."""
    most, held = query(
        "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int, "
        # Of others' backends a role that is no superuser sees little more than that they have a user.
        "(SELECT count(*) FROM pg_stat_activity WHERE usesysid IS NOT NULL "
        "AND COALESCE(backend_type, 'client backend') = 'client backend')"
    )[0]
    return most, held
