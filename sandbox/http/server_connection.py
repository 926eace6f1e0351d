"""One HTTP/1.1 connection at the level of bytes: reads requests and writes answers. It can also cut off, reset or trickle
an answer, which ordinary HTTP servers cannot."""

import socket
import struct
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

HEAD_LIMIT = 64 * 1024
PIECE = 256 * 1024
LINGER_NONE = struct.pack("ii", 1, 0)


class GarbledError(Exception):
    """The client sent something that is not HTTP/1.1, or not a part of it that this server supports."""


@dataclass(slots=True)
class Request:
    """A request: header names in lower case, one value per query name, and the part of the body that has been read."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    length: int
    chunked: bool
    keep_alive: bool
    body: bytes = b""


@dataclass(slots=True)
class SandboxAnswer:
    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: list[tuple[str, str]] = field(default_factory=list)

    def head(self, keep_alive: bool, length: int | None = None) -> bytes:
        """The bytes before the body; with `length` a partial answer declares a longer body than it sends."""
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}", "Server: nginx"]
        if not any(name == "Date" for name, _ in self.headers):
            lines.append(f"Date: {formatdate(usegmt=True)}")
        if self.status != 204:
            lines.append(f"Content-Type: {self.content_type}")
            lines.append(f"Content-Length: {len(self.body) if length is None else length}")
        lines += [f"{name}: {value}" for name, value in self.headers]
        lines.append("Connection: keep-alive" if keep_alive else "Connection: close")
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")


def json_answer(status: int, content: object) -> SandboxAnswer:
    return SandboxAnswer(status, orjson.dumps(content))


class SandboxConnection:
    """A blocking connection, for use by one thread. `idle` is true while no request is in progress."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._received = sock.makefile("rb")
        self.idle = True
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def read_head(self) -> Request | None:
        """The next request without its body, or None if the client has closed the connection."""
        self.idle = True
        if not self._received.peek(1):
            return None
        self.idle = False
        first, room = self._line(), HEAD_LIMIT
        headers: dict[str, str] = {}
        while line := self._line(room):
            room -= len(line)
            name, colon, value = line.partition(":")
            if not colon:
                raise GarbledError("a header without a colon")
            headers[name.strip().lower()] = value.strip()
        return _parse_head(first, headers)

    def read_body(self, request: Request, limit: int) -> bool:
        """Read the body into the request. False if it is longer than `limit`: then it was read and discarded."""
        if request.headers.get("expect", "").lower() == "100-continue":
            self._sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if request.chunked:
            return self._read_chunks(request, limit)
        left = request.length - len(request.body)
        if request.length > limit:
            self._drain(left)
            return False
        request.body += self._received.read(left)
        if len(request.body) < request.length:
            raise ConnectionError("the client closed the connection in the middle of its body")
        return True

    def _take(self, count: int) -> bytes:
        piece = self._received.read(count)
        if len(piece) < count:
            raise ConnectionError("the client closed the connection in the middle of its body")
        return piece

    def _drain(self, length: int) -> None:
        for start in range(0, length, PIECE):
            self._take(min(PIECE, length - start))

    def _read_chunks(self, request: Request, limit: int) -> bool:
        pieces, total = [], 0
        while size := int(self._line().partition(";")[0], 16):
            total += size
            if total <= limit:
                pieces.append(self._take(size))
            else:
                self._drain(size)
            self._line()
        while self._line():
            pass  # trailers
        request.body = b"".join(pieces)
        return total <= limit

    def _line(self, limit: int = HEAD_LIMIT) -> str:
        line = self._received.readline(limit)
        if not line.endswith(b"\r\n"):
            raise GarbledError("a line or the head is too long, or was cut off")
        return line[:-2].decode("latin-1")

    def send(self, answer: SandboxAnswer, keep_alive: bool) -> None:
        self._sock.sendall(answer.head(keep_alive) + answer.body)

    def send_part(self, answer: SandboxAnswer, whole_head: bool) -> None:
        """Send half of the head, or the head and less body than it declares. The caller then closes the connection.

        A lenient client takes half a head for a complete one with fewer headers."""
        head = answer.head(False, length=max(64, 2 * len(answer.body)))
        self._sock.sendall(head + answer.body[: len(answer.body) // 2] if whole_head else head[: len(head) // 2])

    def send_slowly(self, answer: SandboxAnswer, seconds: float) -> None:
        data = answer.head(False) + answer.body
        for byte in data:
            self._sock.sendall(bytes([byte]))
            time.sleep(seconds / len(data))

    def read_slowly(self, request: Request, seconds: float, share: float = 1.0) -> None:
        """Read `share` of the body in twenty small parts spread over `seconds`, so that the client must wait."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 128 * 1024)  # otherwise the kernel accepts megabytes at once
        goal = int(request.length * share)
        helping = max(1, goal // 20)
        while (left := goal - len(request.body)) > 0:
            request.body += self._take(min(helping, left))
            time.sleep(seconds / 20)

    def await_close(self, seconds: float) -> None:
        """Send nothing until the client gives up, for at most `seconds`."""
        self._sock.settimeout(seconds)
        try:
            while self._sock.recv(PIECE):
                pass
        except OSError:
            pass  # a time-out or a reset: in both cases the client no longer waits

    def close(self) -> None:
        """Close the connection: with FIN, or with a reset if bytes of the client are still unread."""
        try:
            self._sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # already gone
        self._let_go()

    def reset(self) -> None:
        """Send RST: with linger 0 the kernel discards everything and resets the connection."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NONE)
        self._let_go()

    def _let_go(self) -> None:
        self._received.close()  # the socket lives as long as a file of it is open
        self._sock.close()

    def hang_up(self) -> None:
        """Close the connection from another thread, so that its blocked read returns."""
        try:
            self._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # already gone


def _parse_head(first: str, headers: dict[str, str]) -> Request:
    parts = first.split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise GarbledError("not HTTP/1.x")
    method, target, version = parts[0], urlsplit(parts[1]), parts[2]
    query = dict(parse_qsl(target.query, keep_blank_values=True))
    wish = headers.get("connection", "").lower()
    keep = wish != "close" if version == "HTTP/1.1" else wish == "keep-alive"
    length = headers.get("content-length", "0")
    if not length.isdigit():
        raise GarbledError("Content-Length is not a number")
    chunked = headers.get("transfer-encoding", "").lower() == "chunked"
    return Request(method, unquote(target.path), query, headers, int(length), chunked, keep)
