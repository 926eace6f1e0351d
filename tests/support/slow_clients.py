"""Clients that keep a web server waiting, on loopback: silent ones, and ones that send headers or a body a byte at a time."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator

# What each kind sends first; it then sends a byte a second, except the silent ones.
SILENT = b""
HEADERS = b"POST /hooks/sendgrid HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
BODY = b"POST /hooks/sendgrid HTTP/1.1\r\nHost: localhost\r\nContent-Length: 700000\r\n\r\n["
PACE = 1.0  # seconds between two bytes


class SlowClient:
    """One connection. `keep` opens it again when the server has closed it."""

    def __init__(self, port: int, beginning: bytes, context: ssl.SSLContext | None) -> None:
        self._port, self._beginning, self._context = port, beginning, context
        self.drops = 0
        self._open()

    def _open(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=30)
        if self._context and self._beginning != SILENT:
            self._socket = self._context.wrap_socket(self._socket)
        self._socket.sendall(self._beginning)
        self._socket.setblocking(False)

    def keep(self) -> None:
        """Send a byte, unless the client is a silent one."""
        try:
            if self._beginning != SILENT:
                self._socket.send(b"1")
            dropped = self._socket.recv(4096) == b""
        except (BlockingIOError, ssl.SSLWantReadError):
            dropped = False
        except OSError:
            dropped = True
        if dropped:
            self.close()
            self.drops += 1
            self._open()

    def close(self) -> None:
        self._socket.close()


@contextlib.contextmanager
def slow_clients(port: int, counts: dict[bytes, int], context: ssl.SSLContext | None = None) -> Iterator[list[SlowClient]]:
    """Keep so many clients of each kind connected, with TLS if there is a context."""
    clients = [SlowClient(port, kind, context) for kind, count in counts.items() for _ in range(count)]
    done = threading.Event()

    def keep_all() -> None:
        while not done.wait(PACE):
            for client in clients:
                client.keep()

    thread = threading.Thread(target=keep_all)
    thread.start()
    try:
        yield clients
    finally:
        done.set()
        thread.join()
        for client in clients:
            client.close()
