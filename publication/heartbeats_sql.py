"""Reads the heartbeats of processes by the database's clock, and writes that of this process without waiting for the database.

A process calls `beat` from the loop that takes its work. This loop must go on while the database is away or hangs, so the writer
has a connection of its own and uses libpq's asynchronous calls: what is not finished within `PATIENCE` goes on at the next call.
"""

import os
import secrets
import select
import socket
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

import psycopg
import structlog
from django.db import connection
from psycopg import conninfo, pq

from publication.database.statement_sql import query

Row = tuple[str, str, int, str, datetime, datetime, bool, bool]
log = structlog.get_logger("mailroom.heartbeat")
BEAT_SECONDS = 5.0
PATIENCE = 0.1  # seconds
END_PATIENCE = 2.0
GIVE_UP_SECONDS = 30.0  # a statement without an answer: the server may be gone without a word

# `started_at` is the time of the first heartbeat.
_BEAT = b"""
INSERT INTO process_heartbeat (instance, kind, host, pid, version, started_at, seen_at)
SELECT $1, kind, $2, $3::integer, $4, clock_timestamp(), clock_timestamp() FROM unnest(string_to_array($5, ',')) kind
ON CONFLICT (instance, kind) DO UPDATE SET seen_at = clock_timestamp(), stopped_at = NULL
"""
_STOPPED = b"UPDATE process_heartbeat SET seen_at = clock_timestamp(), stopped_at = clock_timestamp() WHERE instance = $1"
_KEYWORDS = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}


def processes(longest_silence: timedelta) -> list[Row]:
    """Kind, host, pid, version, first and last heartbeat, whether it is alive, and whether it was stopped; the newest first."""
    rows: list[Row] = query(
        """
        SELECT kind, host, pid, version, started_at, seen_at,
               stopped_at IS NULL AND seen_at > clock_timestamp() - %s, stopped_at IS NOT NULL
        FROM process_heartbeat ORDER BY seen_at DESC, id DESC
        """,
        [longest_silence],
    )
    return rows


class HeartbeatWriter:
    """The heartbeat of one process, which is of one or more `kinds`. Not for several threads."""

    def __init__(self, kinds: Sequence[str], version: str) -> None:
        self.instance = secrets.token_hex(8)
        self._values = (self.instance, socket.gethostname(), str(os.getpid()), version, ",".join(kinds))
        self._line: AsynchronousConnection | None = None
        self._due_at = 0.0
        self._is_away = False

    def beat(self) -> None:
        """Write a heartbeat if one is due. Raises nothing: where the database is away, others say so."""
        if time.monotonic() >= self._due_at:
            self._due_at = time.monotonic() + BEAT_SECONDS
            self._run(_BEAT, self._values, PATIENCE)

    def stop(self) -> None:
        """Record that this process ends because it was told to, so that nobody takes it for dead."""
        if self._line is not None:
            self._run(_STOPPED, self._values[:1], END_PATIENCE)
        self._close()

    def _run(self, statement: bytes, values: Sequence[str], patience: float) -> None:
        until = time.monotonic() + patience
        try:
            self._line = line = self._line or AsynchronousConnection()
            if line.is_connected(until) and line.is_idle(until):
                line.send(statement, values)
                if line.is_idle(until):
                    self._is_away = False
        except (psycopg.Error, OSError) as error:
            self._close()
            if not self._is_away:
                log.warning("heartbeat_not_written", error=type(error).__name__, reason=str(error).strip()[:200])
            self._is_away = True

    def _close(self) -> None:
        if self._line is not None:
            self._line.close()
        self._line = None


class AsynchronousConnection:
    """A connection by libpq's asynchronous calls. Each call waits until a given time at the most; the next one goes on."""

    def __init__(self) -> None:
        self._connection = pq.PGconn.connect_start(_address())
        self._began_at: float | None = time.monotonic()  # connecting, or the statement that is under way
        self._state = pq.PollingStatus.WRITING  # what connecting waits for
        if self._connection.status == pq.ConnStatus.BAD:
            raise psycopg.OperationalError(self._reason())

    @property
    def backend_pid(self) -> int:
        return self._connection.backend_pid

    def is_connected(self, until: float) -> bool:
        """Whether the connection is made; goes on with it until then."""
        while self._state != pq.PollingStatus.OK:
            if not self._is_ready(select.POLLIN if self._state == pq.PollingStatus.READING else select.POLLOUT, until):
                return False
            self._state = pq.PollingStatus(self._connection.connect_poll())
            if self._state == pq.PollingStatus.FAILED:
                raise psycopg.OperationalError(self._reason())
            if self._state == pq.PollingStatus.OK:
                self._connection.nonblocking = 1
                self._began_at = None
        return True

    def send(self, statement: bytes, values: Sequence[str]) -> None:
        self._connection.send_query_params(statement, [value.encode() for value in values])
        self._began_at = time.monotonic()

    def is_idle(self, until: float) -> bool:
        """Whether no statement is under way any more; waits for its answer until then. Raises what the server answers."""
        if self._began_at is None:
            return True
        while self._connection.flush() or self._connection.is_busy():
            if not self._is_ready(select.POLLIN, until):
                return False
            self._connection.consume_input()
        self._began_at = None
        while (result := self._connection.get_result()) is not None:
            if result.status not in (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK):
                raise psycopg.DatabaseError(result.error_message.decode(errors="replace"))
        return True

    def _is_ready(self, event: int, until: float) -> bool:
        """Wait until the socket is ready; False if it is not in time. Raises OperationalError if it has not been for long."""
        poll = select.poll()
        poll.register(self._connection.socket, event)
        if poll.poll(1000 * max(0.0, until - time.monotonic())):
            return True
        if self._began_at is not None and time.monotonic() - self._began_at > GIVE_UP_SECONDS:
            raise psycopg.OperationalError("the server does not answer")
        return False

    def _reason(self) -> str:
        return self._connection.error_message.decode(errors="replace")

    def close(self) -> None:
        self._connection.finish()


def _address() -> bytes:
    """How Django connects, for libpq."""
    parameters = connection.get_connection_params()
    return conninfo.make_conninfo(**{name: value for name, value in parameters.items() if name in _KEYWORDS}).encode()
