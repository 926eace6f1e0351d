"""One connection: how long its client may take to send a request and to read the answer, and how large a request may be."""

from __future__ import annotations

import copy
import fcntl
import socket
import struct
import sys
import termios
import time
from typing import TYPE_CHECKING, Any

import structlog
from waitress.buffers import OverflowableBuffer, ReadOnlyFileBasedBuffer
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.utilities import BadRequest, Error, RequestEntityTooLarge

from config.web_pools import LIVENESS, WEBHOOK, pool_of
from web import device_cookie

if TYPE_CHECKING:
    from waitress.adjustments import Adjustments
    from waitress.server import TcpWSGIServer

# A client that sends nothing: a new connection, or one that is kept after an answer.
IDLE_SECONDS = 30.0
# A whole request, from its first byte to its last; a client that sends at this rate or faster may take longer.
REQUEST_SECONDS = 30.0
SLOWEST_UPLOAD = 16 * 1024  # bytes a second: 4 MiB in five minutes
# A client that does not read its answer at this rate for so long. Readers on mobile networks are slower than what posts to us.
ANSWER_SECONDS = 30.0
SLOWEST_DOWNLOAD = 4 * 1024
# What a client takes faster than that counts for later, up to this. Its kernel reports progress in steps of a sixteenth of its
# receive buffer. Linux makes that buffer 6 MiB at most by default: a step of 384 KiB, or 96 s at the slowest rate.
AHEAD_SECONDS = 120.0
# A client that sends several requests at once gets the next answer only when it has read the others down to this.
UNREAD_BEFORE_NEXT = 256 * 1024
# Memory of a request that waits for the answers before it: of nine bytes at the least, sent hundreds at once.
BYTES_PER_WAITING_REQUEST = 1024
# A client that reads an answer at this rate over ANSWER_SECONDS does not keep us waiting, however long the answer is.
DECENT_DOWNLOAD = 64 * 1024
# After a refusal that came before the request's end, what the client still sends is read and thrown away.
DISCARD_SECONDS = 5.0

LONGEST_HEADERS = 32 * 1024
# Without bounds a chunk's size line and the trailer would be searched anew at every byte, up to the body's limit.
LONGEST_CHUNK_LINE = 1024
LONGEST_TRAILER = 8 * 1024
# Size lines, line ends and trailer of a chunked body: so much, and a sixteenth of the body. Each chunk costs the loop about
# 3 µs however small it is. Chunks of 100 bytes always fit; smaller ones fit 5000 times and more.
FRAMES_OF_ANY_BODY = 32 * 1024
BODY_PER_FRAMES = 16

_TIMEOUT = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: drop what is unsent instead of keeping it in the kernel

log = structlog.get_logger("mailroom.web")


class SignInFirst(Error):
    """A large body from somebody who has not signed in with this device."""

    code = 403
    reason = "Forbidden"


class RequestParser(HTTPRequestParser):
    """Reads one request; its path decides the pool and the largest body."""

    adj: Adjustments
    error: Error | None
    header_bytes_received: int
    body_bytes_received: int
    content_length: int

    def __init__(self, adj: Adjustments) -> None:
        super().__init__(adj)
        self.pool = LIVENESS  # of what is refused before its path is known
        self.largest_body = self.pool.largest_body
        self.started = time.monotonic()

    def parse_header(self, header_plus: bytes) -> None:
        try:
            super().parse_header(header_plus)
        except ValueError as wrong:  # of urlsplit and int
            raise ParsingError("address or Content-Length is invalid") from wrong
        # Two lengths, or one that the request's version of HTTP does not know: a proxy may read another request than we do.
        if self.chunked and "CONTENT_LENGTH" in self.headers:
            raise ParsingError("both Content-Length and Transfer-Encoding")
        if "TRANSFER_ENCODING" in self.headers:
            raise ParsingError("Transfer-Encoding needs HTTP/1.1")
        self.pool = pool_of(self.path)
        self.largest_body = self._largest_body()
        self.adj = copy.copy(self.adj)
        # Of a chunked body waitress counts the frames, too; `received` counts what is in them.
        self.adj.max_request_body_size = self.largest_body * (2 if self.chunked else 1) + 1

    def _largest_body(self) -> int:
        less = self.pool.largest_of_strangers
        if less is None or (not self.chunked and self.content_length <= less):
            return self.pool.largest_body
        return self.pool.largest_body if device_cookie.is_in(self.headers.get("COOKIE", "")) else less

    def received(self, data: bytes) -> int:
        # Empty lines before a request are ignored; each pair of them would be a request of its own to waitress.
        blank = len(data) - len(data.lstrip(b"\r\n")) if self._at_begin else 0
        if blank == len(data):
            return blank
        consumed: int = blank + super().received(data[blank:])
        if self.chunked and self.error is None:
            body: Any = self.body_rcv
            if self.body_bytes_received - len(body) > FRAMES_OF_ANY_BODY + len(body) // BODY_PER_FRAMES:
                self.error, self.completed = BadRequest("too many small chunks"), True
            elif len(body.control_line) > LONGEST_CHUNK_LINE or len(body.trailer) > LONGEST_TRAILER:
                self.error, self.completed = BadRequest("chunk size or trailer too long"), True
            elif len(body) > self.largest_body:
                self.error, self.completed = RequestEntityTooLarge(f"exceeds max_body of {self.largest_body}"), True
        if self.largest_body < self.pool.largest_body and isinstance(self.error, RequestEntityTooLarge):
            self.error = SignInFirst("sign in to send this much")
        return consumed

    @property
    def _at_begin(self) -> bool:
        return not self.header_plus and not self.headers_finished

    @property
    def bytes_received(self) -> int:
        return self.header_bytes_received + self.body_bytes_received

    @property
    def bytes_kept(self) -> int:
        """In memory or in a temporary file, until the request is complete."""
        return len(self.header_plus) + (len(self.body_rcv) if self.body_rcv is not None else 0)


