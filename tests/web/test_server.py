"""The web server by itself, with deadlines of a second: slow clients, sizes, refusals, separate pools, the orderly end."""

from __future__ import annotations

import contextlib
import http.client
import logging
import re
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from django.core import signing
from waitress.adjustments import Adjustments

from config import web_pools
from config.processes import process_commands
from tests.support.processes import ROOT, wait_until
from web import device_cookie
from web.server import client_connection, http_server, thread_pools

MIB = 1024 * 1024
SLOW_KINDS = {
    "sends its headers slowly": b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
    "sends its body slowly": b"POST /hooks/a HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n",
    "sends its chunks slowly": b"POST /hooks/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
    "promises a body and never sends it": b"POST /hooks/a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n",
    "connects and is silent": b"",
    "does not read its answer": b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n",
}
SILENT = {"promises a body and never sends it", "connects and is silent", "does not read its answer"}


class Application:
    """Answers with what it was asked; below /console/ it waits until `doors` is set."""

    def __init__(self) -> None:
        self.doors = threading.Event()
        self.waiting = threading.Semaphore(0)
        self.file: Path | None = None

    def __call__(self, environ, start_response):
        path, body = environ["PATH_INFO"], environ["wsgi.input"].read()
        if path.startswith("/console/"):
            self.waiting.release()
            assert self.doors.wait(60)
        if path == "/file" and self.file is not None:
            start_response("200 OK", [("Content-Length", str(self.file.stat().st_size)), ("Content-Type", "text/plain")])
            return environ["wsgi.file_wrapper"](self.file.open("rb"))
        said = f"{path} {len(body)} {environ['REMOTE_ADDR']} {environ.get('HTTP_X_FORWARDED_FOR')}".encode()
        answer = b"x" * 32 * MIB if path == "/large" else said
        start_response("200 OK", [("Content-Length", str(len(answer))), ("Content-Type", "text/plain")])
        return [answer]


class Running:
    def __init__(self) -> None:
        self.application = Application()
        self.server = http_server.Server(self.application, "127.0.0.1:0")
        self.address = ("127.0.0.1", int(self.server.effective_port))
        self.thread = threading.Thread(target=self.server.run_until_stopped)
        self.thread.start()
        self.clients: list[socket.socket] = []

    def connect(self, first: bytes = b"") -> socket.socket:
        client = socket.create_connection(self.address, timeout=60)
        self.clients.append(client)
        client.sendall(first)
        return client

    def ask(self, method: str, path: str, body=None, headers=None, *, chunked: bool = False) -> tuple[int, bytes]:
        with contextlib.closing(http.client.HTTPConnection(*self.address, timeout=60)) as client:
            client.request(method, path, body, headers or {}, encode_chunked=chunked)
            answer = client.getresponse()
            return answer.status, answer.read()

    def channels(self) -> list[client_connection.Connection]:
        return list(self.server.active_channels.values())

    def stop(self) -> None:
        self.application.doors.set()
        for client in self.clients:
            client.close()
        if self.thread.is_alive():
            self.server.stop()
        self.thread.join(30)
        assert not self.thread.is_alive()


@pytest.fixture
def running(monkeypatch) -> Iterator[Running]:
    monkeypatch.setattr(http_server, "LOOP_SECONDS", 0.05)
    monkeypatch.setattr(http_server.Server, "next_channel_cleanup", property(lambda _: 0, lambda *_: None))  # at each turn
    started = Running()
    yield started
    started.stop()


@pytest.fixture
def adjustments() -> Adjustments:
    return Adjustments(max_request_header_size=client_connection.LONGEST_HEADERS)


def everything(client: socket.socket) -> bytes:
    """What the server says until it closes."""
    answer = b""
    try:
        while data := client.recv(65536):
            answer += data
    except ConnectionResetError:
        pass
    return answer


