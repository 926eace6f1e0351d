"""The HTTP server: waitress with a thread pool for each kind of caller, a stricter parser and a graceful shutdown."""

import logging
import re
import resource
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer

from config.web_pools import POOLS
from web.server.thread_pools import PoolDispatcher

# Connections at once; beyond that new ones wait in the kernel's queue until another ends.
MOST_CONNECTIONS = 4000
# The socket, the temporary file of a request's body, and a static file or the temporary file of an answer.
FILES_PER_CONNECTION = 3
FILES_OF_OUR_OWN = 100
# A connection without a request that is being answered, on which nothing is sent or received.
IDLE_SECONDS = 30
LONGEST_HEADERS = 32 * 1024
MEMORY_PER_BODY = 64 * 1024  # the rest of a request's body is in a temporary file
MEMORY_PER_ANSWER = 256 * 1024
# A thread waits for the reader of an answer only beyond this, which no answer of ours reaches.
LARGEST_UNREAD_ANSWER = 256 * 1024 * 1024
LOOP_SECONDS = 1.0  # how long the loop sleeps where nothing happens
# From TERM to the end, at the most. Service managers and `mailroom up` wait 45 s before they kill.
DRAIN_SECONDS = 20.0
DRAIN_SILENT_SECONDS = 5.0  # of these, how long a client may pause that is sending a request or reading an answer

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class RequestParser(HTTPRequestParser):
    """Rejects requests of which a front server may see another end than waitress does (request smuggling)."""

    def parse_header(self, header_plus: bytes) -> None:
        # RFC 9112 lets a server reject folded lines. One that drops them would miss a Transfer-Encoding that waitress joins.
        if b"\r\n " in header_plus or b"\r\n\t" in header_plus:
            raise ParsingError("a header line is folded")
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # raised by urlsplit and int; waitress would log a traceback
            raise ParsingError("address or Content-Length is invalid") from error
        # waitress ignores Transfer-Encoding in every other version.
        if self.version not in ("1.0", "1.1"):
            raise ParsingError("the version of HTTP is unknown")
        if "TRANSFER_ENCODING" in self.headers:
            raise ParsingError("Transfer-Encoding needs HTTP/1.1")
        if self.chunked and "CONTENT_LENGTH" in self.headers:
            raise ParsingError("both Content-Length and Transfer-Encoding")


class ClientConnection(HTTPChannel):
    parser_class = RequestParser


class Server(TcpWSGIServer):
    """Call `run_until_stopped` in the main thread; `stop` from a signal handler."""

    channel_class = ClientConnection
    active_channels: dict[int, ClientConnection]
    task_dispatcher: PoolDispatcher

    def __init__(self, application: Application, bind: str, beat: Callable[[], None] = lambda: None) -> None:
        """`beat` is called by the loop, at least every second, and must not wait for anything."""
        self._beat = beat
        self._stopping = False
        adjustments = Adjustments(
            # A name may stand for both; one socket is enough, and readers come through the front server.
            listen=bind, ipv4=not bind.startswith("["), ipv6=bind.startswith("["),
            connection_limit=_raise_file_limit(), channel_timeout=IDLE_SECONDS, cleanup_interval=2,
            asyncore_use_poll=True, log_socket_errors=False, ident=None, max_request_header_size=LONGEST_HEADERS,
            # waitress refuses bodies of this size and larger; the dispatcher knows the limit of each pool.
            max_request_body_size=max(pool.largest_body for pool in POOLS) + 1,
            inbuf_overflow=MEMORY_PER_BODY, outbuf_overflow=MEMORY_PER_ANSWER, outbuf_high_watermark=LARGEST_UNREAD_ANSWER,
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

    def maintenance(self, now: float) -> None:
        super().maintenance(now)
        self.task_dispatcher.report()

    def run_until_stopped(self) -> None:
        while not self._stopping:
            self._beat()
            self._turn(LOOP_SECONDS)
        self._drain()

    def _turn(self, seconds: float) -> None:
        """Wait at most so long for something to happen, and let the connections act on it."""
        wasyncore.loop(seconds, use_poll=True, map=self._map, count=1)

    def stop(self) -> None:
        """Accept nobody any more, answer what is under way, then end. Safe in a signal handler."""
        self._stopping = True
        if self._map:  # else it has ended, and the number of the trigger's file may be that of another
            with suppress(OSError):  # it ends at this moment, without the trigger
                self.pull_trigger()

    def _drain(self) -> None:
        began = time.monotonic()
        self._accept_all()
        self.del_channel(self._map)
        self.socket.close()
        self._turn(0.1)
        while time.monotonic() - began < DRAIN_SECONDS:
            for connection in list(self.active_channels.values()):
                for request in list(connection.requests):
                    request.headers["CONNECTION"] = "close"  # so the client's next request goes to our successor
                unfinished = connection.request is not None or connection.total_outbufs_len
                silent = time.time() - connection.last_activity > DRAIN_SILENT_SECONDS
                if not connection.requests and (silent or not unfinished):
                    connection.handle_close()
            self.task_dispatcher.report()
            if not self.active_channels:
                break
            self._turn(0.2)
        self.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(self._map, ignore_all=True)

    def _accept_all(self) -> None:
        """Accept the clients in the kernel's queue: they are connected already, as far as they know."""
        before = -1
        while before != len(self._map):
            before = len(self._map)
            self.handle_accept()


def _raise_file_limit() -> int:
    """Allow ourselves as many open files as we may have. Returns how many connections fit into them."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = MOST_CONNECTIONS * FILES_PER_CONNECTION + FILES_OF_OUR_OWN
    files = needed if most == resource.RLIM_INFINITY else min(most, needed)
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
