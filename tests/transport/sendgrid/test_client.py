"""Calls over real sockets: every way in which a call can fail, and its outcome."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.transport.scripted_server import ACCEPTED, Script, Scripted, answer, errors, reply, reset, serve
from transport.http.endpoint import Deadline
from transport.outcomes import Cause, Outcome, OutcomeKind
from transport.sendgrid.client import ApiClient
from transport.sendgrid.payload import MAX_BODY

BODY = b'{"personalizations":[]}'
BIG = b"x" * 8_000_000  # more than any pair of socket buffers can hold
SHORT = 0.5


@contextmanager
def client(host: str, **options: object) -> Iterator[ApiClient]:
    made = ApiClient("SG.test-key", host, **({"timeout": 5.0} | options))  # type: ignore[arg-type]
    try:
        yield made
    finally:
        made.close()


def sent(script: Script, body: bytes = BODY, timeout: float = 5.0, receive_buffer: int | None = None) -> Outcome:
    """The outcome of one send to a server that runs `script`; the deadline must be kept in any case."""
    with serve(script, receive_buffer) as server, client(server.url, timeout=timeout) as provider:
        began = time.monotonic()
        outcome = provider.send(body)
        assert time.monotonic() - began < timeout + 4.0  # every script would take longer
        return outcome


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# -- answers


def test_202_is_accepted() -> None:
    with serve(answer(ACCEPTED)) as server, client(server.url) as provider:
        outcome = provider.send(BODY)
    assert outcome == Outcome(OutcomeKind.ACCEPTED, 202, "abcdefghijklmnopqrstuv", detail="202")
    head, body = server.requests[0]
    assert body == BODY
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /v3/mail/send HTTP/1.1"
    assert f"Host: 127.0.0.1:{server.port}" in lines
    assert "Authorization: Bearer SG.test-key" in lines
    assert "Content-Type: application/json" in lines
    assert any(line.startswith("User-Agent: sendgrid/") for line in lines)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 413, 415, 418, 422])
def test_refused(status: int) -> None:
    outcome = sent(answer(reply(status, errors("no", "personalizations.2.to"))))
    assert (outcome.kind, outcome.status) == (OutcomeKind.REFUSED, status)
    assert outcome.detail == f"{status} personalizations.2.to: no"


def test_busy() -> None:
    outcome = sent(answer(reply(429, errors("too many requests"), "Retry-After: 3")))
    assert (outcome.kind, outcome.retry_after) == (OutcomeKind.BUSY, 3)


@pytest.mark.parametrize("status", [200, 204, 307, 408, 500, 502, 503, 504])
def test_statuses_that_prove_nothing(status: int) -> None:
    body = b"" if status == 204 else b"<html>bad gateway</html>"
    assert sent(answer(reply(status, body))).kind is OutcomeKind.UNKNOWN


def test_continue_is_skipped() -> None:
    assert sent(answer(b"HTTP/1.1 100 Continue\r\n\r\n" + ACCEPTED)).kind is OutcomeKind.ACCEPTED


def test_chunked_error_body() -> None:
    text = errors("no", "from")
    chunked = b"HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(text), text)
    outcome = sent(answer(chunked))
    assert outcome.cause is Cause.CREDENTIALS
    assert outcome.detail == "403 from: no"


def test_redirect_is_not_followed_and_gets_no_key() -> None:
    with serve(answer(ACCEPTED)) as other:
        outcome = sent(answer(reply(302, b"", f"Location: {other.url}/v3/mail/send")))
        assert (outcome.kind, outcome.status) == (OutcomeKind.UNKNOWN, 302)
        assert other.connections == 0


# -- failures before a byte was sent


def test_connection_refused() -> None:
    with client(f"http://127.0.0.1:{free_port()}") as provider:
        outcome = provider.send(BODY)
    assert outcome == Outcome(OutcomeKind.NEVER_CONNECTED, detail="connection refused")


def test_name_not_found() -> None:
    with client("https://mailroom.invalid", timeout=3.0) as provider:
        outcome = provider.send(BODY)
    assert outcome.kind is OutcomeKind.NEVER_CONNECTED


def test_hanging_name_lookup_ends_at_the_deadline() -> None:
    with client("https://api.sendgrid.com", timeout=0.3) as provider:
        release = threading.Event()

        def hang(_host: str, _port: int, deadline: Deadline) -> list[str]:
            release.wait(deadline.left())
            raise TimeoutError

        provider._connection._look_up = hang
        began = time.monotonic()
        outcome = provider.send(BODY)
    assert outcome == Outcome(OutcomeKind.NEVER_CONNECTED, detail="time-out")
    assert time.monotonic() - began < 4


def test_connecting_that_times_out_is_never_connected() -> None:
    # A full backlog: the kernel drops further SYNs, so connecting hangs.
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        waiting = []
        try:
            for _ in range(4):
                connection = socket.socket()
                connection.setblocking(False)
                connection.connect_ex(("127.0.0.1", port))
                waiting.append(connection)
            with client(f"http://127.0.0.1:{port}", timeout=0.4) as provider:
                began = time.monotonic()
                outcome = provider.send(BODY)
        finally:
            for connection in waiting:
                connection.close()
    assert outcome == Outcome(OutcomeKind.NEVER_CONNECTED, detail="time-out")
    assert time.monotonic() - began < 4


def test_tls_that_fails_or_hangs_never_connected() -> None:
    def not_tls(_seen: Scripted, conn: socket.socket) -> None:
        conn.recv(65536)
        conn.sendall(b"HTTP/1.1 400 plain\r\n\r\n")

    with serve(not_tls) as server, client(f"https://127.0.0.1:{server.port}") as provider:
        outcome = provider.send(BODY)
    assert outcome.kind is OutcomeKind.NEVER_CONNECTED
    assert outcome.detail.startswith("TLS")

    def mute(seen: Scripted, _conn: socket.socket) -> None:
        seen.stop.wait(10)

    with serve(mute) as server, client(f"https://127.0.0.1:{server.port}", timeout=0.3) as provider:
        outcome = provider.send(BODY)
    assert outcome == Outcome(OutcomeKind.NEVER_CONNECTED, detail="time-out")


def test_nothing_is_sent_after_the_latest_begin() -> None:
    with serve(answer(ACCEPTED)) as server, client(server.url) as provider:
        outcome = provider.send(BODY, may_begin_until=time.monotonic() - 0.001)
    assert outcome == Outcome(OutcomeKind.NEVER_CONNECTED, detail="time-out")
    assert server.connections == 0


def test_process_suspended_after_connecting_does_not_send() -> None:
    with (
        serve(answer(ACCEPTED)) as server,
        client(server.url, observe=lambda stage: time.sleep(1.1 * (stage == "connected"))) as provider,
    ):
        outcome = provider.send(BODY, may_begin_until=time.monotonic() + 1.0)
        assert outcome == Outcome(OutcomeKind.NEVER_CONNECTED, detail="time-out")
        assert server.requests == []
        assert provider.send(BODY, may_begin_until=time.monotonic() + 60).kind is OutcomeKind.ACCEPTED


def test_too_large_body_is_rejected_without_connecting() -> None:
    with serve(answer(ACCEPTED)) as server, client(server.url) as provider:
        outcome = provider.send(b"x" * (MAX_BODY + 1))
    assert outcome.cause is Cause.TOO_LARGE
    assert outcome.kind is OutcomeKind.REFUSED
    assert server.connections == 0


# -- failures after a byte was sent: unknown


def close_after_request(seen: Scripted, conn: socket.socket) -> None:
    seen.read_request(conn)


def reset_after_request(seen: Scripted, conn: socket.socket) -> None:
    seen.read_request(conn)
    reset(conn)


def reset_in_the_body(_seen: Scripted, conn: socket.socket) -> None:
    conn.recv(1000)
    reset(conn)


def close_in_the_body(_seen: Scripted, conn: socket.socket) -> None:
    conn.recv(1000)


def hang(seen: Scripted, conn: socket.socket) -> None:
    seen.read_request(conn)
    seen.stop.wait(10)


def trickle_head(seen: Scripted, conn: socket.socket) -> None:
    seen.read_request(conn)
    for byte in ACCEPTED:
        conn.sendall(bytes([byte]))
        if seen.stop.wait(0.05):
            return


def read_slowly(seen: Scripted, conn: socket.socket) -> None:
    while not seen.stop.wait(0.02):
        if not conn.recv(1000):
            return


def read_nothing(seen: Scripted, _conn: socket.socket) -> None:
    seen.stop.wait(10)


def nonsense(seen: Scripted, conn: socket.socket) -> None:
    seen.read_request(conn)
    conn.sendall(b"SSH-2.0-OpenSSH\r\n")


def half_a_status(seen: Scripted, conn: socket.socket) -> None:
    seen.read_request(conn)
    conn.sendall(b"HTTP/1.1 40")


def endless_head(seen: Scripted, conn: socket.socket) -> None:
    seen.read_request(conn)
    conn.sendall(b"HTTP/1.1 202 Accepted\r\n")
    while not seen.stop.is_set():
        conn.sendall(b"X-More: " + b"x" * 60_000 + b"\r\n")


@pytest.mark.parametrize(
    ("script", "body", "detail"),
    [
        (close_after_request, BODY, "closed without an answer"),
        (reset_after_request, BODY, "connection lost"),
        (reset_in_the_body, BIG, None),
        (close_in_the_body, BIG, None),
        (nonsense, BODY, "the answer is not HTTP"),
        (half_a_status, BODY, "the answer is not HTTP"),
        (endless_head, BODY, "the answer is not HTTP"),
    ],
)
def test_broken_after_the_first_byte_is_unknown(script: Script, body: bytes, detail: str | None) -> None:
    outcome = sent(script, body)
    assert outcome.kind is OutcomeKind.UNKNOWN
    assert detail is None or outcome.detail == detail


@pytest.mark.parametrize(
    ("script", "body", "receive_buffer"),
    [(hang, BODY, None), (trickle_head, BODY, None), (read_slowly, BIG, 4096), (read_nothing, BIG, 4096)],
)
def test_deadline_applies_to_sending_and_receiving(script: Script, body: bytes, receive_buffer: int | None) -> None:
    outcome = sent(script, body, SHORT, receive_buffer)
    assert outcome == Outcome(OutcomeKind.UNKNOWN, detail="time-out")


def test_an_early_success_or_server_error_proves_nothing() -> None:
    for status in (202, 503):

        def early(seen: Scripted, conn: socket.socket, status: int = status) -> None:
            conn.recv(1000)
            conn.sendall(reply(status))
            seen.stop.wait(10)

        outcome = sent(early, BIG, receive_buffer=4096)
        assert (outcome.kind, outcome.status) == (OutcomeKind.UNKNOWN, status)


# -- once the head was read, the status decides, whatever comes after


def test_the_head_decides_when_the_body_is_short_or_slow() -> None:
    def short(seen: Scripted, conn: socket.socket) -> None:
        seen.read_request(conn)
        conn.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 10\r\n\r\nabc")

    def slow(seen: Scripted, conn: socket.socket) -> None:
        seen.read_request(conn)
        conn.sendall(b"HTTP/1.1 400 Bad\r\nContent-Length: 1000\r\n\r\n{")
        while not seen.stop.wait(0.05):
            conn.sendall(b" ")

    assert sent(short).kind is OutcomeKind.ACCEPTED
    outcome = sent(slow, timeout=SHORT)
    assert (outcome.kind, outcome.status) == (OutcomeKind.REFUSED, 400)


def test_endless_error_body_is_cut_at_one_mebibyte() -> None:
    def endless(seen: Scripted, conn: socket.socket) -> None:
        seen.read_request(conn)
        conn.sendall(b"HTTP/1.1 403 No\r\n\r\n")
        while not seen.stop.is_set():
            conn.sendall(b"x" * 65536)

    assert sent(endless).cause is Cause.CREDENTIALS


# -- 413, in both manners


def test_early_413_with_an_open_connection_is_a_rejection() -> None:
    def early(seen: Scripted, conn: socket.socket) -> None:
        conn.recv(1000)
        conn.sendall(reply(413, errors("too large"), "Connection: close"))
        seen.stop.wait(10)

    outcome = sent(early, BIG, receive_buffer=4096)
    assert (outcome.kind, outcome.status) == (OutcomeKind.REFUSED, 413)
    assert "too large" in outcome.detail
