"""The servers of a test run: real PostgreSQL and Valkey in their own folder, without MAILROOM_ variables of the environment.

Loaded with `-p tests.support.servers`, before Django reads its settings. Workers of a parallel run use the same servers.
"""

import atexit
import os
import resource
import shutil
import signal
import tempfile
from pathlib import Path

from config.embedded.embedded_servers import EmbeddedServers
from config.embedded.server_paths import EmbeddedPaths

for name in [n for n in os.environ if n.startswith("MAILROOM_") and not n.startswith("MAILROOM_TEST_")]:
    del os.environ[name]

# A run in the background of a script inherits an ignored SIGINT and would pass it on to every command that it tests.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

OWNS_FOLDER = "MAILROOM_TEST_DATA_DIR" not in os.environ
DATA_DIR = Path(os.environ.setdefault("MAILROOM_TEST_DATA_DIR", tempfile.mkdtemp(prefix="mailroom test ")))
MAJOR = os.environ.get("MAILROOM_TEST_PG", "18")
os.environ["MAILROOM_DATA_DIR"] = str(DATA_DIR)
os.environ["MAILROOM_EMBEDDED_POSTGRES"] = MAJOR

SERVERS = EmbeddedServers(
    EmbeddedPaths.of(DATA_DIR),
    major=MAJOR,
    # A test's data need not survive a power cut; everything else is as shipped.
    postgres_options=("fsync=off", "synchronous_commit=on", "full_page_writes=off"),
)
SERVERS.join()
atexit.register(SERVERS.leave)  # for runs that end before pytest_unconfigure is called


def _processor_seconds() -> float:
    """Seconds of processor time that this run took: of its processes, of all that they started, and of both servers."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    servers = [process for process in (SERVERS._postmaster(), SERVERS._valkey_process()) if process]
    times = [process.cpu_times() for server in servers for process in (server, *server.children())]
    # The first four fields: of the process itself, and of its children that have ended.
    return sum(usage.ru_utime + usage.ru_stime for usage in usages) + sum(sum(fields[:4]) for fields in times)


def pytest_unconfigure() -> None:
    if OWNS_FOLDER:
        print(f"{_processor_seconds():.0f} s of processor time")
    SERVERS.leave()
    if OWNS_FOLDER:
        shutil.rmtree(DATA_DIR, ignore_errors=True)
