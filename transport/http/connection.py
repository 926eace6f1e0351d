"""One kept-alive HTTP/1.1 connection with one deadline for everything: name lookup, connect, TLS, sending, answer.

Only this module knows whether a byte of a request was sent. So it decides whether a failure is `RequestNotStartedError`
(nothing can have been accepted) or `BrokenConnectionError` (the outcome is not known). It follows no redirect, repeats nothing
and ignores proxy variables.
"""

import http.client
import io
import math
import select
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from transport.http.deadline import Deadline
from transport.http.endpoint import Endpoint, RequestNotStartedError, look_up

PIECE = 128 * 1024
MAX_ANSWER = 1024 * 1024
# An idle connection older than this is replaced: if a gateway dropped it without a FIN, a whole attempt would become
# `unknown`, and a handshake costs less than that.
MAX_IDLE = 20.0
# The status decides. The rest of an answer only explains it, and may not occupy a sending slot for the whole deadline.
MAX_BODY_WAIT = 5.0

_WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class BrokenConnectionError(Exception):
    """Bytes were sent and no usable answer came; `status` is set if a response head was read that proves nothing."""

    def __init__(self, detail: str, status: int | None = None) -> None:
        super().__init__(detail)
        self.status = status


@dataclass(slots=True)
class Answer:
    status: int
    reason: str
    headers: http.client.HTTPMessage
    body: bytes = field(default=b"", repr=False)


def ignore(_stage: str) -> None:
    """The default observer, which does nothing."""


class _ReceivedFile(io.RawIOBase):
    """The receiving side as a file for http.client: first what was received early, then the socket, until the deadline."""

    def __init__(self, connection: "HttpConnection", deadline: Deadline) -> None:
        self._connection = connection
        self.deadline = deadline

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._connection.receive_into(buffer, self.deadline)


