"""`mailroom up` and `mailroom down`: starts and stops everything on one machine."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING

import click

from cli import bootstrap, output
from cli.error_reporting import CliError
from cli.texts.printed_values import near_path
from config import public_urls
from config.env import load, sandbox_file
from config.processes import child_processes

if TYPE_CHECKING:
    from cli.system.service_processes import ServiceProcesses


@click.command()
def up() -> None:
    """Start everything that sends and serves, until Ctrl-C.

    These are database and broker (embedded, unless their URLs are set), workers, beat and web server, and the sandbox as
    provider if MAILROOM_SENDGRID_API_KEY is not set.

    Example: mailroom up
    """
    from cli.system.service_processes import ServiceProcesses

    record = load()["DATA_DIR"] / "run" / "up.json"
    if (owner := child_processes.running_owner(record)) is not None:
        hint = "use it, or stop it: mailroom down. To see whether one of its processes hangs: mailroom system doctor"
        raise CliError(f"mailroom up is already running on this data directory (pid {owner})", hint)
    # The file of a killed run names its sandbox; a new run has its own.
    for name in child_processes.stop_leftovers(record):
        output.note(f"stopped a process that a killed run had left behind: {name}")
    sandbox_file(record.parent.parent).unlink(missing_ok=True)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: ended.set())
    environment = bootstrap.set_up()
    everything = ServiceProcesses(environment, output.note, servers=bootstrap.joined_servers())
    try:
        everything.start()
        _tell(everything)
        while not ended.wait(1.0):
            everything.watch()
        output.say("Stopping; requests that are under way finish first …")
    finally:
        everything.stop()
        bootstrap.leave_servers()
    output.say("Stopped.")


def _tell(everything: ServiceProcesses) -> None:
    from cli.system.service_processes import typed
    from publication.staff import accounts, staff_links

    public = everything.environment["PUBLIC_URL"]
    by_name = public.replace("//127.0.0.1", "//localhost")  # browsers bind passkeys to a name, never to an address
    output.say("Mailroom is running. Ctrl-C stops it.")
    login = typed(everything.data_dir, "staff", "invite", "ADDRESS")
    output.say(f"  console  {by_name}/console/        (to invite somebody: {login})")
    if accounts.is_first():
        link = public_urls.join_url(staff_links.first_account_token()).replace(public, by_name)
        output.say(f"  account  {link}  (creates the first account; works once, for a day)")
    output.say(f"  hooks    {public}/hooks/sendgrid  (for the provider's signed event webhook)")
    if everything.sandbox_url:
        output.say(f"  inbox    {everything.sandbox_url}/         (of the sandbox: no mail leaves this machine)")
    else:
        output.say(f"  provider {everything.environment['SENDGRID_HOST']}")
    output.say(f"  logs     {near_path(everything.data_dir / 'log')}")


@click.command()
def down() -> None:
    """Stop everything that `mailroom up` started, and the embedded servers.

    This includes processes that a killed run left behind. Commands that are using the servers lose them.

    Example: mailroom down
    """
    environment = load()
    record = environment["DATA_DIR"] / "run" / "up.json"
    stopped = []
    if (owner := child_processes.running_owner(record)) is not None:
        os.kill(owner, signal.SIGTERM)
        deadline = time.monotonic() + 60
        while child_processes.running_owner(record) is not None and time.monotonic() < deadline:
            time.sleep(0.2)
        stopped.append(f"mailroom up (pid {owner})")
    stopped += child_processes.stop_leftovers(record)
    sandbox_file(environment["DATA_DIR"]).unlink(missing_ok=True)
    servers = bootstrap.embedded_servers(environment)
    if servers.paths.run_dir.exists():
        stopped += servers.shut_down()
    output.say(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")
