"""The receiving server of every HTTP case: reads mail/send bodies, answers 202, counts. Runs as its own process without Mailroom.

`python sink.py` prints `listening on http://127.0.0.1:PORT`. `GET /count` gives requests, recipients and
bytes as JSON; after `GET /keep` the next body is kept for `GET /kept`. `--latency 0.2`: a mail is answered after 0.2 s.
"""

import argparse
import json
import os
import select
import signal
import socket
import time
from collections import deque

# One in each personalization and nowhere else: inside a JSON text the quotes would be escaped.
MARK = b'"to":'
HEAD_LIMIT = 64 * 1024
FIRST_BUFFER = 256 * 1024
ID_START = os.urandom(6).hex()


class Connection:
    """One client, with the received part of its request in a buffer that is reused for the next."""

    __slots__ = ("body_at", "buffer", "closing", "filled", "head", "needed", "socket", "view")

    def __init__(self, accepted: socket.socket) -> None:
        self.socket = accepted
        self.buffer = bytearray(FIRST_BUFFER)
        self.view = memoryview(self.buffer)
        self.forget()

    def forget(self) -> None:
        self.filled = self.body_at = self.needed = 0
        self.head = b""
        self.closing = False

    def grow(self, size: int) -> None:
        self.view.release()
        self.buffer.extend(bytes(size - len(self.buffer)))
        self.view = memoryview(self.buffer)


class Sink:
    """An epoll loop over all connections."""

    def __init__(self, port: int = 0, latency: float = 0.0) -> None:
        self.latency = latency
        self.later: deque[tuple[float, Connection, bytes]] = deque()
        self.requests = self.recipients = self.bytes = self.connections = 0
        self.keeping = False
        self.kept = b""
        self.door = socket.create_server(("127.0.0.1", port), backlog=1024)
        self.door.setblocking(False)
        self.port = self.door.getsockname()[1]
        self.poll = select.epoll()
        self.poll.register(self.door, select.EPOLLIN)
        self.clients: dict[int, Connection] = {}
        self.ending = False

    def serve(self) -> None:
        door = self.door.fileno()
        while not self.ending:
            for handle, _ in self.poll.poll(max(0.0, min(0.5, self.later[0][0] - time.monotonic())) if self.later else 0.5):
                if handle == door:
                    self._accept()
                else:
                    self._read(self.clients[handle])
            while self.later and self.later[0][0] <= time.monotonic():
                _, client, answer = self.later.popleft()
                self._write(client, answer)

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self.door.accept()
            except BlockingIOError:
                return
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            accepted.setblocking(False)
            self.connections += 1
            self.clients[accepted.fileno()] = Connection(accepted)
            self.poll.register(accepted, select.EPOLLIN)

    def _drop(self, client: Connection) -> None:
        handle = client.socket.fileno()
        if handle in self.clients:
            del self.clients[handle]
            self.poll.unregister(handle)
            client.socket.close()

    def _read(self, client: Connection) -> None:
        try:
            count = client.socket.recv_into(client.view[client.filled :])
        except BlockingIOError:
            return
        except OSError:
            count = 0
        if not count:
            self._drop(client)
            return
        client.filled += count
        if not client.needed and not self._read_head(client):
            return
        if client.filled >= client.needed:
            self._take(client)
        elif client.needed > len(client.buffer):
            client.grow(client.needed)

    def _read_head(self, client: Connection) -> bool:
        end = client.buffer.find(b"\r\n\r\n", 0, client.filled)
        if end < 0:
            if client.filled >= HEAD_LIMIT:
                self._drop(client)
            return False
        client.head = bytes(client.view[:end])
        lowered = client.head.lower()
        length = 0
        if (at := lowered.find(b"\ncontent-length:")) >= 0:
            length = int(lowered[at + 16 :].split(b"\r", 1)[0])
        client.closing = b"\nconnection: close" in lowered
        client.body_at = end + 4
        client.needed = client.body_at + length
        return True

    def _take(self, client: Connection) -> None:
        """Count a complete request, and answer at once."""
        if client.head.startswith(b"POST"):
            found = client.buffer.count(MARK, client.body_at, client.needed)
            self.requests += 1
            self.recipients += found
            self.bytes += client.needed - client.body_at
            if self.keeping:
                self.keeping, self.kept = False, bytes(client.view[client.body_at : client.needed])
            self.later.append((time.monotonic() + self.latency, client, self._accepted(client.closing)))
        else:
            self._write(client, self._tell(client))

    def _accepted(self, closing: bool) -> bytes:
        kind = "close" if closing else "keep-alive"
        return (
            f"HTTP/1.1 202 Accepted\r\nServer: sink\r\nContent-Length: 0\r\nConnection: {kind}\r\n"
            f"X-Message-Id: {ID_START}{self.requests:010x}\r\n\r\n"
        ).encode("ascii")

    def _tell(self, client: Connection) -> bytes:
        path = client.head.split(b" ", 2)[1]
        if path == b"/kept":
            body = self.kept
        else:
            if path == b"/keep":
                self.keeping, self.kept = True, b""
            body = json.dumps(
                {
                    "requests": self.requests, "recipients": self.recipients, "bytes": self.bytes,
                    "connections": self.connections, "cpu": sum(os.times()[:2]),
                }
            ).encode()  # fmt: skip
        return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)

    def _write(self, client: Connection, answer: bytes) -> None:
        closing = client.closing
        client.forget()
        try:
            sent = client.socket.send(answer)
            if sent < len(answer):  # only the answer to /kept is longer than an empty send buffer
                client.socket.setblocking(True)
                client.socket.sendall(answer[sent:])
                client.socket.setblocking(False)
        except OSError:
            closing = True
        if closing:
            self._drop(client)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds until a mail is answered")
    options = parser.parse_args()
    sink = Sink(options.port, options.latency)

    def end(*_: object) -> None:
        sink.ending = True

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    print(f"listening on http://127.0.0.1:{sink.port}", flush=True)
    sink.serve()


if __name__ == "__main__":
    main()
