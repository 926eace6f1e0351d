"""Hands each complete request to the thread pool of its address (config/web_pools.py), or refuses it."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from django.db import connections
from waitress.channel import HTTPChannel
from waitress.task import ThreadedTaskDispatcher
from waitress.utilities import Error, RequestEntityTooLarge

from config.web_pools import LIVENESS, POOLS, WEBHOOK, Pool, pool_of
from web import device_cookie

# Requests that wait for a thread of one pool. Beyond that the client is told to come back instead of waiting longer.
LONGEST_QUEUE = 512

log = structlog.get_logger("mailroom.web")
# waitress would log a line for each request that has to wait.
logging.getLogger("waitress.queue").setLevel(logging.ERROR)


class SignInFirstError(Error):
    """403: a large body from somebody who has not signed in with this device."""

    code = 403
    reason = "Forbidden"


class PoolFullError(Error):
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

    def add_task(self, task: HTTPChannel) -> None:
        """Called with a connection whose first request is complete, in the server's thread or in one of a pool."""
        request = task.requests[0]
        if request.error is None:
            request.error = self._refusal(request)
        if isinstance(request.error, RequestEntityTooLarge):
            _log_size(request)
        # A refusal needs no view and no database, so it must not wait for a thread that does.
        pool = LIVENESS if request.error else pool_of(request.path)
        self._pools[pool.name].add_task(task)

    def _refusal(self, request: Any) -> Error | None:
        pool = pool_of(request.path)
        size = int(request.headers.get("CONTENT_LENGTH", 0))  # waitress sets it for a chunked body, too
        if size > pool.largest_body:
            return RequestEntityTooLarge(f"exceeds max_body of {pool.largest_body}")
        of_strangers = pool.largest_of_strangers
        if of_strangers is not None and size > of_strangers and not device_cookie.is_in(request.headers.get("COOKIE", "")):
            return SignInFirstError("sign in to send this much")
        if len(self._pools[pool.name].queue) >= LONGEST_QUEUE:
            self._turned_away[pool.name] = self._turned_away.get(pool.name, 0) + 1
            return PoolFullError("too many requests are waiting")
        return None

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


def _log_size(request: Any) -> None:
    pool = pool_of(request.path)
    event = "webhook_too_large" if pool is WEBHOOK else "request_too_large"
    log.error(event, pool=pool.name, limit=pool.largest_body, declared=request.headers.get("CONTENT_LENGTH", ""))
