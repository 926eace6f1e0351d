"""The listening socket: accepts on loopback only, uses one thread per connection, can close and reopen."""

import ipaddress
import socket
import threading
import time
from collections.abc import Callable

from sandbox.http.server_connection import SandboxConnection


def is_loopback(host: str) -> bool:
    """True for 127.0.0.0/8, ::1 and the name localhost; names are never looked up."""
    name = host.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


class Listener:
    """Runs `serve(connection)` in a thread for each connection. `host` must be loopback: ValueError otherwise."""

    def __init__(self, host: str, port: int, serve: Callable[[SandboxConnection], None]) -> None:
        if not is_loopback(host):
            raise ValueError(f"cannot listen on {host}: the sandbox listens on loopback only; use 127.0.0.1, ::1 or localhost")
        self._host, self._serve = "127.0.0.1" if host == "localhost" else host.strip("[]"), serve
        self._connections: set[SandboxConnection] = set()
        self._lock = threading.Lock()
        self._down_until = 0.0
        self._stopped = threading.Event()
        self._socket = self._bind(port)
        self.port: int = self._socket.getsockname()[1]

    @property
    def url(self) -> str:
        shown = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{shown}:{self.port}"

    def _bind(self, port: int) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        return socket.create_server((self._host, port), family=family, backlog=512)

    def start(self) -> None:
        threading.Thread(target=self._accept, name="accept", daemon=True).start()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            pause = self._down_until - time.monotonic()
            if pause > 0:
                self._stopped.wait(pause)
                continue
            if self._socket.fileno() < 0:
                self._come_back()
                continue
            try:
                sock, _ = self._socket.accept()
            except OSError:
                continue  # closed by go_down or stop; the loop checks which
            threading.Thread(target=self._run, args=(SandboxConnection(sock),), daemon=True).start()

    def _come_back(self) -> None:
        try:
            self._socket = self._bind(self.port)
        except OSError:
            self._stopped.wait(0.02)  # for a moment a client may use our port as its own

    def _run(self, connection: SandboxConnection) -> None:
        with self._lock:
            self._connections.add(connection)
        try:
            self._serve(connection)
        finally:
            with self._lock:
                self._connections.discard(connection)

    def go_down(self, seconds: float) -> None:
        """Refuse connections for a while: close the listening socket and all idle connections."""
        self._down_until = time.monotonic() + seconds
        self._shut()
        with self._lock:
            idle = [connection for connection in self._connections if connection.idle]
        for connection in idle:
            connection.hang_up()

    def _shut(self) -> None:
        try:
            self._socket.shutdown(socket.SHUT_RDWR)  # close alone does not wake a thread that is waiting in accept
        except OSError:
            pass  # already shut
        self._socket.close()

    def stop(self) -> None:
        self._stopped.set()
        self._shut()
        with self._lock:
            rest = list(self._connections)
        for connection in rest:
            connection.hang_up()