class Connection(HTTPChannel):
    """A client's connection. The server's thread asks every two seconds whether it is overdue."""

    parser_class = RequestParser
    server: TcpWSGIServer
    request: RequestParser | None
    requests: list[RequestParser]  # complete: the first is being answered, or queued for a thread, or parked
    _sending: tuple[float, int] | None = None  # a window of time with an unread answer: its begin, and bytes taken by then
    _taken = 0  # bytes that the client had taken when we last looked
    _ahead_seconds = ANSWER_SECONDS  # how long a client may go without taking anything because it was fast before
    _must_take_by = 0.0  # the client is too slow if it takes nothing more until then
    _unread_since: float | None = None  # begin of the first of these windows since the client last read at a decent rate
    _refused = False  # the answer went out before the request had been read to its end
    _discarding = False
    parked = False  # the next request is complete, and waits until the answers before it have been read

    def __init__(self, server: TcpWSGIServer, sock: socket.socket, addr: Any, adj: Adjustments, map: Any = None) -> None:
        self.waiting_since = time.monotonic()  # accepted, or done with the last answer
        self.bytes_sent = 0
        super().__init__(server, sock, addr, adj, map=map)

    @property
    def waits_for_client(self) -> bool:
        """No request is being answered or queued for a thread: the client must send, or read, before anything happens."""
        return self.parked or not self.requests

    @property
    def client_due_since(self) -> float:
        """Since when we wait for the client: its connection or last answer, or the begin of answers that it reads slowly."""
        if (self.total_outbufs_len or self.parked) and self._unread_since is not None:
            return self._unread_since
        return self.waiting_since

    @property
    def reads_too_little(self) -> bool:
        """Whether the next request has to wait until the client has read more of the answers before it.

        An unread file stays open, so there is one at the most: `serving.FILES_PER_CONNECTION` relies on it.
        """
        return bool(self.total_outbufs_len > UNREAD_BEFORE_NEXT) or any(map(_is_unread_file, list(self.outbufs)))

    @property
    def idle(self) -> bool:
        return not self.requests and not self.total_outbufs_len and self.request is None and not self._discarding

    def end_after_answer(self) -> None:
        """Tell the client with its next answer that the connection ends there."""
        for request in list(self.requests):
            request.headers["CONNECTION"] = "close"

    def overdue(self, now: float) -> bool:
        """Whether the client took longer than it may. `now` as in time.monotonic()."""
        newly_taken = self._newly_taken()
        if self.total_outbufs_len:
            return newly_taken is not None and self._reads_too_slowly(now, newly_taken)
        self._sending = None
        if len(self.requests) < 2:  # else it has not read what it asked for, although the kernel took all that is ready
            self._unread_since = None
        if self.requests:
            return False
        if self._discarding:
            return now - self.waiting_since > DISCARD_SECONDS
        if self.request is None:
            return now - self.waiting_since > IDLE_SECONDS
        # A request that came while the one before it was answered could not be read until then.
        since = max(self.request.started, self.waiting_since)
        return now - since > REQUEST_SECONDS + self.request.bytes_received / SLOWEST_UPLOAD

    def _newly_taken(self) -> int | None:
        """How many bytes the client has taken since the last call. None while a thread adds to the answer."""
        if self._taken == self.bytes_sent:  # most connections: all is taken, and nothing was sent since
            return 0
        if not self.outbuf_lock.acquire(blocking=False):  # the thread may have sent bytes that it has not counted yet
            return None
        try:
            pending = unacknowledged(self.socket)
            before, self._taken = self._taken, self.bytes_sent - (pending or 0)
        finally:
            self.outbuf_lock.release()
        # Where the kernel does not report it, everything in its send buffer counts as taken. That must not count for long.
        self._ahead_seconds = ANSWER_SECONDS if pending is None else AHEAD_SECONDS
        return self._taken - before

    def _reads_too_slowly(self, now: float, newly_taken: int) -> bool:
        """Whether the client's time is up: ANSWER_SECONDS, and a second more for every SLOWEST_DOWNLOAD bytes it has taken."""
        worth = newly_taken / SLOWEST_DOWNLOAD
        if self._sending is None:
            self._sending = now, self._taken
            # Not the sum: these bytes may only fill the client's receive buffer, which also happens where nobody reads.
            self._must_take_by = now + max(ANSWER_SECONDS, min(worth, self._ahead_seconds))
        elif newly_taken > 0:
            self._must_take_by = min(self._must_take_by + worth, now + self._ahead_seconds)
        if self._unread_since is None:
            self._unread_since = now
        began, before = self._sending
        if now - began > ANSWER_SECONDS:
            self._sending = now, self._taken
            if self._taken - before >= ANSWER_SECONDS * DECENT_DOWNLOAD:
                self._unread_since = now
        return now > self._must_take_by

    def kept(self) -> tuple[float, int]:
        """Since when, and how many bytes, we keep for this client: of a request that is not complete, of an unread answer."""
        since, size = self.waiting_since, 0
        if self.request is not None and not self.requests:
            since, size = self.request.started, self.request.bytes_kept
        size += BYTES_PER_WAITING_REQUEST * len(self.requests[1:])
        if self.total_outbufs_len:
            # Of a file that is sent nothing is kept.
            size += sum(len(each) for each in list(self.outbufs) if not isinstance(each, ReadOnlyFileBasedBuffer))
            since = self._sending[0] if self._sending else since
        return since, size

    def drop(self) -> None:
        """Close at once. A client that was sending a request gets a 408, one that did not read gets a reset."""
        try:
            if self.total_outbufs_len:
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            elif self.request is not None and not self.requests:
                self.socket.send(_TIMEOUT)
        except OSError:
            pass  # it has gone by itself
        self.handle_close()

    # -- what waitress calls

    def writable(self) -> bool:
        if self.parked and self.connected and not self.reads_too_little:
            self.parked = False
            self.server.add_task(self)
        return bool(super().writable())

    def readable(self) -> bool:
        return self._discarding or bool(super().readable())

    def handle_read(self) -> None:
        if self._discarding:
            self.recv(self.adj.recv_bytes)
        else:
            super().handle_read()

    def handle_write(self) -> None:
        """Send what there is. After a refusal read on for a moment: closing with unread data would reset the answer away."""
        if self._refused and self.close_when_flushed:
            self._flush_exception(self._flush_some)
            if self.total_outbufs_len and not self.will_close:
                return
            if not self.will_close:
                self._discard_the_rest()
                return
        super().handle_write()

    def _discard_the_rest(self) -> None:
        self.close_when_flushed = False
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.handle_close()
            return
        self._discarding, self.waiting_since = True, time.monotonic()

    def send(self, data: bytes, do_close: bool = True) -> int:
        sent: int = super().send(data, do_close=do_close)
        self.bytes_sent += sent
        return sent

    def send_continue(self) -> None:
        if self.request is not None and self.request.completed:
            self.request.expect_continue = False  # refused by its headers, or without a body: nothing more to send
        else:
            super().send_continue()

    def service(self) -> None:
        request = self.requests[0]
        if request.error is not None:
            self._refused = True
            _report(request)
        super().service()
        self.waiting_since = time.monotonic()

    def handle_close(self) -> None:
        super().handle_close()
        # The lock is taken where a request is being read at this moment; then its body goes with the connection.
        if self.requests_lock.acquire(blocking=False):
            try:
                left = [self.request] if self.request is not None else []
                self.request = None
                if self.parked:  # no thread has its requests
                    left += self.requests
                    self.parked, self.requests = False, []
            finally:
                self.requests_lock.release()
            for request in left:
                request.close()


def unacknowledged(sock: socket.socket) -> int | None:
    """How many bytes the kernel holds because the peer has not acknowledged them. None where it does not say: only Linux does.

    What was handed to the kernel may be unread: its send buffer grows to 4 MiB, and takes more only when a third of it is free.
    """
    if sys.platform != "linux":
        return None
    try:
        return int(struct.unpack("i", fcntl.ioctl(sock, termios.TIOCOUTQ, bytes(4)))[0])  # SIOCOUTQ, see tcp(7)
    except (OSError, ValueError):  # not implemented, or closed
        return None


def _is_unread_file(buffer: ReadOnlyFileBasedBuffer | OverflowableBuffer) -> bool:
    # What is read to its end is closed when the next answer begins.
    return len(buffer) > 0 and (isinstance(buffer, ReadOnlyFileBasedBuffer) or buffer.overflowed)


def _report(request: RequestParser) -> None:
    if isinstance(request.error, RequestEntityTooLarge):
        event = "webhook_too_large" if request.pool is WEBHOOK else "request_too_large"
        declared = request.headers.get("CONTENT_LENGTH", "")
        log.error(event, pool=request.pool.name, limit=request.pool.largest_body, declared=declared)
