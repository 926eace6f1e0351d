"""One connection kept for many sends: its reuse, its stages, and the hosts that it accepts."""

import socket
import threading

import pytest

from tests.transport.scripted_server import ACCEPTED, Scripted, answer, errors, reply, reset, serve
from tests.transport.sendgrid.test_client import BIG, BODY, client, hang, sent
from transport.errors import CallerError, OperatorError
from transport.http.connection import HttpConnection
from transport.http.endpoint import Deadline, RequestNotStartedError
from transport.outcomes import Outcome, OutcomeKind
from transport.sendgrid.client import ApiClient, api_endpoint

# -- keep-alive


def test_fifty_sends_take_one_connection() -> None:
    with serve(answer(ACCEPTED)) as server, client(server.url) as provider:
        assert {provider.send(BODY).kind for _ in range(50)} == {OutcomeKind.ACCEPTED}
        assert server.connections == 1
        assert len(server.requests) == 50


def test_rejections_keep_the_connection() -> None:
    with serve(answer(reply(400, errors("no")))) as server, client(server.url) as provider:
        for _ in range(5):
            provider.send(BODY)
        assert server.connections == 1


def test_a_connection_closed_while_idle_is_replaced_before_sending() -> None:
    heard, closed = threading.Semaphore(0), threading.Semaphore(0)

    def one_each(seen: Scripted, conn: socket.socket) -> None:
        seen.read_request(conn)
        conn.sendall(ACCEPTED)
        heard.acquire()
        conn.close()
        closed.release()

    def reset_each(seen: Scripted, conn: socket.socket) -> None:
        seen.read_request(conn)
        conn.sendall(ACCEPTED)
        heard.acquire()  # a reset would discard what the client has not read yet
        reset(conn)
        closed.release()

    for script in (one_each, reset_each):
        with serve(script) as server, client(server.url) as provider:
            for _ in range(5):
                assert provider.send(BODY).kind is OutcomeKind.ACCEPTED
                heard.release()
                assert closed.acquire(timeout=30)
            assert server.connections == 5


def test_connection_on_which_the_server_sends_unasked_is_replaced() -> None:
    heard, spoken = threading.Semaphore(0), threading.Semaphore(0)

    def chatty(seen: Scripted, conn: socket.socket) -> None:
        while seen.read_request(conn):
            conn.sendall(ACCEPTED)
            heard.acquire()
            conn.sendall(reply(500))
            spoken.release()

    with serve(chatty) as server, client(server.url) as provider:
        for _ in range(3):
            assert provider.send(BODY).kind is OutcomeKind.ACCEPTED
            heard.release()
            assert spoken.acquire(timeout=30)
        assert server.connections == 3


def test_connection_that_was_idle_for_long_is_replaced() -> None:
    with serve(answer(ACCEPTED)) as server, client(server.url) as provider:
        provider.send(BODY)
        provider._connection._used_at -= 60
        provider.send(BODY)
        assert server.connections == 2


def test_connection_close_header_is_obeyed() -> None:
    with serve(answer(reply(202, b"", "Connection: close"))) as server, client(server.url) as provider:
        provider.send(BODY)
        provider.send(BODY)
        assert server.connections == 2


def test_send_after_a_failure_uses_a_new_connection() -> None:
    turns = iter([hang, answer(ACCEPTED)])

    def script(seen: Scripted, conn: socket.socket) -> None:
        next(turns)(seen, conn)

    with serve(script) as server, client(server.url, timeout=0.3) as provider:
        assert provider.send(BODY).kind is OutcomeKind.UNKNOWN
        provider._timeout = 30.0
        assert provider.send(BODY).kind is OutcomeKind.ACCEPTED
        assert len(server.requests) == 2  # one request each: nothing is repeated


# -- stages, threads, construction


def test_stages_are_observed_in_order() -> None:
    heard: list[str] = []
    with serve(answer(ACCEPTED)) as server, client(server.url, observe=heard.append) as provider:
        provider.send(b"x" * 1_000_000)
        provider.send(BODY)
    assert heard == ["connected", "half_sent", "sent", "head_read"] * 2


def test_half_sent_is_observed_at_half_of_the_body() -> None:
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
    assert len(BIG) * 0.45 < received[0] < len(BIG) * 0.6  # an interruption closes the connection too


def test_use_by_two_threads_at_once_raises() -> None:
    sending = threading.Event()

    def silent(seen: Scripted, conn: socket.socket) -> None:
        seen.read_request(conn)
        sending.set()
        seen.stop.wait(30)

    with serve(silent) as server, client(server.url, timeout=30.0) as provider:
        other = threading.Thread(target=provider.send, args=(BODY,))
        other.start()
        assert sending.wait(30)
        with pytest.raises(CallerError, match="per thread"):
            provider.send(BODY)
        server.stop.set()
        other.join()


def test_proxy_variables_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert sent(answer(ACCEPTED)).kind is OutcomeKind.ACCEPTED


@pytest.mark.parametrize("host", ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:1", "http://127.9.9.9/"])
def test_plain_http_to_loopback_is_allowed(host: str) -> None:
    assert api_endpoint(host).scheme == "http"


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
def test_refusal_of_other_hosts_names_the_setting(host: str) -> None:
    with pytest.raises(OperatorError, match="MAILROOM_SENDGRID_HOST") as caught:
        ApiClient("SG.key", host)
    assert "pw" not in str(caught.value)


def test_plain_http_is_refused_if_localhost_is_not_loopback() -> None:
    with client("http://localhost:1") as provider:
        provider._connection._look_up = lambda _host, _port, _deadline: ["192.0.2.1"]
        assert provider.send(BODY) == Outcome(OutcomeKind.NEVER_CONNECTED, detail="no permitted address")


def test_second_address_is_tried_if_the_first_fails() -> None:
    with serve(answer(ACCEPTED)) as server, client(server.url) as provider:
        provider._connection._look_up = lambda _host, _port, _deadline: ["127.0.0.2", "127.0.0.1"]
        assert provider.send(BODY).kind is OutcomeKind.ACCEPTED


def test_nothing_is_opened_after_the_deadline() -> None:
    with serve(answer(ACCEPTED)) as server:
        connection = HttpConnection(api_endpoint(server.url))
        with pytest.raises(RequestNotStartedError, match="time-out"):
            connection.exchange(b"GET / HTTP/1.1\r\n\r\n", b"", Deadline.after(-1))
        assert server.connections == 0
