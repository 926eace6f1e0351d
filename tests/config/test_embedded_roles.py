"""Access to the embedded servers, the rights of their roles, and restarts."""

import contextlib
import os
import pwd
import shutil
from collections.abc import Callable

import psutil
import psycopg
import pytest
import redis
from django.db import DatabaseError, connection, transaction
from django.db.backends.utils import CursorWrapper

from config.embedded import server_account
from config.embedded.embedded_servers import EmbeddedServers
from config.embedded.server_paths import APPLICATION, OWNER, EmbeddedError, EmbeddedPaths
from config.embedded.server_watch import ServerWatch
from tests.support.folders import folder_with_spaces
from tests.support.servers import MAJOR, SERVERS
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.processes, pytest.mark.timeout(180)]
AS_ROOT = pytest.mark.skipif(os.getuid() != 0, reason="only root runs the servers as another user")
NOBODY = 65534


@pytest.fixture
def servers():
    with folder_with_spaces() as folder:
        folder.chmod(0o711)
        made = EmbeddedServers(EmbeddedPaths.of(folder / "data"), major=MAJOR, postgres_options=("fsync=off",))
        yield made
        made.leave()
        made.shut_down()


def as_user(uid: int, attempt: Callable[[], object]) -> str:
    """Run `attempt` in a forked process as another user; returns its result, or its error, as text."""
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(uid)
            os.setuid(uid)
            os.write(writable, repr(attempt()).encode())
        except BaseException as error:
            os.write(writable, f"{type(error).__name__}: {error}".encode())
        finally:
            os._exit(0)
    os.close(writable)
    os.waitpid(child, 0)
    with os.fdopen(readable) as pipe:
        return pipe.read()


def log_in(user: str) -> object:
    connection = psycopg.connect(host=str(SERVERS.paths.socket_dir), port=5432, user=user, dbname="mailroom", connect_timeout=5)
    with connection:
        return connection.execute("SELECT current_user").fetchone()


# ------------------------------------------------------------------------------------------------------------- access
@AS_ROOT
@pytest.mark.parametrize("user", ["mailroom", OWNER, APPLICATION])
def test_another_user_of_the_machine_cannot_log_in_even_when_the_socket_is_open(user):
    assert log_in(user) == (user,)
    folder = SERVERS.paths.socket_dir
    socket = folder / ".s.PGSQL.5432"
    assert as_user(NOBODY, lambda: os.listdir(folder)).startswith("PermissionError")
    answers = []

    def came_through() -> bool:
        # All tests share these servers, and each test that starts a process makes the folder private again.
        folder.chmod(0o711)
        socket.chmod(0o777)
        answers.append(as_user(NOBODY, lambda: log_in(user)))
        return "Permission denied" not in answers[-1]

    try:
        wait_until(came_through)
        assert "Peer authentication failed" in answers[-1]
    finally:
        socket.chmod(0o700)
        folder.chmod(0o700)


def test_the_broker_needs_a_password_that_the_process_list_does_not_show():
    client = redis.Redis(unix_socket_path=str(SERVERS.paths.valkey_socket))
    with pytest.raises(redis.AuthenticationError):
        client.ping()
    client.close()
    password = SERVERS.paths.valkey_password
    assert len(password) > 40
    assert not [
        line for process in psutil.process_iter(["cmdline"]) if password in (line := " ".join(process.info["cmdline"] or []))
    ]
    kept = SERVERS.paths.data_dir / "secrets" / "valkey_password"
    assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)


@AS_ROOT
def test_start_without_system_user_and_useradd_fails_and_names_the_fix(monkeypatch):
    monkeypatch.setattr(server_account.pwd, "getpwnam", lambda name: {}[name])
    monkeypatch.setattr(server_account.shutil, "which", lambda *_, **__: None)
    with pytest.raises(EmbeddedError, match="create a system user “mailroom” that nothing else uses"):
        server_account.server_account(server_account.DEFAULT)
    with pytest.raises(EmbeddedError, match="MAILROOM_EMBEDDED_USER: there is no user “wei”"):
        server_account.server_account("wei")