@pytest.mark.soak
def test_clients_that_are_slow_in_any_way_are_dropped_and_a_large_upload_is_not(running, monkeypatch):
    monkeypatch.setattr(client_connection, "IDLE_SECONDS", 1.0)
    monkeypatch.setattr(client_connection, "REQUEST_SECONDS", 1.0)
    monkeypatch.setattr(client_connection, "ANSWER_SECONDS", 1.0)
    monkeypatch.setattr(client_connection, "SLOWEST_UPLOAD", 64)
    monkeypatch.setattr(client_connection, "SLOWEST_DOWNLOAD", 30 * 4 * 1024)  # a full receive buffer is worth a second, not 30
    slow = {kind: running.connect(first) for kind, first in SLOW_KINDS.items()}
    # 200 KB at 64 bytes a second are worth an hour.
    upload = running.connect(
        b"POST /hooks/a HTTP/1.1\r\nHost: x\r\nContent-Length: 200001\r\nConnection: close\r\n\r\n" + b"x" * 200_000
    )
    wait_until(lambda: len(running.server.active_channels) == len(slow) + 1)

    def all_dropped() -> bool:
        for kind, client in slow.items():
            if kind not in SILENT:
                with contextlib.suppress(OSError):
                    client.send(b"1")
        return len(running.server.active_channels) <= 1

    wait_until(all_dropped, 30, "every slow client is dropped")
    assert running.ask("GET", "/")[0] == 200
    said = {kind: everything(client)[:40] for kind, client in slow.items() if kind != "does not read its answer"}
    assert said.pop("connects and is silent") == b""
    assert said.pop("promises a body and never sends it").startswith(b"HTTP/1.1 100 Continue")
    assert all(first.startswith(b"HTTP/1.1 408 ") for first in said.values()), said
    upload.sendall(b"x")
    assert b"/hooks/a 200001 " in everything(upload)


def read_at_rates(clients: dict[socket.socket, int], seconds: float) -> set[socket.socket]:
    """Let each client read at its rate in bytes a second. Returns those that were reset."""
    began, read, reset = time.monotonic(), dict.fromkeys(clients, 0), set()
    while (passed := time.monotonic() - began) < seconds:
        for client, rate in clients.items():
            due = int(rate * passed) - read[client]
            try:
                while due > 0 and client not in reset and (data := client.recv(min(due, 65536), socket.MSG_DONTWAIT)):
                    read[client] += len(data)
                    due -= len(data)
            except BlockingIOError:
                pass
            except ConnectionResetError:
                reset.add(client)
        time.sleep(0.02)  # the pace of the readers, not a wait
    return reset


