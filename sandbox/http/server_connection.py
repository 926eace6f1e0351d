"""One HTTP/1.1 connection at the level of bytes: reads requests, writes answers, and can also cut, reset or trickle,
which no ordinary HTTP server lets one do."""

import socket
import struct
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import parse_qs, unquote, urlsplit

import orjson

HEAD_LIMIT = 64 * 1024
PIECE = 256 * 1024
LINGER_NONE = struct.pack("ii", 1, 0)


class GarbledError(Exception):
    """What came is not HTTP/1.1 as far as this server speaks it."""


@dataclass(slots=True)
class Request:
    """Header names in lower case; the query with one value per name."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    length: int
    chunked: bool
    keep_alive: bool
    body: bytes | bytearray = b""


@dataclass(slots=True)
class Answer:
    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: list[tuple[str, str]] = field(default_factory=list)

    def head(self, keep_alive: bool, length: int | None = None) -> bytes:
        """The bytes before the body; `length` lets a partial answer promise more than it brings."""
        try:
            phrase = HTTPStatus(self.status).phrase
        except ValueError:
            phrase = "Unknown"
        lines = [f"HTTP/1.1 {self.status} {phrase}", "Server: nginx"]
        if not any(name == "Date" for name, _ in self.headers):
            lines.append(f"Date: {formatdate(usegmt=True)}")
        if self.status not in (204, 304):
            lines.append(f"Content-Type: {self.content_type}")
            lines.append(f"Content-Length: {len(self.body) if length is None else length}")
        lines += [f"{name}: {value}" for name, value in self.headers]
        lines.append("Connection: keep-alive" if keep_alive else "Connection: close")
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")


def json_answer(status: int, content: object, headers: list[tuple[str, str]] | None = None) -> Answer:
    return Answer(status, orjson.dumps(content), "application/json", headers or [])


class Connection:
    """Blocking, for one thread. `idle` is true while no request is under way on it."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._held = bytearray()
        self.idle = True
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def read_head(self) -> Request | None:
        """The next request without its body, or None when the client has closed."""
        self.idle = not self._held
        while (end := self._held.find(b"\r\n\r\n")) < 0:
            if len(self._held) > HEAD_LIMIT:
                raise GarbledError("head too long")
            piece = self._sock.recv(PIECE)
            if not piece:
                return None
            self._held += piece
        self.idle = False
        head = bytes(self._held[:end]).decode("latin-1")
        del self._held[: end + 4]
        return _parse_head(head)

    def read_body(self, request: Request, limit: int) -> bool:
        """Read the body into the request. False when it is longer than `limit`: then it has been drained, not kept."""
        if request.headers.get("expect", "").lower() == "100-continue":
            self._sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if request.chunked:
            return self._read_chunks(request, limit)
        if request.length > limit:
            self.drain(request.length)
            return False
        body = bytearray(request.length)
        taken = min(len(self._held), request.length)
        body[:taken] = self._held[:taken]
        del self._held[:taken]
        view = memoryview(body)
        while taken < request.length:
            count = self._sock.recv_into(view[taken:])
            if not count:
                request.body = body[:taken]
                raise ConnectionError("the client went away in the middle of its body")
            taken += count
        request.body = body
        return True

    def drain(self, length: int) -> None:
        """Read `length` bytes of body and forget them."""
        while length > 0:
            length -= len(self._take(min(PIECE, length)))

    def _take(self, most: int) -> bytes:
        """Between 1 and `most` bytes."""
        if not self._held:
            piece = self._sock.recv(PIECE)
            if not piece:
                raise ConnectionError("the client went away in the middle of its body")
            self._held += piece
        piece = bytes(self._held[:most])
        del self._held[:most]
        return piece

    def _read_chunks(self, request: Request, limit: int) -> bool:
        body, total = bytearray(), 0
        while size := int(self._line().split(b";")[0], 16):
            total += size
            while size:
                piece = self._take(size)
                size -= len(piece)
                if total <= limit:
                    body += piece
            self._line()
        while self._line():
            pass  # trailers
        request.body = body
        return total <= limit

    def _line(self) -> bytes:
        line = bytearray()
        while not line.endswith(b"\r\n"):
            line += self._take(1)
            if len(line) > HEAD_LIMIT:
                raise GarbledError("line too long")
        return bytes(line[:-2])

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

    def read_slowly(self, request: Request, seconds: float, share: float = 1.0) -> bytes:
        """Take `share` of the body in twenty small helpings spread over `seconds`, so that the client must wait. What
        was taken is given back to be read again, and returned."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 128 * 1024)  # or the kernel takes megabytes at once
        goal, taken = int(request.length * share), bytearray()
        helping = max(1, goal // 20)
        while len(taken) < goal:
            wanted = min(helping, goal - len(taken))
            while wanted:
                piece = self._take(wanted)
                taken += piece
                wanted -= len(piece)
            time.sleep(seconds / 20)
        self._held[:0] = taken
        return bytes(taken)

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
        self._sock.close()

    def reset(self) -> None:
        """RST: with linger 0 the kernel drops everything and says so."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NONE)
        self._sock.close()

    def hang_up(self) -> None:
        """End it from another thread; a blocked read there returns."""
        try:
            self._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # already gone


def _parse_head(head: str) -> Request:
    first, *lines = head.split("\r\n")
    parts = first.split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise GarbledError("not HTTP/1.x")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise GarbledError("a header without a colon")
        headers[name.strip().lower()] = value.strip()
    path, query = parts[1], {}
    if not path.startswith("/") or "?" in path or "#" in path:
        target = urlsplit(path)
        path, query = target.path, {name: values[-1] for name, values in parse_qs(target.query, keep_blank_values=True).items()}
    wish = headers.get("connection", "").lower()
    keep = wish != "close" if parts[2] == "HTTP/1.1" else wish == "keep-alive"
    length = headers.get("content-length", "0")
    if not length.isdigit():
        raise GarbledError("Content-Length is no number")
    chunked = headers.get("transfer-encoding", "").lower() == "chunked"
    return Request(parts[0], unquote(path), query, headers, int(length), chunked, keep)
