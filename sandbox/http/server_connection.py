"""One HTTP/1.1 connection at the level of bytes: reads requests, writes answers, and can also cut, reset or trickle,
which no ordinary HTTP server lets one do."""

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
    """What came is not HTTP/1.1 as far as this server speaks it."""


@dataclass(slots=True)
class Request:
    """Header names in lower case; the query with one value per name; of the body what has been read so far."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    length: int
    chunked: bool
    keep_alive: bool
    body: bytes = b""


@dataclass(slots=True)
class Answer:
    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: list[tuple[str, str]] = field(default_factory=list)

    def head(self, keep_alive: bool, length: int | None = None) -> bytes:
        """The bytes before the body; `length` lets a partial answer promise more than it brings."""
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}", "Server: nginx"]
        if not any(name == "Date" for name, _ in self.headers):
            lines.append(f"Date: {formatdate(usegmt=True)}")
        if self.status != 204:
            lines.append(f"Content-Type: {self.content_type}")
            lines.append(f"Content-Length: {len(self.body) if length is None else length}")
        lines += [f"{name}: {value}" for name, value in self.headers]
        lines.append("Connection: keep-alive" if keep_alive else "Connection: close")
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")


def json_answer(status: int, content: object) -> Answer:
    return Answer(status, orjson.dumps(content))


class Connection:
    """Blocking, for one thread. `idle` is true while no request is under way on it."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._received = sock.makefile("rb")
        self.idle = True
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def read_head(self) -> Request | None:
        """The next request without its body, or None when the client has closed."""
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
        """Read the body into the request. False when it is longer than `limit`: then it has been drained, not kept."""
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
            raise ConnectionError("the client went away in the middle of its body")
        return True

    def _take(self, count: int) -> bytes:
        """Exactly so many bytes of body."""
        piece = self._received.read(count)
        if len(piece) < count:
            raise ConnectionError("the client went away in the middle of its body")
        return piece

    def _drain(self, length: int) -> None:
        """Read `length` bytes of body and forget them."""
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
            raise GarbledError("a line or a head too long, or cut off")
        return line[:-2].decode("latin-1")

    def send(self, answer: Answer, keep_alive: bool) -> None:
        self._sock.sendall(answer.head(keep_alive) + answer.body)

    def send_part(self, answer: Answer, whole_head: bool) -> None:
        """Half of the head; or the head and less body than it promises. The caller closes after it.

        A lenient client takes half a head for a whole one without the rest of its headers."""
        head = answer.head(False, length=max(64, 2 * len(answer.body)))
        self._sock.sendall(head + answer.body[: len(answer.body) // 2] if whole_head else head[: len(head) // 2])

    def send_slowly(self, answer: Answer, seconds: float) -> None:
        """The whole answer, byte by byte, spread over `seconds`."""
        data = answer.head(False) + answer.body
        for byte in data:
            self._sock.sendall(bytes([byte]))
            time.sleep(seconds / len(data))

    def read_slowly(self, request: Request, seconds: float, share: float = 1.0) -> None:
        """Read `share` of the body in twenty small helpings spread over `seconds`, so that the client must wait."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 128 * 1024)  # or the kernel takes megabytes at once
        goal = int(request.length * share)
        helping = max(1, goal // 20)
        while (left := goal - len(request.body)) > 0:
            request.body += self._take(min(helping, left))
            time.sleep(seconds / 20)

    def await_close(self, seconds: float) -> None:
        """Say nothing until the client gives up, at most `seconds`."""
        self._sock.settimeout(seconds)
        try:
            while self._sock.recv(PIECE):
                pass
        except OSError:
            pass  # a time-out or a reset: either way nobody waits any more

    def close(self) -> None:
        """An orderly end (FIN), or a reset when the client still has bytes in flight that nobody reads."""
        try:
            self._sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # already gone
        self._let_go()

    def reset(self) -> None:
        """RST: with linger 0 the kernel drops everything and says so."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NONE)
        self._let_go()

    def _let_go(self) -> None:
        self._received.close()  # the socket lives as long as a file of it is open
        self._sock.close()

    def hang_up(self) -> None:
        """End it from another thread; a blocked read there returns."""
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
        raise GarbledError("Content-Length is no number")
    chunked = headers.get("transfer-encoding", "").lower() == "chunked"
    return Request(method, unquote(target.path), query, headers, int(length), chunked, keep)
