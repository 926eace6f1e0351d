"""The only way from the command line into the house: servers joined, Django set up, the schema current, the actor named."""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from cli import output
from cli.error_reporting import Refused
from cli.later import later
from config import private_files as private
from config.env import Environment, SettingsFault, load

if TYPE_CHECKING:
    import django
    import structlog
    from django import db
    from django.core import management
    from django.db.migrations import executor

    from config import statement_limits
    from config.embedded import embedded_servers as embedded
    from config.embedded import server_paths as embedded_paths
    from publication import audit
    from publication.database import schema_sql, statement_sql
    from publication.models import Actor
    from worker import wake as waking
else:
    django, structlog, db = later("django"), later("structlog"), later("django.db")
    management, executor = later("django.core.management"), later("django.db.migrations.executor")
    embedded, embedded_paths = later("config.embedded.embedded_servers"), later("config.embedded.server_paths")
    statement_limits, statement_sql = later("config.statement_limits"), later("publication.database.statement_sql")
    audit, schema_sql, waking = later("publication.audit"), later("publication.database.schema_sql"), later("worker.wake")

Given = ParamSpec("Given")
Result = TypeVar("Result")
_joined: list[Any] = []


def enter(*, migrated: bool = True) -> Environment:
    """Make the house usable for this process; cheap when it is already. Raises SettingsFault, EmbeddedFault, Refused.

    Embedded servers are started or joined, and left at exit: the last one out stops them. With `migrated` the schema is
    brought up to date (embedded) or checked (given servers).
    """
    os.umask(private.UMASK)  # before anything is created: the settings, which set it as well, come after the data directory
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    environment = load()
    if environment.faults:
        raise SettingsFault(environment.faults)
    if environment.embedded_database or environment.embedded_broker:
        join(environment)
    _quieten()
    django.setup()
    if migrated:
        _check_schema(environment)
    return environment


def inside(function: Callable[Given, Result]) -> Callable[Given, Result]:
    """For commands that need the database."""

    @functools.wraps(function)
    def entered(*args: Given.args, **more: Given.kwargs) -> Result:
        enter()
        return function(*args, **more)

    return entered


def servers(environment: Environment) -> embedded.EmbeddedServers:
    """The embedded servers that the settings describe, not yet joined."""
    os.umask(private.UMASK)
    return embedded.EmbeddedServers(
        embedded_paths.EmbeddedPaths.of(environment["DATA_DIR"]),
        user=environment["EMBEDDED_USER"],
        may_chmod=environment["EMBEDDED_CHMOD"],
        major=environment["EMBEDDED_POSTGRES"],
    )


def join(environment: Environment) -> None:
    """Start or join the embedded servers, once in a process; they are left at exit."""
    if _joined:
        return
    ours = servers(environment)
    new = not ours.paths.postgres_dir(environment["EMBEDDED_POSTGRES"]).exists()
    atexit.register(leave)
    with _undisturbed(), output.busy("Making the embedded database, once" if new else "Joining the embedded servers"):
        ours.join()
        _joined.append(ours)
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        # Told to end, a command still leaves: otherwise the servers would stay on for nobody.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def joined() -> embedded.EmbeddedServers | None:
    """The embedded servers that this process uses; None where both are given."""
    return _joined[0] if _joined else None


def leave() -> None:
    """Leave the embedded servers; the last one out stops them."""
    with _undisturbed():
        while _joined:
            ours = _joined.pop()
            if "django.db" in sys.modules:
                # With faulty settings there is no connection to close, and the fault has been told already.
                with contextlib.suppress(SettingsFault):
                    db.connections.close_all()
            ours.leave()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C waits until the servers are started or stopped: half started they stay on for nobody. A third does not wait."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed: list[int] = []

    def note(number: int, _frame: object) -> None:
        pressed.append(number)
        if len(pressed) > 2:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt


def pending() -> list[str]:
    """Migrations that the database lacks, as `app.name`, in the order in which they are applied."""
    plan = executor.MigrationExecutor(db.connection)
    return [f"{step.app_label}.{step.name}" for step, _ in plan.migration_plan(plan.loader.graph.leaf_nodes())]


def migrate() -> list[str]:
    """Bring the schema up to date, one process at a time; the migrations applied. Raises Refused for a role that may not."""
    if not pending():
        return []
    with _as_owner(), statement_sql.limited(statement_limits.LONG), schema_sql.migration_lock():
        missing = pending()  # again: another may have been faster
        if missing:
            try:
                management.call_command("migrate", interactive=False, verbosity=0)
                schema_sql.protect_append_only()
            except db.DatabaseError as error:
                if not _is_forbidden(error):
                    raise
                raise Refused(
                    f"this database role may not change the tables: {str(error).strip().splitlines()[0]}",
                    "run `mailroom system migrate` with the owner's MAILROOM_DATABASE_URL; docs/operations.md, Database roles",
                ) from None
    return missing


def _is_forbidden(error: BaseException | None) -> bool:
    while error is not None:
        if getattr(error, "sqlstate", "") == "42501":  # insufficient_privilege
            return True
        error = error.__cause__ or error.__context__
    return False


@contextmanager
def _as_owner() -> Iterator[None]:
    """In the embedded database the tables belong to a role that is used for migrations alone."""
    mine = db.connection.settings_dict
    if not load().embedded_database:
        yield
        return
    user = mine["USER"]
    db.connection.close()
    mine["USER"] = embedded_paths.OWNER
    try:
        yield
    finally:
        db.connection.close()
        mine["USER"] = user


def _check_schema(environment: Environment) -> None:
    missing = pending()
    if not missing:
        return
    if environment.embedded_database:
        with output.busy("Bringing the database up to date"):
            migrate()
        return
    named = ", ".join(missing[:5]) + (", …" if len(missing) > 5 else "")
    raise Refused(f"the database lacks {output.count(len(missing), 'migration')}: {named}", "run `mailroom system migrate`")


def _quieten() -> None:
    # Standard output belongs to the answer; structlog would write its lines there.
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger("error"), logger_factory=structlog.PrintLoggerFactory(sys.stderr)
    )


def actor() -> Actor:
    """Whoever typed the command, for the audit."""
    return audit.command_line()


def wake(task: str) -> bool:
    """Tell the workers that there is work; says so where the broker does not listen, which costs one beat and no mail."""
    woken = waking.wake(task)
    if not woken:
        output.note("The broker did not take the wake-up call; the workers will find the work themselves within seconds.")
    return woken
