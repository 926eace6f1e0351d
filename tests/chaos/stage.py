"""The servers of a chaos run, in their own folder, and their disturbances: restarts, kills, duplicated messages.

fsync is off and synchronous_commit on: the run simulates deaths of processes, not of the machine, and what a process has
written survives its death. The servers are those that Mailroom ships, with other options.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
import redis

from config.embedded.embedded_servers import EmbeddedServers, postgres_binaries
from config.embedded.server_paths import EmbeddedPaths

QUEUES = ("sending", "singles", "upkeep")
POSTGRES_OPTIONS = ("fsync=off", "synchronous_commit=on", "full_page_writes=off", "track_commit_timestamp=on")


class Stage:
    """One PostgreSQL and one Valkey, started at once; `close` removes everything."""

    def __init__(self, major: str = "18") -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="mailroom chaos "))
        self.folder.chmod(0o711)  # if root runs this, PostgreSQL runs as another user
        self.servers = EmbeddedServers(EmbeddedPaths.of(self.folder), major=major, postgres_options=POSTGRES_OPTIONS)
        self.major = major
        self.servers.join()

    def close(self) -> None:
        self.servers.leave()
        shutil.rmtree(self.folder, ignore_errors=True)

    def connect(self) -> psycopg.Connection[Any]:
        return self.servers.connect("mailroom")

    # -- PostgreSQL

    def restart_database(self) -> None:
        """Kill every server process at once, as by SIGQUIT; the next start recovers from the log."""
        command = [
            postgres_binaries(self.major) / "pg_ctl", "stop", "-D", self.servers._postgres_dir(), "-m", "immediate", "-w", "-s",
        ]  # fmt: skip
        self.servers._run(command, log="postgres.log")
        self.servers._start_postgres()

    # -- Valkey

    def broker(self) -> redis.Redis[bytes]:
        return self.servers._broker()

    def flush_broker(self) -> None:
        """Remove every message and every binding."""
        with self.broker() as client:
            client.flushall()

    def kill_broker(self) -> None:
        """Send SIGKILL and start the broker again. It stores nothing on disk, so it is empty."""
        os.kill(self._broker_pid(), signal.SIGKILL)
        deadline = time.monotonic() + 5
        while self.servers.valkey_answers() and time.monotonic() < deadline:
            time.sleep(0.02)
        self.servers._start_valkey()

    def _broker_pid(self) -> int:
        return int((self.servers.paths.valkey_dir / "valkey.pid").read_text(encoding="ascii"))

    def stop_broker(self) -> None:
        os.kill(self._broker_pid(), signal.SIGSTOP)

    def continue_broker(self) -> None:
        os.kill(self._broker_pid(), signal.SIGCONT)

    def double_messages(self) -> int:
        """Duplicate every waiting message; returns how many there were."""
        found = 0
        with self.broker() as client:
            for queue in QUEUES:
                messages = client.lrange(queue, 0, -1)
                found += len(messages)
                if 0 < len(messages) < 500:  # duplicate once, not a thousandfold
                    client.lpush(queue, *messages)
        return found
