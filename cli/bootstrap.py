"""Prepares the process of a command that needs the database: joins the embedded servers, sets up Django, checks the schema."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cli import output
from cli.click_extensions import CommandGroup, JsonCommand
from config import private_files
from config.embedded import server_paths
from config.env import Environment, SettingsError, load

if TYPE_CHECKING:
    from config.embedded.embedded_servers import EmbeddedServers
    from publication.models import Actor

Result = TypeVar("Result")
_joined: list[Any] = []


def set_up(*, migrated: bool = True) -> Environment:
    """Set up this process once; calling it again is cheap. Raises SettingsError, EmbeddedError, CliError.

    Embedded servers are started or joined, and left at exit: the last process that leaves stops them. With `migrated` the
    schema of an embedded database is brought up to date, and that of a database of your own is checked.
    """
    import django

    os.umask(private_files.UMASK)  # before anything is created: the settings, which set it as well, come after the data directory
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    environment = load()
    if environment.faults:
        raise SettingsError(environment.faults)
    if environment.embedded_database or environment.embedded_broker:
        join_servers(environment)
    _quieten()
    django.setup()
    if migrated:
        from cli import schema_migrations

        schema_migrations.require_current(environment)
    return environment


class DatabaseCommand(JsonCommand):
    """A command for which the process is set up before it runs."""

    def invoke(self, ctx: click.Context) -> Any:
        set_up()
        return super().invoke(ctx)


class DatabaseGroup(CommandGroup):
    command_class = DatabaseCommand


def embedded_servers(environment: Environment) -> EmbeddedServers:
    """The embedded servers that the settings describe, not yet joined."""
    from config.embedded.embedded_servers import EmbeddedServers

    os.umask(private_files.UMASK)
    return EmbeddedServers(
        server_paths.EmbeddedPaths.of(environment["DATA_DIR"]),
        user=environment["EMBEDDED_USER"],
        may_chmod=environment["EMBEDDED_CHMOD"],
        major=environment["EMBEDDED_POSTGRES"],
    )


def join_servers(environment: Environment) -> None:
    """Start or join the embedded servers, once in a process; they are left at exit."""
    if _joined:
        return
    ours = embedded_servers(environment)
    new = not ours.paths.postgres_dir(environment["EMBEDDED_POSTGRES"]).exists()
    atexit.register(leave_servers)
    with _interrupts_delayed(), output.busy("Creating the embedded database, once" if new else "Joining the embedded servers"):
        ours.join()
        _joined.append(ours)
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        # A command that is terminated still leaves the servers: otherwise they would go on running unused.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def joined_servers() -> EmbeddedServers | None:
    """The embedded servers that this process uses; None where database and broker are your own."""
    return _joined[0] if _joined else None


def leave_servers() -> None:
    """Leave the embedded servers; the last process that leaves stops them."""
    with _interrupts_delayed():
        while _joined:
            ours = _joined.pop()
            if "django.db" in sys.modules:
                from django import db

                # With wrong settings there is no connection to close, and the error has been reported already.
                with contextlib.suppress(SettingsError):
                    db.connections.close_all()
            ours.leave()


@contextmanager
def _interrupts_delayed() -> Iterator[None]:
    """Ctrl-C waits until the servers are started or stopped: half started, they would go on running unused. A third Ctrl-C does
    not wait."""
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


def _quieten() -> None:
    # Standard output is for the command's result; structlog would write its lines there.
    import structlog

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger("error"), logger_factory=structlog.PrintLoggerFactory(sys.stderr)
    )


def actor() -> Actor:
    """The person at the command line, for the audit log."""
    from publication import audit

    return audit.command_line()


def confirmed(question: str, yes: bool, action: Callable[[], Result]) -> Result:
    """Ask, then run `action`. Raises CliError after a no.

    `action` is tried before, in a transaction that is undone: nobody is asked about what is impossible.
    """
    from django.db import transaction

    if not yes:
        with transaction.atomic():
            action()
            transaction.set_rollback(True)
    output.ask(question, yes)
    return action()


def wake(task: str) -> None:
    """Tell the workers that there is work. Where the broker does not answer, print a note: it costs a few seconds and no mail."""
    from worker import wake as workers

    if not workers.wake(task):
        output.note("The broker did not answer; the workers will find the work themselves within seconds.")
