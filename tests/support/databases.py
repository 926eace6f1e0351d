"""The databases of a test run: one is migrated, and each process of a parallel run works in a copy of it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connection

from config.embedded.server_paths import OWNER
from tests.support.servers import DATA_DIR, SERVERS

TEMPLATE = "test_template"


def create(name: str) -> None:
    """Create the database `name` with every table. The first process of a run makes the migrations, the others wait for it."""
    with _one_at_a_time():
        if not _exists(TEMPLATE):
            _make_template()
        if not _exists(name):
            with SERVERS.connect() as admin:
                admin.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} OWNER {OWNER}")
    SERVERS.prepare_database(name)  # grants on a database are no part of its copy


def _make_template() -> None:
    """Migrate under another name first: a process that dies meanwhile leaves no half template."""
    draft = f"{TEMPLATE}_draft"
    SERVERS.prepare_database(draft)
    mine = connection.settings_dict
    before = {key: mine[key] for key in ("NAME", "USER")}
    connection.close()
    mine.update(NAME=draft, USER=OWNER)
    try:
        call_command("migrate", verbosity=0, interactive=False)
    finally:
        connection.close()
        mine.update(before)
    with SERVERS.connect() as admin:
        admin.execute(f"ALTER DATABASE {draft} RENAME TO {TEMPLATE}")


def _exists(name: str) -> bool:
    with SERVERS.connect() as admin:
        return admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with (DATA_DIR / "databases.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