class HttpConnection:
    """One connection to one endpoint, opened when needed. For one thread at a time; create it after any fork.

    `permit` says for each IP address whether to connect to it; tests can replace `look_up`.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        permit: Callable[[str], bool] = lambda _ip: True,
        look_up: Callable[[str, int, Deadline], list[str]] = look_up,
    ) -> None:
        self.endpoint = endpoint
        self._tls = ssl.create_default_context() if endpoint.scheme == "https" else None
        self._permit = permit
        self._look_up = look_up
        self._socket: socket.socket | None = None
        self._used_at = 0.0
        self._begun = False
        self._early = bytearray()
        self._ended = False

    def close(self) -> None:
        """Close the connection, if there is one; the next exchange opens another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def exchange(
        self,
        head: bytes,
        body: bytes,
        deadline: Deadline,
        begin_until: float | None = None,
        observe: Callable[[str], None] = ignore,
        method: str = "POST",
    ) -> Answer:
        """Send one request and read its answer.

        Raises RequestNotStartedError or BrokenConnectionError, nothing else on network trouble.

        `head` ends with the empty line. `method` matters only for HEAD, whose answer has no body. `begin_until` is a
        `time.monotonic()` value: nothing is sent later than that.
        """
        keep = False
        try:
            self._connect(deadline.sooner(begin_until))
            observe("connected")
            if begin_until is not None and time.monotonic() >= begin_until:
                # A process that was stopped here for a minute must not wake up and send.
                raise RequestNotStartedError("time-out")
            whole = self._send(head, body, deadline, observe)
            answer, keep = self._read_answer(deadline, observe, whole, method)
            return answer
        finally:
            if keep:
                self._used_at = time.monotonic()
            else:
                self.close()

    # -- connecting

    def _connect(self, deadline: Deadline) -> None:
        self._begun = False
        try:
            deadline.left()
            if self._socket is not None and not self._is_fresh():
                self.close()
            if self._socket is None:
                self._socket = self._open(deadline)
            # Last, because the check of the old connection may have read its end.
            self._ended = False
            self._early.clear()
        except TimeoutError:
            raise RequestNotStartedError("time-out") from None

    def _is_fresh(self) -> bool:
        """Whether the idle connection is still open, and the server sent nothing unasked.

        A close that arrives after our first byte left cannot be seen here; that attempt ends as BrokenConnectionError.
        """
        if self._socket is None or time.monotonic() - self._used_at > MAX_IDLE:
            return False
        self._socket.settimeout(0)
        # In TLS a readable socket may contain only a session ticket, so read instead of peeking.
        return not self._receive_early()

    def _open(self, deadline: Deadline) -> socket.socket:
        addresses = [ip for ip in self._look_up(self.endpoint.host, self.endpoint.port, deadline) if self._permit(ip)]
        if not addresses:
            raise RequestNotStartedError("no permitted address")
        why = ""
        for ip in addresses:
            try:
                return self._secure(socket.create_connection((ip, self.endpoint.port), deadline.left()), deadline)
            except TimeoutError:
                deadline.left()
                why = "connecting timed out"
            except ssl.SSLError as error:
                why = f"TLS: {error.reason or 'handshake failed'}"
            except ConnectionRefusedError:
                why = "connection refused"
            except (OSError, ValueError) as error:
                why = f"cannot connect: {type(error).__name__}"
        raise RequestNotStartedError(why)

    def _secure(self, raw: socket.socket, deadline: Deadline) -> socket.socket:
        try:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is None:
                return raw
            raw.settimeout(deadline.left())
            return self._tls.wrap_socket(raw, server_hostname=self.endpoint.host)
        except BaseException:
            raw.close()
            raise

    # -- sending

    def _send(self, head: bytes, body: bytes, deadline: Deadline, observe: Callable[[str], None]) -> bool:
        """Send everything; False if the server answered or closed the connection before that."""
        assert self._socket is not None  # noqa: S101 - _connect has just set it
        half = len(body) // 2
        halfway = False
        self._socket.settimeout(0)
        for part in (memoryview(head), memoryview(body)):
            sent = 0
            while sent < len(part):
                more = self._push(part[sent : sent + PIECE], deadline)
                if more is None:
                    return False
                sent += more
                if part.obj is body and not halfway and sent >= half:
                    halfway = True
                    observe("half_sent")
        observe("sent")
        return True

    def _push(self, piece: memoryview, deadline: Deadline) -> int | None:
        """The number of bytes that the socket took, 0 if it would block; None if the server answered or closed."""
        assert self._socket is not None  # noqa: S101 - _connect has set it
        ready = self._wait(select.POLLIN | select.POLLOUT, deadline)
        if ready & ~select.POLLOUT and self._receive_early():
            self._check_begun()
            return None
        try:
            sent = self._socket.send(piece)
        except ssl.SSLWantReadError:
            self._wait(select.POLLIN, deadline)
            return 0
        except _WOULD_BLOCK:
            self._begun = self._begun or self._tls is not None  # part of a TLS record may have been sent
            return 0
        except OSError:
            # The reason may be there already: an early 413 followed by a close.
            self._receive_early()
            self._check_begun()
            return None
        self._begun = True
        return sent

    def _check_begun(self) -> None:
        """Raise RequestNotStartedError if no byte was sent. Otherwise nothing more can be sent, and the answer is read next."""
        if not self._begun:
            raise RequestNotStartedError("connection lost before the first byte")

    def _wait(self, mask: int, deadline: Deadline) -> int:
        assert self._socket is not None  # noqa: S101 - _connect has set it
        poll = select.poll()
        poll.register(self._socket.fileno(), mask)
        left = deadline.at - time.monotonic()
        events = poll.poll(math.ceil(left * 1000)) if left > 0 else []
        if not events:
            raise (BrokenConnectionError if self._begun else RequestNotStartedError)("time-out")
        return events[0][1]

    def _receive_early(self) -> bool:
        """Read what the server has sent, without waiting; whether it sent something or closed the connection."""
        assert self._socket is not None  # noqa: S101 - _connect has set it
        try:
            heard = self._socket.recv(64 * 1024)
        except _WOULD_BLOCK:
            return False
        except OSError:
            heard = b""
        self._early += heard
        self._ended = self._ended or not heard
        return True

    # -- reading

    def receive_into(self, buffer: Any, deadline: Deadline) -> int:
        """Fill `buffer` from what was received early, then from the socket. Raises TimeoutError at the deadline."""
        if self._early:
            count = min(len(buffer), len(self._early))
            buffer[:count] = self._early[:count]
            del self._early[:count]
            return count
        if self._ended or self._socket is None:
            return 0
        self._socket.settimeout(deadline.left())
        return self._socket.recv_into(buffer)

    def _read_answer(self, deadline: Deadline, observe: Callable[[str], None], whole: bool, method: str) -> tuple[Answer, bool]:
        received = _ReceivedFile(self, deadline)
        response = http.client.HTTPResponse(received, method=method)  # type: ignore[arg-type]
        try:
            try:
                response.begin()
            except TimeoutError:
                raise BrokenConnectionError("time-out") from None
            except http.client.RemoteDisconnected:
                raise BrokenConnectionError("closed without an answer") from None
            except (http.client.HTTPException, ValueError):
                raise BrokenConnectionError("the answer is not HTTP") from None
            except OSError:
                raise BrokenConnectionError("connection lost") from None
            observe("head_read")
            answer = Answer(response.status, response.reason, response.msg)
            if not whole and not 400 <= answer.status < 500:
                raise BrokenConnectionError("answered before the whole request was sent", answer.status)
            received.deadline = Deadline(min(deadline.at, time.monotonic() + MAX_BODY_WAIT))
            complete = self._read_body(response, answer)
            return answer, complete and whole and not response.will_close
        finally:
            response.close()

    @staticmethod
    def _read_body(response: http.client.HTTPResponse, answer: Answer) -> bool:
        """Read up to MAX_ANSWER bytes of the body; whether that was all of it. The status is valid in any case."""
        if answer.status == 202 and response.length != 0:
            return False  # documented as empty, so there is nothing to wait for
        pieces: list[bytes] = []
        room = MAX_ANSWER
        complete = False
        try:
            while room:
                piece = response.read(min(room, 64 * 1024))
                if not piece:
                    complete = not response.length
                    break
                pieces.append(piece)
                room -= len(piece)
        except (OSError, http.client.HTTPException, ValueError):
            pass  # cut short, too slow or malformed: what did arrive may still explain the status
        answer.body = b"".join(pieces)
        return complete
