"""Hands each complete request to the thread pool of its address (config/web_pools.py)."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog
from django.db import connections
from waitress.task import ThreadedTaskDispatcher
from waitress.utilities import Error

from config.web_pools import LIVENESS, POOLS, Pool

if TYPE_CHECKING:
    from web.server.client_connection import Connection

# Requests that wait for a thread of one pool. Beyond that the client is told to come back instead of waiting longer.
LONGEST_QUEUE = 512

log = structlog.get_logger("mailroom.web")
# waitress would log a line for each request that has to wait.
logging.getLogger("waitress.queue").setLevel(logging.ERROR)


class PoolFull(Error):
    """503: every thread of the pool is busy and its queue is full."""

    code = 503
    reason = "Service Unavailable"

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        status, headers, body = super().to_response(ident)
        return status, [*headers, ("Retry-After", "10")], body


class Threads(ThreadedTaskDispatcher):
    """The threads of one pool; each closes its database connection when it ends."""

    def __init__(self, pool: Pool) -> None:
        super().__init__()
        self._pool, self._started = pool, list[threading.Thread]()
        self.set_thread_count(pool.threads)

    def start_new_thread(self, target: Callable[[int], None], thread_no: int) -> None:
        thread = threading.Thread(target=self._run, name=f"{self._pool.name}-{thread_no}", args=(target, thread_no), daemon=True)
        self._started.append(thread)
        thread.start()

    def _run(self, target: Callable[[int], None], thread_no: int) -> None:
        target(thread_no)
        connections.close_all()

    def join(self, deadline: float) -> None:
        for thread in self._started:
            thread.join(max(0.0, deadline - time.monotonic()))


class PoolDispatcher:
    """What waitress calls a task dispatcher: one of its own for each pool."""

    def __init__(self) -> None:
        self._pools = {pool.name: Threads(pool) for pool in POOLS}
        self._turned_away: dict[str, int] = {}

    def add_task(self, task: Connection) -> None:
        """Called with a connection whose first request is complete, in the server's thread or in one of a pool."""
        if task.reads_too_little:
            task.parked = True  # it comes back from the server's thread
            return
        request = task.requests[0]
        name = request.pool.name
        if request.error is None and len(self._pools[name].queue) >= LONGEST_QUEUE:
            request.error = PoolFull("too many requests are waiting")
            self._turned_away[name] = self._turned_away.get(name, 0) + 1
        # A refusal needs no view and no database, so it must not wait for a thread that does.
        self._pools[LIVENESS.name if request.error else name].add_task(task)

    def report(self) -> None:
        """Log how many requests were turned away since the last call: one line, not one per request."""
        turned_away, self._turned_away = self._turned_away, {}
        for name, number in turned_away.items():
            log.error("web_pool_full", pool=name, turned_away=number, queue=LONGEST_QUEUE)

    def shutdown(self, timeout: float) -> None:
        """End all threads that are done within `timeout` seconds; what still waits for one is given up."""
        deadline = time.monotonic() + timeout
        for threads in self._pools.values():
            threads.set_thread_count(0)
        for threads in self._pools.values():
            threads.join(deadline)
