"""Real sockets: each way a call can go wrong, and which of the five outcomes it is."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.transport.provider import ACCEPTED, Script, Scripted, answer, errors, reply, reset, serve
from transport.errors import CallerError, OperatorError
from transport.message import MAX_BODY, Outcome, OutcomeKind
from transport.place import Deadline, NotBegun
from transport.sendgrid import SendGrid, provider_place
from transport.wire import Wire

BODY = b'{"personalizations":[]}'
BIG = b"x" * 8_000_000  # more than any pair of socket buffers holds
SHORT = 0.5


@contextmanager
def client(host: str, **options: object) -> Iterator[SendGrid]:
    made = SendGrid("SG.test-key", host, **({"timeout": 5.0} | options))  # type: ignore[arg-type]
    try:
        yield made
    finally:
        made.close()


def sent(script: Script, body: bytes = BODY, timeout: float = 5.0, receive_buffer: int | None = None) -> Outcome:
    """The outcome of one send to a server that plays `script`; the deadline must hold whatever it does."""
    with serve(script, receive_buffer) as server, client(server.url, timeout=timeout) as provider:
        began = time.monotonic()
        outcome = provider.send(body)
        assert time.monotonic() - began < timeout + 0.3
        return outcome


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# -- answers


def test_accepted() -> None:
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
    assert outcome.errors[0].field == "personalizations.2.to"


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
    assert outcome.is_credentials
    assert outcome.errors[0].field == "from"


def test_a_redirect_is_not_followed_and_takes_no_key_along() -> None:
    with serve(answer(ACCEPTED)) as other:
        outcome = sent(answer(reply(302, b"", f"Location: {other.url}/v3/mail/send")))
        assert (outcome.kind, outcome.status) == (OutcomeKind.UNKNOWN, 302)
        assert other.connections == 0


# -- failures before a byte left


def test_connection_refused() -> None:
    with client(f"http://127.0.0.1:{free_port()}") as provider:
        outcome = provider.send(BODY)
    assert outcome == Outcome(OutcomeKind.NEVER_CONNECTED, detail="connection refused")


def test_name_not_found() -> None:
    with client("https://mailroom.invalid", timeout=3.0) as provider:
        outcome = provider.send(BODY)
    assert outcome.kind is OutcomeKind.NEVER_CONNECTED


def test_a_name_look_up_that_hangs_is_cut() -> None:
    with client("https://api.sendgrid.com", timeout=0.3) as provider:
        release = threading.Event()

        def hang(_host: str, _port: int, deadline: Deadline) -> list[str]:
            release.wait(deadline.left())
            raise TimeoutError

        provider._wire._look_up = hang
        began = time.monotonic()
        outcome = provider.send(BODY)
    assert outcome == Outcome(OutcomeKind.NEVER_CONNECTED, detail="deadline")
    assert time.monotonic() - began < 0.6


def test_connect_time_out() -> None:
    # A full backlog: the kernel drops further SYNs, so connect hangs.
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        waiting = []
        try:
            for _ in range(4):
                one = socket.socket()
                one.setblocking(False)
                one.connect_ex(("127.0.0.1", port))
                waiting.append(one)
            with client(f"http://127.0.0.1:{port}", timeout=0.4) as provider:
                began = time.monotonic()
                outcome = provider.send(BODY)
        finally:
            for one in waiting:
                one.close()
    assert outcome == Outcome(OutcomeKind.NEVER_CONNECTED, detail="deadline")
    assert time.monotonic() - began < 0.7


def test_tls_that_fails_or_hangs_never_connected() -> None:
    def not_tls(_seen: Scripted, conn: socket.socket) -> None:
        conn.recv(65536)
        conn.sendall(b"HTTP/1.1 400 plain\r\n\r\n")

    with serve(not_tls) as server, client(f"https://127.0.0.1:{server.port}") as provider:
        outcome = provider.send(BODY)
    assert outcome.kind is OutcomeKind.NEVER_CONNECTED
    assert outcome.detail.startswith("TLS")

    def mute(seen: Scripted, _conn: socket.socket) -> None:
        seen.stop.wait(5)

    with serve(mute) as server, client(f"https://127.0.0.1:{server.port}", timeout=0.3) as provider:
        outcome = provider.send(BODY)
    assert outcome == Outcome(OutcomeKind.NEVER_CONNECTED, detail="deadline")


def test_too_late_to_begin() -> None:
    with serve(answer(ACCEPTED)) as server, client(server.url) as provider:
        outcome = provider.send(BODY, may_begin_until=time.monotonic() - 0.001)
    assert outcome == Outcome(OutcomeKind.NEVER_CONNECTED, detail="deadline")
    assert server.connections == 0


def test_a_process_stopped_after_connecting_does_not_send() -> None:
    with (
        serve(answer(ACCEPTED)) as server,
        client(server.url, observe=lambda stage: time.sleep(0.15 * (stage == "connected"))) as provider,
    ):
        outcome = provider.send(BODY, may_begin_until=time.monotonic() + 0.1)
        assert outcome == Outcome(OutcomeKind.NEVER_CONNECTED, detail="deadline")
        assert server.requests == []
        assert provider.send(BODY, may_begin_until=time.monotonic() + 5).kind is OutcomeKind.ACCEPTED


def test_too_large_is_refused_here_and_touches_nothing() -> None:
    with serve(answer(ACCEPTED)) as server, client(server.url) as provider:
        outcome = provider.send(b"x" * (MAX_BODY + 1))
    assert outcome.is_too_large
    assert outcome.kind is OutcomeKind.REFUSED
    assert server.connections == 0


# -- failures after a byte left: unknown


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
    seen.stop.wait(5)


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
    seen.stop.wait(5)


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
def test_the_deadline_cuts_in_both_directions(script: Script, body: bytes, receive_buffer: int | None) -> None:
    outcome = sent(script, body, SHORT, receive_buffer)
    assert outcome == Outcome(OutcomeKind.UNKNOWN, detail="deadline")


def test_an_early_success_or_server_error_proves_nothing() -> None:
    for status in (202, 503):

        def early(seen: Scripted, conn: socket.socket, status: int = status) -> None:
            conn.recv(1000)
            conn.sendall(reply(status))
            seen.stop.wait(5)

        outcome = sent(early, BIG, receive_buffer=4096)
        assert (outcome.kind, outcome.status) == (OutcomeKind.UNKNOWN, status)


# -- a head that was read decides, whatever comes after


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


def test_an_endless_error_body_is_cut_at_a_mebibyte() -> None:
    def endless(seen: Scripted, conn: socket.socket) -> None:
        seen.read_request(conn)
        conn.sendall(b"HTTP/1.1 403 No\r\n\r\n")
        while not seen.stop.is_set():
            conn.sendall(b"x" * 65536)

    assert sent(endless).is_credentials


# -- 413, in both manners


def test_a_drained_413() -> None:
    assert sent(answer(reply(413, b"<html>too large</html>")), BIG).is_too_large


def test_an_early_413_that_stays_open() -> None:
    def early(seen: Scripted, conn: socket.socket) -> None:
        conn.recv(1000)
        conn.sendall(reply(413, errors("too large"), "Connection: close"))
        seen.stop.wait(5)

    outcome = sent(early, BIG, receive_buffer=4096)
    assert (outcome.kind, outcome.status) == (OutcomeKind.REFUSED, 413)
    assert outcome.errors[0].message == "too large"


def test_an_early_413_with_a_close_is_seen() -> None:
    def early(_seen: Scripted, conn: socket.socket) -> None:
        conn.recv(1000)
        conn.sendall(reply(413, errors("too large"), "Connection: close"))
        # Unread bytes are left behind, so this close sends RST.

    outcomes = [sent(early, BIG, receive_buffer=4096) for _ in range(5)]
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.REFUSED}


# -- keep-alive


def test_fifty_sends_take_one_connection() -> None:
    with serve(answer(ACCEPTED)) as server, client(server.url) as provider:
        assert {provider.send(BODY).kind for _ in range(50)} == {OutcomeKind.ACCEPTED}
        assert server.connections == 1
        assert len(server.requests) == 50


def test_refusals_keep_the_connection() -> None:
    with serve(answer(reply(400, errors("no")))) as server, client(server.url) as provider:
        for _ in range(5):
            provider.send(BODY)
        assert server.connections == 1


def test_a_connection_closed_while_idle_is_replaced_before_sending() -> None:
    closed = threading.Semaphore(0)

    def one_each(seen: Scripted, conn: socket.socket) -> None:
        seen.read_request(conn)
        conn.sendall(ACCEPTED)
        conn.close()
        closed.release()

    def reset_each(seen: Scripted, conn: socket.socket) -> None:
        seen.read_request(conn)
        conn.sendall(ACCEPTED)
        time.sleep(0.05)  # a reset would throw away what the client has not read yet
        reset(conn)
        closed.release()

    for script in (one_each, reset_each):
        with serve(script) as server, client(server.url) as provider:
            for _ in range(5):
                assert provider.send(BODY).kind is OutcomeKind.ACCEPTED
                assert closed.acquire(timeout=5)
                time.sleep(0.02)
            assert server.connections == 5


def test_a_connection_that_speaks_unasked_is_replaced() -> None:
    def chatty(seen: Scripted, conn: socket.socket) -> None:
        while seen.read_request(conn):
            conn.sendall(ACCEPTED)
            time.sleep(0.05)
            conn.sendall(reply(500))

    with serve(chatty) as server, client(server.url) as provider:
        for _ in range(3):
            assert provider.send(BODY).kind is OutcomeKind.ACCEPTED
            time.sleep(0.1)
        assert server.connections == 3


def test_a_connection_idle_for_long_is_not_trusted() -> None:
    with serve(answer(ACCEPTED)) as server, client(server.url) as provider:
        provider.send(BODY)
        provider._wire._used_at -= 60
        provider.send(BODY)
        assert server.connections == 2


def test_connection_close_is_obeyed() -> None:
    with serve(answer(reply(202, b"", "Connection: close"))) as server, client(server.url) as provider:
        provider.send(BODY)
        provider.send(BODY)
        assert server.connections == 2


def test_after_a_failure_the_next_send_starts_clean() -> None:
    turns = iter([hang, answer(ACCEPTED)])

    def script(seen: Scripted, conn: socket.socket) -> None:
        next(turns)(seen, conn)

    with serve(script) as server, client(server.url, timeout=0.3) as provider:
        assert provider.send(BODY).kind is OutcomeKind.UNKNOWN
        assert provider.send(BODY).kind is OutcomeKind.ACCEPTED
        assert len(server.requests) == 2  # each once: nothing is repeated


# -- stages, threads, construction


def test_stages_in_order() -> None:
    heard: list[str] = []
    with serve(answer(ACCEPTED)) as server, client(server.url, observe=heard.append) as provider:
        provider.send(b"x" * 1_000_000)
        provider.send(BODY)
    assert heard == ["connected", "half_sent", "sent", "head_read"] * 2


def test_half_sent_is_half() -> None:
    received: list[int] = []
    counted = threading.Event()

    def look(stage: str) -> None:
        if stage == "half_sent":
            raise KeyboardInterrupt

    def count(_seen: Scripted, conn: socket.socket) -> None:
        total = 0
        while piece := conn.recv(65536):
            total += len(piece)
        received.append(total)
        counted.set()

    with serve(count) as server, client(server.url, observe=look) as provider:
        with pytest.raises(KeyboardInterrupt):
            provider.send(BIG)
        assert counted.wait(5)
    assert len(BIG) * 0.45 < received[0] < len(BIG) * 0.6  # an interruption closes the connection, too


def test_two_threads_on_one_object_are_told_so() -> None:
    with serve(hang) as server, client(server.url, timeout=0.5) as provider:
        other = threading.Thread(target=provider.send, args=(BODY,))
        other.start()
        time.sleep(0.1)
        with pytest.raises(CallerError, match="per thread"):
            provider.send(BODY)
        other.join()


def test_proxy_variables_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert sent(answer(ACCEPTED)).kind is OutcomeKind.ACCEPTED


@pytest.mark.parametrize("host", ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:1", "http://127.9.9.9/"])
def test_plain_http_to_loopback(host: str) -> None:
    assert provider_place(host).scheme == "http"


@pytest.mark.parametrize(
    "host",
    [
        "http://api.sendgrid.com",
        "http://10.0.0.1",
        "http://localhost.example.org",
        "http://127.0.0.1.example.org",
        "ftp://127.0.0.1",
        "api.sendgrid.com",
        "",
        "https://",
        "https://user:pw@api.sendgrid.com",
        "https://api.sendgrid.com/v3",
        "https://api.sendgrid.com?x=1",
        "https://api.sendgrid.com:99999",
        "http://[::1",
    ],
)
def test_other_hosts_are_refused_by_the_name_of_the_setting(host: str) -> None:
    with pytest.raises(OperatorError, match="MAILROOM_SENDGRID_HOST") as caught:
        SendGrid("SG.key", host)
    assert "pw" not in str(caught.value)


def test_localhost_that_is_not_loopback_gets_no_plain_http() -> None:
    with client("http://localhost:1") as provider:
        provider._wire._look_up = lambda _host, _port, _deadline: ["192.0.2.1"]
        assert provider.send(BODY) == Outcome(OutcomeKind.NEVER_CONNECTED, detail="no permitted address")


def test_a_second_address_is_tried() -> None:
    with serve(answer(ACCEPTED)) as server, client(server.url) as provider:
        provider._wire._look_up = lambda _host, _port, _deadline: ["127.0.0.2", "127.0.0.1"]
        assert provider.send(BODY).kind is OutcomeKind.ACCEPTED


def test_a_deadline_before_anything_else() -> None:
    with serve(answer(ACCEPTED)) as server:
        wire = Wire(provider_place(server.url))
        with pytest.raises(NotBegun, match="deadline"):
            wire.exchange(b"GET / HTTP/1.1\r\n\r\n", b"", Deadline.after(-1))
        assert server.connections == 0
