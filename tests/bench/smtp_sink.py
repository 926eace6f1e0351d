"""The receiving server of case (e): accepts mail over SMTP, stores nothing, counts messages. A process without Mailroom.

Prints `listening on 127.0.0.1:PORT`, and on TERM `received N messages`.
"""

from __future__ import annotations

import selectors
import signal
import socket


class Session:
    """One SMTP session: lines until DATA, then text until the lone dot."""

    def __init__(self, accepted: socket.socket) -> None:
        self.socket = accepted
        self.pending = bytearray()
        self.in_data = False
        self.messages = 0

    def hear(self, piece: bytes) -> tuple[bytes, bool]:
        """Process received bytes; returns the answer and whether the session ends."""
        self.pending += piece
        answers = bytearray()
        while True:
            if self.in_data:
                end = self.pending.find(b"\r\n.\r\n")
                if end < 0:
                    return bytes(answers), False
                del self.pending[: end + 5]
                self.in_data = False
                self.messages += 1
                answers += b"250 2.0.0 taken\r\n"
                continue
            end = self.pending.find(b"\r\n")
            if end < 0:
                return bytes(answers), False
            line = bytes(self.pending[:end]).upper()
            del self.pending[: end + 2]
            if line.startswith((b"EHLO", b"HELO")):
                answers += b"250-sink\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"
            elif line == b"DATA":
                self.in_data = True
                self.pending[:0] = b"\r\n"  # so that an empty message also ends
                answers += b"354 go on\r\n"
            elif line == b"QUIT":
                return bytes(answers + b"221 2.0.0 bye\r\n"), True
            else:
                answers += b"250 2.0.0 ok\r\n"


class SmtpSink:
    """A selector loop over all sessions."""

    def __init__(self, port: int = 0) -> None:
        self.messages = 0
        self.ending = False
        self.door = socket.create_server(("127.0.0.1", port), backlog=256)
        self.port = self.door.getsockname()[1]
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.door, selectors.EVENT_READ)

    def serve(self) -> None:
        while not self.ending:
            for key, _ in self.selector.select(0.2):
                if key.fileobj is self.door:
                    self._accept()
                else:
                    self._hear(key.data)

    def _accept(self) -> None:
        accepted, _ = self.door.accept()
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.selector.register(accepted, selectors.EVENT_READ, Session(accepted))
        accepted.sendall(b"220 sink ESMTP\r\n")

    def _hear(self, session: Session) -> None:
        before = session.messages
        try:
            piece = session.socket.recv(256 * 1024)
            answers, ended = session.hear(piece) if piece else (b"", True)
            if answers:
                session.socket.sendall(answers)
        except OSError:
            ended = True
        self.messages += session.messages - before
        if ended:
            self.selector.unregister(session.socket)
            session.socket.close()


def main() -> None:
    sink = SmtpSink()

    def end(*_: object) -> None:
        sink.ending = True

    signal.signal(signal.SIGTERM, end)
    print(f"listening on 127.0.0.1:{sink.port}", flush=True)
    sink.serve()
    print(f"received {sink.messages} messages", flush=True)


if __name__ == "__main__":
    main()
