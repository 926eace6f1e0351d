"""The command line of `python -m sandbox`."""

import argparse
import errno
import logging
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from sandbox.api.dispatch import serve
from sandbox.http.fault_rules import MisspeltError
from sandbox.readers.scanners import KINDS
from sandbox.sandbox_server import FolderTakenError, SandboxServer
from sandbox.webhooks.registry import FIRST

FAULT_HELP = "WHICH: WHAT, e.g. '3:500-after', 'every 10:reset-before', 'rate 0.1 seed 7: mix'; see docs/sandbox.md"
READER_HELP = {
    "people": "share of recipients who follow links to this installation (0 to 1; default 0)",
    "scanners": "share of receiving domains with a scanner that follows links, all kinds equally often (0 to 1; default 0)",
    "reader-speed": "factor on the time that people take beyond the first minute (default 1)",
}
WEBHOOK_HELP = "post signed events to this loopback URL; repeatable, each with a key of its own"


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mailroom sandbox",
        description="Run a stand-in for SendGrid on loopback: no mail leaves this machine. The inbox is at the printed address.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=0, help="0 = choose a free port and print it (default)")
    parser.add_argument("--other-port", action="store_true", help="if the port is taken, choose a free one and print it")
    parser.add_argument("--data", type=Path, metavar="DIR", help="keep ledger, mail and key here (default: temporary)")
    parser.add_argument("--webhook", action="append", default=[], metavar="URL", help=WEBHOOK_HELP)
    parser.add_argument("--key", action="append", default=[], metavar="KEY", help="accept this key only; repeatable")
    parser.add_argument("--fault", action="append", default=[], metavar="RULE", help=FAULT_HELP)
    parser.add_argument("--inbox", choices=("full", "ledger"), default="full", help="ledger = keep no message bodies")
    parser.add_argument("--speed", type=float, default=1.0, help="factor on the delays of events; 0 = at once")
    for option, text in READER_HELP.items():
        parser.add_argument(f"--{option}", type=float, help=text)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT. Exit codes: 0 = stopped by a signal, 1 = could not start, 2 = invalid options."""
    options = build_parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    try:
        server = _open(options)
    except (ValueError, OverflowError) as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 2
    except (OSError, FolderTakenError) as error:
        print(f"sandbox: cannot start: {error}", file=sys.stderr)
        return 1
    try:
        server.plan.add(options.fault, server.ledger.next_number)
        server.account.change({"keys": options.key} if options.key else {})
        if wishes := _reader_wishes(options):
            server.readers.configure(wishes)
        first, *others = options.webhook or [""]
        server.webhooks.set_up(FIRST, {"url": first, "speed": options.speed})
        for number, url in enumerate(others, 2):
            server.webhooks.set_up(f"webhook-{number}", {"url": url})
    except (MisspeltError, ValueError) as error:
        print(f"sandbox: {error}", file=sys.stderr)
        server.stop()
        return 2
    _run(server)
    return 0


def _reader_wishes(options: argparse.Namespace) -> dict[str, Any]:
    """The settings of readers that were given; what is not given stays as the data folder has it."""
    wishes: dict[str, Any] = {"people": options.people, "speed": options.reader_speed}
    if options.scanners is not None:
        wishes["scanners"] = dict.fromkeys(KINDS, options.scanners / len(KINDS))
    return {name: value for name, value in wishes.items() if value is not None}


def _open(options: argparse.Namespace) -> SandboxServer:
    try:
        return SandboxServer(options.host, options.port, options.data, options.inbox, serve)
    except OSError as error:
        if error.errno != errno.EADDRINUSE or not options.other_port:
            raise
        return SandboxServer(options.host, 0, options.data, options.inbox, serve)


def _run(server: SandboxServer) -> None:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    server.start()
    url = server.listener.url
    print(f"sandbox listening on {url}")
    print(f"public key {server.webhooks.first.key.public_key}")
    print(f"inbox {url}/_sandbox/inbox")
    print(f"counts {url}/_sandbox/counts")
    urls = " ".join(webhook.settings.url for webhook in server.webhooks if webhook.active)
    print(f"data {server.folder}, inbox {server.inbox}, webhook {urls or 'none'}", flush=True)
    ended.wait()
    server.stop()
