"""The HTTP server: accepts clients, drops overdue ones, bounds the memory kept for them, and shuts down gracefully."""

from __future__ import annotations

import heapq
import logging
import re
import resource
import select
import socket
import time
from collections.abc import Callable, Iterable
from typing import Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer

from web.server.client_connection import LONGEST_HEADERS, Connection
from web.server.thread_pools import PoolDispatcher

# Connections at once, never more. A new one replaces the one that has kept us waiting longest.
MOST_CONNECTIONS = 4000
# The socket, the temporary file of a request's body, and a static file or the temporary file of an answer.
FILES_PER_CONNECTION = 3
FILES_OF_OUR_OWN = 100
# Of all requests that are not complete and all answers that are not read, in memory and temporary files together.
MOST_BYTES_KEPT = 256 * 1024 * 1024
MEMORY_PER_BODY = 64 * 1024  # the rest of a request's body is in a temporary file
MEMORY_PER_ANSWER = 256 * 1024
LOOP_SECONDS = 1.0  # how long the loop sleeps where nothing happens
# From TERM to the end, at the most. Service managers and `mailroom up` wait 45 s before they kill.
DRAIN_SECONDS = 20.0
DRAIN_UNFINISHED_SECONDS = 5.0  # of these, for clients that are still sending a request or reading an answer
_ACCEPT_AT_ONCE = 64

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Server(TcpWSGIServer):
    """Call `run_until_stopped` in the main thread; `stop` from a signal handler."""

    channel_class = Connection
    active_channels: dict[int, Connection]
    task_dispatcher: PoolDispatcher

    def __init__(self, application: Application, bind: str, beat: Callable[[], None] = lambda: None) -> None:
        """`beat` is called by the loop, at least every second, and must not wait for anything."""
        self._beat = beat
        self._stopping = self._accepted = False
        self.most_connections = _raise_file_limit()
        adjustments = Adjustments(
            # A name may stand for both; one socket is enough, and readers come through the front server.
            listen=bind, ipv4=not bind.startswith("["), ipv6=bind.startswith("["),
            # Above our own limit, at which connections are replaced: here waitress would only stop accepting.
            connection_limit=2 * self.most_connections + FILES_OF_OUR_OWN,
            cleanup_interval=2, asyncore_use_poll=True, log_socket_errors=False, ident=None,
            max_request_header_size=LONGEST_HEADERS, inbuf_overflow=MEMORY_PER_BODY, outbuf_overflow=MEMORY_PER_ANSWER,
            # Below it no thread waits for a reader; what is not read in time goes with its connection.
            outbuf_high_watermark=MOST_BYTES_KEPT,
            # The application decides by the peer's address which of these headers it believes.
            clear_untrusted_proxy_headers=False,
        )  # fmt: skip
        super().__init__(
            _without_body_for_head(application),
            map={},
            dispatcher=PoolDispatcher(),
            adj=adjustments,
            sockinfo=adjustments.listen[0],
        )

    # -- what waitress calls

    def readable(self) -> bool:
        return bool(super().readable()) and self._may_accept()

    def handle_accept(self) -> None:
        for _ in range(_ACCEPT_AT_ONCE):
            self._accepted = False
            if self._may_accept():
                super().handle_accept()
            if not self._accepted:
                return

    def accept(self) -> tuple[socket.socket, Any] | None:
        accepted: tuple[socket.socket, Any] | None = super().accept()
        self._accepted = accepted is not None
        if self._accepted and self._is_full:
            self._make_room()  # not before: nobody goes unless somebody comes
        return accepted

    def maintenance(self, now: float) -> None:
        moment = time.monotonic()
        for connection in list(self.active_channels.values()):
            if connection.overdue(moment):
                connection.drop()
        self._bound_what_is_kept()
        self.task_dispatcher.report()

    # -- bounds

    @property
    def _is_full(self) -> bool:
        return len(self.active_channels) >= self.most_connections

    def _may_accept(self) -> bool:
        """Whether there is room, or somebody to drop. If all are being answered, new clients wait until one has its answer."""
        if not self._is_full or any(each.waits_for_client for each in list(self.active_channels.values())):
            return True
        if self._newcomers_wait():
            for connection in list(self.active_channels.values()):
                connection.end_after_answer()  # or clients that always have a next request would keep everybody else out
        return False

    def _newcomers_wait(self) -> bool:
        listening = select.poll()
        listening.register(self.socket, select.POLLIN)
        return bool(listening.poll(0))

    def _make_room(self) -> None:
        """Drop those that have kept us waiting longest: an honest client is done within seconds."""
        waiting = [connection for connection in list(self.active_channels.values()) if connection.waits_for_client]
        some = max(1, self.most_connections // 64)  # at once, because finding them looks at all
        for connection in heapq.nsmallest(some, waiting, key=lambda each: each.client_due_since):
            connection.drop()

    def _bound_what_is_kept(self) -> None:
        kept = sorted(((*each.kept(), each) for each in self.active_channels.values()), key=lambda each: each[0])
        total = sum(size for _, size, _ in kept)
        for _, size, connection in kept:
            if total <= MOST_BYTES_KEPT:
                return
            if size:
                connection.drop()
                total -= size

    # -- running and ending

    def run_until_stopped(self) -> None:
        while not self._stopping:
            self._beat()
            self._turn(LOOP_SECONDS)
        self._drain()

    def _turn(self, seconds: float) -> None:
        """Wait at most so long for something to happen, and let the connections act on it.

        waitress' own `poll2` looks up who has a descriptor only when it hears of it. That may be a new client, accepted in
        the same turn after the former one was dropped. It was closed for what the dropped one's socket reported.
        """
        poll, asked = select.poll(), dict[int, wasyncore.dispatcher]()
        for descriptor, each in list(self._map.items()):
            flags = select.POLLIN | select.POLLPRI if each.readable() else 0
            if each.writable() and not each.accepting:
                flags |= select.POLLOUT
            if flags and self._map.get(descriptor) is each:  # `readable` of the server drops those that are overdue
                poll.register(descriptor, flags)
                asked[descriptor] = each
        for descriptor, flags in poll.poll(seconds * 1000):
            if self._map.get(descriptor) is asked[descriptor]:
                wasyncore.readwrite(asked[descriptor], flags)

    def stop(self) -> None:
        """Accept nobody any more, answer what is under way, then end. Safe in a signal handler."""
        self._stopping = True
        self.pull_trigger()

    def _drain(self) -> None:
        began = time.monotonic()
        self.handle_accept()  # who is connected already, as far as the client knows
        self.del_channel(self._map)
        self.socket.close()
        self._turn(0.1)
        while (passed := time.monotonic() - began) < DRAIN_SECONDS:
            for connection in list(self.active_channels.values()):
                connection.end_after_answer()
                if connection.idle:
                    connection.handle_close()  # the next request of this client goes to our successor
                elif connection.waits_for_client and passed > DRAIN_UNFINISHED_SECONDS:
                    connection.drop()
            self.maintenance(0)
            if not self.active_channels:
                break
            self._turn(0.2)
        self.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(self._map, ignore_all=True)


def _raise_file_limit() -> int:
    """Allow ourselves as many open files as we may have; how many connections fit into them."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS * FILES_PER_CONNECTION + FILES_OF_OUR_OWN
    files = wanted if most == resource.RLIM_INFINITY else min(most, wanted)
    if files > allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, most))
    return max(1, min(MOST_CONNECTIONS, (files - FILES_OF_OUR_OWN) // FILES_PER_CONNECTION))


def _without_body_for_head(application: Application) -> Application:
    """Django leaves it to the server to answer HEAD without a body; waitress would send one."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = application(environ, start_response)
        if environ["REQUEST_METHOD"] != "HEAD":
            return body
        if hasattr(body, "close"):
            body.close()
        return []

    return answer


class WithoutTokens(logging.Filter):
    """waitress names the path of a request that failed; a personal link's path holds its token."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = re.sub(r"(while serving /[^/\s]*)\S*", r"\1", str(record.msg))
        return True