@pytest.mark.soak
@pytest.mark.skipif(sys.platform != "linux", reason="the kernel does not say what was acknowledged")
def test_steady_readers_above_the_limit_survive_and_slower_ones_are_reset(running, monkeypatch):
    # Fifteen times as fast as in production: 2 s for 30 s, and 60 KiB/s for 4. The kernel's buffers are as large as there.
    monkeypatch.setattr(client_connection, "ANSWER_SECONDS", 2.0)
    monkeypatch.setattr(client_connection, "AHEAD_SECONDS", 8.0)
    monkeypatch.setattr(client_connection, "SLOWEST_DOWNLOAD", 15 * 4 * 1024)
    rates = {running.connect(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n"): 15 * kib * 1024 for kib in (0, 1, 8, 16, 32)}
    reset = read_at_rates(rates, 8)
    left = {each.addr for each in running.channels()}
    gone = {client for client in rates if client.getsockname() not in left}
    assert [rates[client] // 1024 // 15 for client in rates if client in gone] == [0, 1]
    assert reset <= gone


def test_readers_are_still_dropped_where_the_kernel_does_not_say_what_was_acknowledged(running, monkeypatch):
    monkeypatch.setattr(client_connection, "unacknowledged", lambda _: None)
    monkeypatch.setattr(client_connection, "ANSWER_SECONDS", 1.0)
    client = running.connect(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
    wait_until(lambda: any(each.total_outbufs_len for each in running.channels()))
    wait_until(lambda: not running.channels(), 10)
    assert len(everything(client)) < 32 * MIB


@pytest.mark.soak
def test_clients_that_ask_for_much_at_once_and_read_nothing_hold_no_thread(running):
    for _ in range(web_pools.PAGES.threads + 1):
        running.connect(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
    wait_until(lambda: sum(each.total_outbufs_len > MIB for each in list(running.server.active_channels.values())) == 5)
    assert running.ask("GET", "/")[0] == 200
    patient = running.connect(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\nGET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answer = everything(patient)
    assert len(answer) > 32 * MIB
    assert b"/last 0 " in answer[-100:]


def test_what_is_kept_for_clients_is_bounded_and_the_newest_are_served(running, monkeypatch):
    monkeypatch.setattr(http_server, "MOST_BYTES_KEPT", 2 * MIB)
    running.server.most_connections = 8
    large = b"POST /hooks/a HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n"
    first = running.connect(large + b"x" * MIB)
    wait_until(lambda: sum(each.kept()[1] for each in running.server.active_channels.values()) == MIB)
    [running.connect(large + b"x" * (MIB + 1)) for _ in range(2)]
    assert everything(first).startswith(b"HTTP/1.1 408 "), "whoever has waited longest makes room"
    [running.connect() for _ in range(30)]
    assert running.ask("GET", "/")[0] == 200
    assert len(running.server.active_channels) <= 8


def test_readers_of_many_answers_make_room_for_newcomers_and_overrun_neither_connections_nor_files(running, tmp_path):
    (tmp_path / "file").write_bytes(b"x" * 20_000)
    running.application.file = tmp_path / "file"
    running.server.most_connections = most = 12
    before = psutil.Process().num_fds()
    readers = []
    for _ in range(most):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        running.clients.append(client)
        client.connect(running.address)
        client.sendall(b"GET /file HTTP/1.1\r\nHost: x\r\n\r\n" * 400)
        readers.append(client)
    wait_until(lambda: len(running.channels()) == most and all(each.parked for each in running.channels()))
    slow = running.channels()
    assert psutil.Process().num_fds() - before <= most * http_server.FILES_PER_CONNECTION + most  # and the clients' own sockets
    newest = running.connect(b"POST /hooks/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\na")
    # The readers go on reading, a little at a time.
    for _ in range(4):
        for client in readers:
            with contextlib.suppress(OSError):
                client.recv(900, socket.MSG_DONTWAIT)
        running.connect()
        assert running.ask("GET", "/health/live")[0] == 200
        assert len(running.channels()) <= most
    newest.sendall(b"a")
    assert b"/hooks/a 2 " in everything(newest)
    assert sum(each.connected for each in slow) <= most - 5, "the readers made room"
    assert not any(each.requests for each in slow if not each.connected)


def test_a_newcomer_that_gets_the_descriptor_of_a_dropped_client_is_answered(running, monkeypatch):
    """What the kernel reports of a descriptor belongs to the connection that had it when the server asked."""
    newcomer = socket.socket()  # before the server's: both have their descriptors from this process
    running.clients.append(newcomer)
    newcomer.settimeout(30)
    silent = running.connect()
    wait_until(lambda: len(running.channels()) == 1)
    (dropped,) = running.channels()
    descriptor, check, connected = dropped.socket.fileno(), running.server.maintenance, threading.Event()

    def drop_and_let_the_newcomer_connect(now: float) -> None:
        if dropped.connected:
            dropped.drop()
            newcomer.connect(running.address)
            newcomer.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            connected.set()
        check(now)

    monkeypatch.setattr(running.server, "maintenance", drop_and_let_the_newcomer_connect)
    assert connected.wait(30)
    assert newcomer.recv(4096).startswith(b"HTTP/1.1 200 ")
    assert everything(silent) == b""
    assert [each.socket.fileno() for each in running.channels()] == [descriptor]


def test_requests_that_wait_for_a_slow_reader_count_as_kept_for_it(running, monkeypatch):
    running.connect(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n" + b"GET / HTTP/1.1\r\n\r\n" * 400)
    wait_until(lambda: [each.parked for each in running.channels()] == [True])
    (channel,) = running.channels()
    monkeypatch.setattr(client_connection, "BYTES_PER_WAITING_REQUEST", MIB)  # the answer alone may be kept
    wait_until(lambda: not channel.connected)


def test_clients_that_always_have_a_next_request_keep_nobody_out_and_get_their_answer(running):
    running.server.most_connections = web_pools.CONSOLE.threads
    busy = [running.connect(b"GET /console/ HTTP/1.1\r\nHost: x\r\n\r\n" * 50) for _ in range(web_pools.CONSOLE.threads)]
    for _ in busy:
        assert running.application.waiting.acquire(timeout=30)
    newcomer = running.connect(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    wait_until(lambda: all(each.requests[0].headers.get("CONNECTION") == "close" for each in running.channels()))
    assert len(running.channels()) == len(busy)
    running.application.doors.set()
    assert everything(newcomer).startswith(b"HTTP/1.1 200 ")
    assert all(everything(client).count(b"HTTP/1.1 200 ") == 1 for client in busy)


CAP = web_pools.WEBHOOK.largest_body


@pytest.mark.parametrize("expects", [False, True], ids=["at once", "after 100 Continue"])
@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
@pytest.mark.parametrize(("size", "status"), [(CAP, 200), (CAP + 1, 413)])
def test_a_webhook_of_exactly_the_cap_is_read_and_one_byte_more_is_refused(running, caplog, size, status, chunked, expects):
    head = f"POST /hooks/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{'Expect: 100-continue' if expects else 'X-Y: z'}\r\n"
    if chunked:
        sizes = [100_000] * (size // 100_000) + [size % 100_000]
        body = b"".join(b"%x\r\n" % each + b"x" * each + b"\r\n" for each in sizes) + b"0\r\n\r\n"
        client = running.connect(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
    else:
        body = b"x" * size
        client = running.connect(f"{head}Content-Length: {size}\r\n\r\n".encode())
    answer = b""
    if expects:
        while b"\r\n\r\n" not in answer:
            answer += client.recv(4096)
        # The refusal of a declared size comes before the body was asked for.
        assert answer.startswith(b"HTTP/1.1 413 " if status == 413 and not chunked else b"HTTP/1.1 100 "), answer
    if not answer.startswith(b"HTTP/1.1 413 "):
        client.sendall(body)
        answer = everything(client).removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert status == 413 or f"/hooks/a {size} ".encode() in answer


@pytest.mark.parametrize(
    ("first", "status"),
    [
        (b"POST /u/x HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n", 413),
        (b"POST /archive/ HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n", 413),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 40_000 + b"\r\n\r\n", 431),
        (
            b"POST /hooks/a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            400,
        ),
        (b"POST /hooks/a HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 400),
        (b"POST /hooks/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 2000, 400),
        (b"POST /hooks/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: " + b"1" * 9000, 400),
        (b"POST /hooks/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"nonsense\r\n\r\n", 400),
        (b"GET http://[/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"POST /hooks/a HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", 400),
    ],
    ids=[
        "link", "page", "headers", "two lengths", "chunks in HTTP/1.0", "size line", "trailer", "gzip", "nonsense", "address",
        "long length",
    ],
)  # fmt: skip
def test_a_request_that_is_too_large_or_ambiguous_is_refused(running, caplog, first, status):
    client = running.connect(first)
    assert re.match(rb"HTTP/1\.[01] %d " % status, everything(client))
    assert "exception" not in caplog.text


@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
@pytest.mark.parametrize("path", ["/console/uploads/x/", "/console/issues/"])
def test_large_bodies_of_strangers_are_refused_before_they_are_read(running, path, chunked):
    running.application.doors.set()
    signed, forged = device_cookie.write({"device": "d", "accounts": {}}), signing.dumps({"device": "d"}, salt="another purpose")
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nCookie: mailroom=abc; {settings.DEVICE_COOKIE_NAME}="
    size = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {4 * MIB}"
    body = b"%x\r\n%b\r\n" % (70_000, b"x" * 70_000) if chunked else b""
    for cookie in ("", forged, signed[:-1] + ("a" if signed[-1] != "a" else "b")):
        client = running.connect(f"{head}{cookie}\r\nExpect: 100-continue\r\n{size}\r\n\r\n".encode() + body)
        answer = everything(client)
        assert b"HTTP/1.1 403 Forbidden" in answer, answer
    client = running.connect(f"{head}{signed}\r\nExpect: 100-continue\r\n{size}\r\n\r\n".encode() + body)
    assert client.recv(100).startswith(b"HTTP/1.1 100 ")
    assert running.ask("POST", path, b"x" * 60_000)[0] == 200, "such as a form to sign in"


CHUNKED = b"POST /hooks/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("unit", "times", "status"),
    [
        (b"1\r\na\r\n", 5000, 200),
        (b"64\r\n" + b"a" * 100 + b"\r\n", 40_000, 200),
        (b"1\r\na\r\n", 1_000_000, 400),
        (b"\r\n", 1_000_000, 400),
        (b"1;" + b"a=b;" * 10 + b"a=b\r\na\r\n", 100_000, 400),
    ],
    ids=["some small chunks", "many of 100 bytes", "many of one byte", "empty lines", "extensions"],
)
def test_a_chunked_body_of_many_small_chunks_is_refused_early(adjustments, unit, times, status):
    parser, left, fed = client_connection.RequestParser(adjustments), CHUNKED + unit * times + b"0\r\n\r\n", 0
    while fed < len(left) and not parser.completed:
        fed += parser.received(left[fed : fed + 8192])
    parser.close()
    assert (parser.error.code if parser.error else 200) == status
    assert status == 200 or fed < 50_000


def test_empty_lines_before_a_request_are_skipped_at_once(adjustments):
    parser = client_connection.RequestParser(adjustments)
    assert parser.received(b"\r\n" * 4096) == 8192
    assert not parser.completed
    assert parser.received(b"\n\r\n") == 3
    request = b"\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n"
    assert parser.received(request + request) == len(request)
    assert (parser.completed, parser.empty, parser.path, parser.error) == (True, False, "/a", None)


def test_the_application_gets_the_peer_and_the_forwarded_headers_as_they_came(running):
    status, body = running.ask(
        "POST", "/hooks/a", b"abc", {"X-Forwarded-For": "203.0.113.9, 10.0.0.1", "X-Forwarded_For": "1.1.1.1"}
    )
    assert (status, body) == (200, b"/hooks/a 3 127.0.0.1 203.0.113.9, 10.0.0.1")
    client = running.connect(b"HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answer = everything(client)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"\r\n\r\n")
    assert b"Server:" not in answer


def test_a_console_that_is_wholly_blocked_stops_nobody_else_and_a_full_queue_is_answered(running, monkeypatch, capsys):
    monkeypatch.setattr(thread_pools, "LONGEST_QUEUE", 3)
    blocked = []
    for _ in range(web_pools.CONSOLE.threads):
        blocked.append(running.connect(b"GET /console/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
        assert running.application.waiting.acquire(timeout=30)
    blocked += [running.connect(b"GET //console/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") for _ in range(3)]
    queue = running.server.task_dispatcher._pools["console"].queue
    wait_until(lambda: len(queue) == 3)
    assert running.ask("GET", "/console/login/")[0] == 503
    for path in ("/hooks/a", "/u/a", "/c/a", "/health", "/health/live", "/archive/"):
        assert running.ask("POST", path, b"a")[0] == 200
    assert not any(map(running.application.waiting.acquire, [False]))
    running.application.doors.set()
    assert all(everything(client).startswith(b"HTTP/1.1 200 ") for client in blocked)
    wait_until(lambda: "web_pool_full" in capsys.readouterr().out)


def test_an_end_answers_what_is_under_way_and_closes_what_is_idle(running):
    idle = running.connect()
    kept = running.connect(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    answer = b""
    while not answer.endswith(b"127.0.0.1 None"):
        answer += kept.recv(4096)
    working = running.connect(b"GET /console/ HTTP/1.1\r\nHost: x\r\n\r\n")
    sending = running.connect(b"POST /u/a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na")
    assert running.application.waiting.acquire(timeout=30)
    wait_until(lambda: len(running.server.active_channels) == 4)
    running.server.stop()
    assert everything(idle) == everything(kept) == b""
    with pytest.raises(ConnectionRefusedError):
        running.connect()
    sending.sendall(b"a")
    assert b"/u/a 2 " in everything(sending)
    assert running.thread.is_alive()
    running.application.doors.set()
    answer = everything(working)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"Connection: close" in answer
    running.thread.join(30)
    assert not running.thread.is_alive()


def test_an_end_that_takes_too_long_is_cut(running, monkeypatch):
    monkeypatch.setattr(http_server, "DRAIN_SECONDS", 0.2)
    working = running.connect(b"GET /console/ HTTP/1.1\r\nHost: x\r\n\r\n")
    assert running.application.waiting.acquire(timeout=30)
    running.server.stop()
    running.thread.join(30)
    assert not running.thread.is_alive()
    assert everything(working) == b""
    working.close()


def test_every_address_has_a_pool_and_its_threads_are_counted_as_connections():
    from web.urls import urlpatterns

    names = {re.sub(r"<.*", "x", f"/{pattern.pattern}"): web_pools.pool_of(f"/{pattern.pattern}").name for pattern in urlpatterns}
    assert names["/hooks/sendgrid"] == "webhook"
    assert names["/u/x"] == names["/c/x"] == "links"
    assert names["/subscribe/x"] == "sign-up"
    assert names["/health/live"] == "liveness"
    assert names["/health"] == "readiness"
    assert {name for path, name in names.items() if path.startswith("/console/")} == {"console", "uploads"}
    assert web_pools.pool_of("//console/").name == "console"
    assert process_commands.connections(8) == 8 + 1 + process_commands.SLOTS_UPKEEP + 1 + web_pools.DATABASE_CONNECTIONS + 3
    assert not web_pools.LIVENESS.uses_database
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert f"process needs up to {web_pools.DATABASE_CONNECTIONS}," in page
    rows = re.findall(r"^\| ([\w-]+) \| [^|]+ \| (\d+) \| (\d+ [KM]iB) \|$", page, re.M)
    sizes = {f"{pool.largest_body >> shift} {unit}" for shift, unit in ((10, "KiB"), (20, "MiB")) for pool in web_pools.POOLS}
    assert [(name, int(threads)) for name, threads, _ in rows] == [(pool.name, pool.threads) for pool in web_pools.POOLS]
    assert {size for _, _, size in rows} <= sizes
    # The example for the front server allows the same bodies: nginx takes the longest location that matches.
    nginx = re.search(r"^```nginx\n(.*?)^```", page, re.M | re.S)[1]
    most = dict(re.findall(r"^    location (/\S*) \{\n        client_max_body_size (\d+)m;", nginx, re.M))
    most["/"] = re.search(r"^    client_max_body_size (\d+)m;", nginx, re.M)[1]
    for pool in web_pools.POOLS:
        for prefix in pool.prefixes:
            location = max((path for path in most if prefix.startswith(path)), key=len)
            assert int(most[location]) * web_pools.MIB >= pool.largest_body, prefix


def test_a_failed_request_is_logged_without_its_token():
    record = logging.LogRecord("waitress", logging.ERROR, "", 0, "Exception while serving /u/secret-token", None, None)
    assert http_server.WithoutTokens().filter(record)
    assert record.getMessage() == "Exception while serving /u"
