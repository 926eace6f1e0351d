"""Access to the embedded PostgreSQL: authentication of clients, and the three roles of its database.

`mailroom` is the superuser: it creates roles and databases, and no request or task ever uses it. `mailroom_owner` owns all
tables and runs migrations. Everything else connects as `mailroom_app`: it reads and writes rows, but cannot change a table
or disable a trigger. docs/operations.md describes the same roles for your own server.
"""

from collections.abc import Callable, Iterable, Iterator

import psycopg

from config.embedded.server_paths import APPLICATION, OWNER, SUPERUSER

Connect = Callable[[str], psycopg.Connection[tuple[object, ...]]]
DRAFTS = "filling"  # the schema in which the application may create tables; they are later attached to `delivery`

# Peer authentication: the kernel reports the user at the other end of the socket. So there is no password to keep or leak, and
# no time is spent on checking one. Only the user that started Mailroom has a line in pg_ident.conf.
HBA = f"""# Written by Mailroom at each start.
local all {SUPERUSER},{OWNER},{APPLICATION} peer map=mailroom
local replication {SUPERUSER} peer map=mailroom
"""

OWNERS = f"""
SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END,
       c.oid::regclass::text
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relowner = '{SUPERUSER}'::regrole AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                  AND c.relkind = 'S' AND d.deptype IN ('a', 'i'))
UNION ALL
SELECT 'ROUTINE', p.oid::regprocedure::text FROM pg_proc p
WHERE p.pronamespace = 'public'::regnamespace AND p.proowner = '{SUPERUSER}'::regrole
"""
# The last grant of `prepare`: if it is missing, a run was killed.
DONE = f"""
SELECT CASE WHEN to_regrole('{APPLICATION}') IS NULL THEN false
            ELSE COALESCE(has_schema_privilege('{APPLICATION}', to_regnamespace('{DRAFTS}'), 'CREATE'), false) END
"""
GRANTS = (
    f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {APPLICATION}",
    f"GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {APPLICATION}",
    f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APPLICATION}",
    f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO {APPLICATION}",
    # So that the owner may take over the tables that the application made for a campaign.
    f"GRANT {APPLICATION} TO {OWNER}",
    f"CREATE SCHEMA IF NOT EXISTS {DRAFTS} AUTHORIZATION {OWNER}",
    f"GRANT USAGE, CREATE ON SCHEMA {DRAFTS} TO {APPLICATION}",
)


def ident(client: str, server: str) -> str:
    """pg_ident.conf: the user that started Mailroom may use each role, as may the servers' user, which owns the files anyway."""
    lines = {f'mailroom "{client}" {role}\n' for role in (SUPERUSER, OWNER, APPLICATION)} | {f'mailroom "{server}" {SUPERUSER}\n'}
    return "# Written by Mailroom at each start.\n" + "".join(sorted(lines))


def prepare(connect: Connect, name: str) -> None:
    """Create or correct roles, database, owners and grants. Every step can be repeated; cheap if nothing is to be done."""
    try:
        with connect(name) as connection:
            if connection.execute(DONE.encode()).fetchone() == (True,):
                return
    except psycopg.OperationalError as error:
        if "does not exist" not in str(error):
            raise
    with connect("postgres") as connection:
        _execute(connection, _make(connection, name))
    with connect(name) as connection:
        # One by one: a single transaction over thousands of campaigns' tables would exceed the limit of locks.
        for kind, owned in connection.execute(OWNERS.encode()).fetchall():
            _execute(connection, [f"ALTER {kind} {owned} OWNER TO {OWNER}"])
        _execute(connection, GRANTS)


def _make(connection: psycopg.Connection[tuple[object, ...]], name: str) -> Iterator[str]:
    for role in (OWNER, APPLICATION):
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
            yield f"CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION"
    owner = connection.execute("SELECT datdba::regrole::text FROM pg_database WHERE datname = %s", [name]).fetchone()
    if owner is None:
        yield f'CREATE DATABASE "{name}" OWNER {OWNER}'
    elif owner != (OWNER,):
        yield f'ALTER DATABASE "{name}" OWNER TO {OWNER}'


def _execute(connection: psycopg.Connection[tuple[object, ...]], statements: Iterable[str]) -> None:
    for statement in statements:
        connection.execute(statement.encode())
