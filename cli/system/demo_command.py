"""`mailroom demo`: composes, sends and reports the sample issue on this machine.

It uses its own data directory, which it empties at the start, ignores every MAILROOM_ variable, and connects to loopback only.
"""

from __future__ import annotations

import os
import shutil
import socket
from typing import TYPE_CHECKING, Any

import click

from cli import bootstrap, output
from cli.click_extensions import JsonCommand
from cli.error_reporting import CliError
from cli.system import sandbox_client
from cli.texts.printed_values import measured
from config.env import PREFIX, ROOT, load
from config.processes import child_processes

if TYPE_CHECKING:
    from campaigns.reporting.reports import Report
    from cli.system.service_processes import ServiceProcesses

DEMO = ROOT / "var" / "demo"
# What the printed command sends in a second: the sample list takes minutes, so that pausing can be practised.
CONSOLE_RATE = 8
# A quarter of the people follow links, within minutes instead of days; every seventh domain has a scanner.
READERS = ("--people", "0.25", "--scanners", "0.14", "--reader-speed", "0.01")
SHOWN = {
    "unknown": "uncertain",
    "inbox_missing": "mails missing from the inbox",
    "inbox_strangers": "mails to other addresses",
}


@click.command(cls=JsonCommand, json_help="Print the report as one JSON document, for programs.")
def demo() -> None:
    """Try the whole process on this machine with sample data; no mail leaves it.

    The demo imports sample people, creates a segment, composes the sample issue, sends it through the sandbox, waits for
    the outcome of each mail and writes a report to var/demo/.

    Example: mailroom demo
    """
    from cli.system.service_processes import ServiceProcesses

    _isolate()
    environment = bootstrap.set_up()
    everything = ServiceProcesses(environment, output.note, servers=bootstrap.joined_servers())
    try:
        with output.busy("Starting sandbox, web server, workers and beat"):
            everything.start(sandbox_arguments=("--speed", "0.2", *READERS))
        _follow(everything)
        from cli.system import demo_run

        campaign = demo_run.prepare(DEMO)
        demo_run.send(campaign, everything)
        report = demo_run.settle(campaign, everything)
        written = demo_run.write_report(report, everything, DEMO)
        article = demo_run.article_address(campaign)
    finally:
        everything.stop()
        bootstrap.leave_servers()
    output.show(written, lambda: _tell(report, written, article))
    if written["inbox_duplicates"] or written["inbox_missing"] or not report.balances:
        raise CliError("the sandbox's ledger and the report disagree", "compare them in var/demo/report.json")


def _isolate() -> None:
    """Remove all other settings from the environment, and the data of the last demo."""
    from composer import output_folder

    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]
    data = DEMO / "data"
    if child_processes.running_owner(data / "run" / "up.json") is not None:
        raise CliError("a demo is already running", "wait for it, or stop it with Ctrl-C where it runs")
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
    """Set the sandbox's address in this process, whose settings were read before the sandbox had one."""
    from django.conf import settings

    environment = load()
    settings.SENDGRID_API_KEY, settings.SENDGRID_HOST = environment["SENDGRID_API_KEY"], environment["SENDGRID_HOST"]
    sandbox_client.SandboxClient(settings.SENDGRID_HOST)  # refuses what is not loopback
    if everything.sandbox_url != settings.SENDGRID_HOST:
        raise CliError("the demo's settings do not name its own sandbox; nothing was sent")


def _tell(report: Report, written: dict[str, Any], article: str) -> None:
    from cli.system.service_processes import typed

    shown: list[tuple[str, object]] = [
        (SHOWN.get(name, name.replace("_", " ")), written[name]) for name in written if name != "report"
    ]
    output.say()
    output.show_facts(shown)
    output.say()
    output.say(f"hard {report.hard}, soft {report.soft}; clicks: {measured(report.clicks)}")
    output.say("The mail: var/demo/issue.html and issue.txt. The report: var/demo/report.json.")
    output.say()
    output.say("To continue in the console and the inbox, serve the demo's data at the address in its mails, until Ctrl-C:")
    slowly = f"{PREFIX}SEND_RATE={CONSOLE_RATE} {PREFIX}ATTEMPT_SIZE={CONSOLE_RATE}"
    output.say(f"  {PREFIX}BIND={os.environ[f'{PREFIX}BIND']} {slowly} {typed(DEMO / 'data', 'up')}")
    output.say(f"It sends {CONSOLE_RATE} mails a second, so that you can watch, pause and resume a campaign there.")
    output.say("The mail is a digest: it leads to a page for each article. While the command runs, you can read the first one at")
    output.say(f"  {article}")
    output.say("Without these settings, `mailroom up` serves your own installation, which is empty at first.")
