"""`mailroom demo`: composes, sends and reports the sample issue on this machine.

It has a data directory of its own, emptied at the start, ignores every MAILROOM_ variable, and talks to loopback only.
"""

from __future__ import annotations

import os
import shutil
import socket
from typing import TYPE_CHECKING, Any

import click

from cli import bootstrap, output
from cli.click_extensions import JsonCommand
from cli.error_reporting import Refused
from cli.system import sandbox_client
from config.env import PREFIX, ROOT, load
from config.processes import child_processes

if TYPE_CHECKING:
    from campaigns.reporting.reports import Report
    from cli.system.service_processes import ServiceProcesses

DEMO = ROOT / "var" / "demo"


@click.command(cls=JsonCommand, json_help="The report as one JSON document, for programs.")
def demo() -> None:
    """Show the whole way of an issue on this machine; nothing leaves it.

    Imports the sample people, makes a segment, composes the sample issue, sends it through the sandbox, waits for what
    became of each mail and writes a report to var/demo/.

    Example: mailroom demo
    """
    from cli.system.service_processes import ServiceProcesses

    _isolate()
    environment = bootstrap.set_up()
    everything = ServiceProcesses(environment, output.note, servers=bootstrap.joined_servers())
    try:
        with output.busy("Starting sandbox, web server, workers and beat"):
            everything.start(sandbox_arguments=("--speed", "0.2"))
        _follow(everything)
        from cli.system import demo_run

        campaign = demo_run.prepare(DEMO)
        demo_run.send(campaign, everything)
        report = demo_run.settle(campaign, everything)
        written = demo_run.write_report(report, everything, DEMO)
    finally:
        everything.stop()
        bootstrap.leave_servers()
    output.show(written, lambda: _tell(report, written))
    if written["inbox_duplicates"] or written["inbox_missing"] or not report.balances:
        raise Refused("the sandbox's ledger and the report disagree; var/demo/report.json has both")


def _isolate() -> None:
    """Only what the demo itself needs is in the environment; its data of the last time is gone."""
    from composer import output_folder

    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]
    data = DEMO / "data"
    if child_processes.running_owner(data / "run" / "up.json") is not None:
        raise Refused("a demo is running already", "wait for it, or stop it with Ctrl-C where it runs")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    os.environ.update({f"{PREFIX}DATA_DIR": str(data), f"{PREFIX}BIND": f"127.0.0.1:{port}", f"{PREFIX}ATTEMPT_SIZE": "50"})
    child_processes.stop_leftovers(data / "run" / "up.json")
    if data.exists():
        bootstrap.embedded_servers(load()).shut_down()
        shutil.rmtree(data)
    for old in ("report.json", "issue.html", "issue.txt"):
        (DEMO / old).unlink(missing_ok=True)
    shutil.rmtree(DEMO / output_folder.PICTURES, ignore_errors=True)


def _follow(everything: ServiceProcesses) -> None:
    """The settings of this process were read before the sandbox had an address."""
    from django.conf import settings

    environment = load()
    settings.SENDGRID_API_KEY, settings.SENDGRID_HOST = environment["SENDGRID_API_KEY"], environment["SENDGRID_HOST"]
    sandbox_client.SandboxClient(settings.SENDGRID_HOST)  # refuses what is not loopback
    if everything.sandbox_url != settings.SENDGRID_HOST:
        raise Refused("the demo would not talk to its own sandbox")


def _tell(report: Report, written: dict[str, Any]) -> None:
    from cli.system.service_processes import typed

    shown: list[tuple[str, object]] = [(name, written[name]) for name in written if name != "report"]
    output.say()
    output.show_facts(shown)
    output.say()
    output.say(f"hard {report.hard}, soft {report.soft}; opened {report.opened}, clicked {report.clicked}")
    output.say("The mail: var/demo/issue.html and issue.txt. The report: var/demo/report.json.")
    output.say()
    output.say("To go on with it in console and inbox, serve its data at the address that its mails name, until Ctrl-C:")
    output.say(f"  {PREFIX}BIND={os.environ[f'{PREFIX}BIND']} {typed(DEMO / 'data', 'up')}")
    output.say("Without these settings `mailroom up` serves an installation of your own, which is empty at first.")
