"""Start the web server: `python -m web.server`, at MAILROOM_BIND unless `--bind` names another address."""

import argparse
import logging
import signal
import sys

from django.conf import settings

from config.code_version import code_version
from config.env import SettingsError

try:
    from config.wsgi import application
    from publication import heartbeats
    from publication.heartbeats_sql import HeartbeatWriter
    from web.server.http_server import Server, WithoutTokens
except SettingsError as wrong:
    sys.exit("\n".join(f"mailroom web server: {fault}" for fault in wrong.faults))


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m web.server", description="Serve Mailroom's pages, links and webhook until TERM."
    )
    parser.add_argument("--bind", metavar="ADDRESS:PORT", default=settings.BIND, help="listen here (default: MAILROOM_BIND)")
    bind = parser.parse_args().bind
    logging.getLogger("waitress").addFilter(WithoutTokens())
    heartbeat = HeartbeatWriter([heartbeats.WEB], code_version())
    try:
        server = Server(application, bind, heartbeat.beat)
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or fault
        print(f"mailroom web server: cannot listen on {bind}: {reason}. Choose another address with --bind.", file=sys.stderr)
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop())
    from campaigns.measuring.click_recorder import recorder  # noqa: PLC0415 - its models need the settings first

    recorder()  # reads the links now, so that the first click finds its page in memory
    server.run_until_stopped()
    recorder().stop()
    heartbeat.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
