"""The servers of a test run: real PostgreSQL and Valkey in their own folder, without MAILROOM_ variables of the environment.

Loaded with `-p tests.support.servers`, before Django reads its settings. Workers of a parallel run use the same servers.
"""

import atexit
import os
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


def pytest_unconfigure() -> None:
    SERVERS.leave()
    if OWNS_FOLDER:
        shutil.rmtree(DATA_DIR, ignore_errors=True)