def test_the_database_log_names_an_error_but_no_person():
    address = "somebody.unheard.of@people.example"
    with SERVERS.connect() as admin:
        admin.execute("CREATE TEMPORARY TABLE reader (address text PRIMARY KEY)")
        for _ in range(2):
            with contextlib.suppress(psycopg.errors.UniqueViolation):
                admin.execute(f"INSERT INTO reader VALUES ('{address}')".encode())
    log = (SERVERS.paths.postgres_dir(MAJOR) / "server.log").read_text(encoding="utf-8")
    assert 'violates unique constraint "reader_pkey"' in log
    assert address not in log


# ------------------------------------------------------------------------------------------------------------- the rights
@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE audit DISABLE TRIGGER audit_append_only",
        "DROP TRIGGER delivery_log_append_only ON delivery_log",
        "UPDATE audit SET verb = 'nothing'",
        "DELETE FROM delivery_log",
        "UPDATE address_hash_key SET key = key",
        "CREATE TABLE public.mine (id int)",
        "DROP TABLE subscriber",
        "CREATE ROLE other SUPERUSER",
        "COPY subscriber TO PROGRAM 'cat'",
        "SELECT pg_read_file('/etc/passwd')",
        "SET ROLE mailroom_owner",
    ],
)
def test_the_application_role_can_change_rows_and_nothing_else(statement):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == (APPLICATION,)
        with pytest.raises(DatabaseError, match=r"permission denied|must be owner|append-only"), transaction.atomic():
            cursor.execute(statement)


INT = "int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'"
# A check constraint can have any name, and an operator hides the function that it calls.
OPERATOR = """
CREATE FUNCTION filling.eq(int, int) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN true; END';
CREATE OPERATOR filling.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = filling.eq);
"""


@pytest.mark.django_db
def test_code_in_a_table_that_the_application_made_never_runs_as_the_owner():
    """Tries one table after another, because each is rejected before anything changes."""
    sly = f"CREATE FUNCTION filling.sly(int) RETURNS {INT};"
    additions = {
        "trigger": "CREATE FUNCTION filling.sly() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
        "CREATE TRIGGER sly BEFORE UPDATE ON {0} FOR EACH ROW EXECUTE FUNCTION filling.sly()",
        "index": sly + "CREATE INDEX ON {0} (filling.sly(1))",
        "check": sly + "ALTER TABLE {0} ADD CONSTRAINT sly CHECK (filling.sly(1) = 1)",
        "check under the expected name": "ALTER TABLE {0} DROP CONSTRAINT {1}_only;" + OPERATOR
        + "ALTER TABLE {0} ADD CONSTRAINT {1}_only CHECK (1 OPERATOR(filling.===) 1)",
        "check of another campaign": "ALTER TABLE {0} DROP CONSTRAINT {1}_only, ADD CONSTRAINT {1}_only CHECK (campaign_id = 1)",
        "default": sly + "ALTER TABLE {0} ALTER slice SET DEFAULT filling.sly(1)",
        "rule": "CREATE RULE sly AS ON DELETE TO {0} DO INSTEAD NOTHING",
        "policy": "CREATE POLICY sly ON {0} USING (true)",
        "row security": "ALTER TABLE {0} ENABLE ROW LEVEL SECURITY",
        "statistics": sly + "CREATE STATISTICS filling.sly ON slice, (filling.sly(slice)) FROM {0}",
        "domain": sly + "CREATE DOMAIN filling.number AS int CHECK (filling.sly(VALUE) = 1);"
        "ALTER TABLE {0} ALTER slice TYPE filling.number",
        "generated": sly + "ALTER TABLE {0} DROP slice, ADD slice int GENERATED ALWAYS AS (filling.sly(1)) STORED",
        "identity": "ALTER TABLE {0} ALTER slice ADD GENERATED ALWAYS AS IDENTITY",
        "collation": 'ALTER TABLE {0} ALTER state TYPE text COLLATE "C"',
        "one more column": "ALTER TABLE {0} ADD more int",
        "inheritance": "CREATE TABLE filling.child () INHERITS ({0})",
        "view": "CREATE VIEW filling.seen AS SELECT slice FROM {0}",
        "cast": "CREATE FUNCTION filling.sly({0}) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1';"
        "CREATE CAST ({0} AS int) WITH FUNCTION filling.sly({0}) AS IMPLICIT",
        "foreign key": "ALTER TABLE {0} ADD CONSTRAINT own UNIQUE (slice); CREATE TABLE filling.other (n int REFERENCES {0} (slice))",
        "right to add triggers": "GRANT TRIGGER ON {0} TO PUBLIC",
        "right to read": "GRANT SELECT ON {0} TO PUBLIC",
        "right to write of a role that reads nothing": "GRANT UPDATE ON {0} TO pg_monitor",
        "right to pass on": "GRANT SELECT ON {0} TO pg_monitor WITH GRANT OPTION",
        "right on a column": "GRANT REFERENCES (slice) ON {0} TO PUBLIC",
        "not logged": "ALTER TABLE {0} SET UNLOGGED",
    }  # fmt: skip
    attached = []
    with connection.cursor() as cursor:
        for addition in additions.values():
            with contextlib.suppress(UndoneError), transaction.atomic():
                make_plain_table(cursor)
                cursor.execute(addition.format(PLAIN, PLAIN.partition(".")[2]))
                try:
                    with transaction.atomic():
                        cursor.execute("SELECT attach_delivery(987654)")
                    attached.append(addition)
                except DatabaseError as error:
                    if "is not a plain table" not in str(error):
                        attached.append(f"{addition}: {error}")
                raise UndoneError
        assert attached == []
        make_plain_table(cursor)
        cursor.execute("SELECT attach_delivery(987654)")


