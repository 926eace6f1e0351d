"""Scripted servers on loopback: each connection is handled by a script that reads and writes raw bytes."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

ACCEPTED = b"HTTP/1.1 202 Accepted\r\nX-Message-Id: abcdefghijklmnopqrstuv\r\nContent-Length: 0\r\n\r\n"


class Scripted:
    """What a scripted server received: connections, requests (head, body)."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.connections = 0
        self.requests: list[tuple[bytes, bytes]] = []
        self.stop = threading.Event()

    def read_request(self, conn: socket.socket) -> tuple[bytes, bytes] | None:
        """One whole request, or None if the client closed the connection."""
        data = b""
        while b"\r\n\r\n" not in data:
            piece = conn.recv(65536)
            if not piece:
                return None
            data += piece
        head, body = data.split(b"\r\n\r\n", 1)
        length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0)
        while len(body) < length:
            piece = conn.recv(65536)
            if not piece:
                return None
            body += piece
        self.requests.append((head, body))
        return head, body


Script = Callable[[Scripted, socket.socket], None]


@contextmanager
def serve(script: Script, receive_buffer: int | None = None) -> Iterator[Scripted]:
    """Run `script` for every connection, each in its own thread; a socket error ends the script."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if receive_buffer:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    listener.bind(("127.0.0.1", 0))
    listener.listen(16)
    seen = Scripted(listener.getsockname()[1])
    threads: list[threading.Thread] = []
    open_conns: list[socket.socket] = []

    def attend(conn: socket.socket) -> None:
        with conn:
            try:
                script(seen, conn)
            except OSError:
                pass

    def listen() -> None:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                return
            if seen.stop.is_set():
                conn.close()
                return
            conn.settimeout(10)
            seen.connections += 1
            open_conns.append(conn)
            thread = threading.Thread(target=attend, args=(conn,), daemon=True)
            threads.append(thread)
            thread.start()

    main = threading.Thread(target=listen, daemon=True)
    main.start()
    try:
        yield seen
    finally:
        seen.stop.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for conn in open_conns:
            try:
                conn.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        for thread in [main, *threads]:
            thread.join(5)


def reset(conn: socket.socket) -> None:
    """Close with RST in place of FIN."""
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    conn.close()


def answer(data: bytes) -> Script:
    """A script that answers every request of a kept-alive connection with the same bytes."""

    def script(seen: Scripted, conn: socket.socket) -> None:
        while seen.read_request(conn):
            conn.sendall(data)

    return script


def reply(status: int, body: bytes = b"", *headers: str, reason: str = "Told") -> bytes:
    lines = [f"HTTP/1.1 {status} {reason}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def errors(message: str, field: str | None = None) -> bytes:
    field_json = "null" if field is None else f'"{field}"'
    return f'{{"errors":[{{"message":"{message}","field":{field_json},"help":null}}]}}'.encode()