@pytest.mark.django_db(transaction=True)
def test_a_table_is_never_checked_against_an_older_snapshot():
    """Another session may have changed the table since the snapshot. The checks would read the old catalogues, but ALTER TABLE
    would change the new table.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        with pytest.raises(DatabaseError, match="needs READ COMMITTED"), transaction.atomic():
            cursor.execute("SELECT attach_delivery(987654)")


PLAIN = "filling.delivery_987654"


class UndoneError(Exception):
    """Rolls back the transaction of a block."""


def make_plain_table(cursor: CursorWrapper) -> None:
    cursor.execute(f"CREATE TABLE {PLAIN} (LIKE public.delivery INCLUDING DEFAULTS)")
    cursor.execute(f"ALTER TABLE {PLAIN} ADD CONSTRAINT delivery_987654_only CHECK (campaign_id = 987654)")


def crash(servers: EmbeddedServers) -> None:
    for process in (servers._postmaster(), servers._valkey_process()):
        process.kill()
    wait_until(lambda: len(servers.ended()) == 2, what="both have ended", pause=0.02)


# ------------------------------------------------------------------------------------------------------------------ restarts
def test_servers_that_die_are_started_again_with_growing_pauses(servers):
    messages: list[str] = []
    servers.join()
    watch = ServerWatch(servers, messages.append)
    watch.look()
    assert messages == []
    crash(servers)
    watch.look()
    assert messages == ["PostgreSQL and Valkey ended; starting again", "PostgreSQL and Valkey runs again"]
    assert servers.postgres_answers()
    assert servers.valkey_answers()
    crash(servers)
    watch.look()
    assert len(messages) == 2, "the second start waits a second"
    watch.last -= 1
    shutil.move(servers.paths.postgres_dir(MAJOR) / "PG_VERSION", servers.paths.data_dir / "kept")
    (servers.paths.data_dir / f"postgres-{MAJOR}.new").write_text("in the way", encoding="utf-8")
    watch.look()
    assert "did not start" in messages[-1]
    shutil.move(servers.paths.data_dir / "kept", servers.paths.postgres_dir(MAJOR) / "PG_VERSION")
    watch.last -= 2
    watch.look()
    assert "run" in messages[-1]
    assert servers.ended() == []


def test_servers_of_an_ordinary_user_run_as_that_user():
    if os.getuid() == 0:
        assert as_user(NOBODY, lambda: server_account.server_account("mailroom").pw_uid) == str(NOBODY)
    else:
        assert server_account.server_account("mailroom") == pwd.getpwuid(os.getuid())
