"""The web server by itself: sizes, refusals, separate pools, the orderly end."""

import contextlib
import http.client
import logging
import re
import socket
import threading
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core import signing

from config import web_pools
from config.processes import process_commands
from tests.support.nginx import documented_block
from tests.support.processes import ROOT, wait_until
from web import device_cookie
from web.server import http_server, thread_pools


class Application:
    """Answers with what it was asked; below /console/ it waits until `doors` is set."""

    def __init__(self) -> None:
        self.doors = threading.Event()
        self.waiting = threading.Semaphore(0)

    def __call__(self, environ, start_response):
        path, body = environ["PATH_INFO"], environ["wsgi.input"].read()
        if path.startswith("/console/"):
            self.waiting.release()
            assert self.doors.wait(60)
        answer = f"{path} {len(body)} {environ['REMOTE_ADDR']} {environ.get('HTTP_X_FORWARDED_FOR')}".encode()
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

    def stop(self) -> None:
        self.application.doors.set()
        for client in self.clients:
            client.close()
        self.server.stop()
        self.thread.join(30)
        assert not self.thread.is_alive()
        self.server.stop()  # a second signal


@pytest.fixture
def running(monkeypatch) -> Iterator[Running]:
    monkeypatch.setattr(http_server, "LOOP_SECONDS", 0.05)
    monkeypatch.setattr(http_server.Server, "next_channel_cleanup", property(lambda _: 0, lambda *_: None))  # at each turn
    started = Running()
    yield started
    started.stop()


def everything(client: socket.socket) -> bytes:
    """What the server says until it closes."""
    answer = b""
    try:
        while data := client.recv(65536):
            answer += data
    except ConnectionResetError:
        pass
    return answer


CAP = web_pools.WEBHOOK.largest_body


@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
@pytest.mark.parametrize(("size", "status"), [(CAP, 200), (CAP + 1, 413)])
def test_a_webhook_of_exactly_the_cap_is_read_and_one_byte_more_is_refused(running, capsys, size, status, chunked):
    headers = {"Transfer-Encoding": "chunked"} if chunked else {}
    pieces = iter([b"x" * 100_000] * (size // 100_000) + [b"x" * (size % 100_000)])
    answer = running.ask("POST", "/hooks/a", pieces if chunked else b"x" * size, headers, chunked=chunked)
    assert answer[0] == status
    assert status == 413 or answer[1].startswith(b"/hooks/a %d " % size)
    assert ("webhook_too_large" in capsys.readouterr().out) == (status == 413)


POST = b"POST /hooks/a HTTP/1.1\r\nHost: x\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CHUNK = b"\r\n3\r\nabc\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("first", "status"),
    [
        (b"POST /u/x HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n" + b"x" * 65537, 413),
        (b"POST /archive/ HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n" + b"x" * 65537, 413),
        (b"POST /console/uploads/ HTTP/1.1\r\nHost: x\r\nContent-Length: 200000000\r\n\r\n", 413),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 40_000 + b"\r\n\r\n", 431),
        (POST + b"Content-Length: 3\r\n" + CHUNKED + CHUNK, 400),
        (POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400),
        (POST + b"Content-Length: 3\r\nContent-Length: 30\r\n\r\nabc", 400),
        (POST.replace(b"1.1", b"1.0") + CHUNKED + CHUNK, 400),
        (POST.replace(b"1.1", b"1.2") + CHUNKED + CHUNK, 400),
        (POST.replace(b"1.1", b"1.2") + b"\r\n", 400),
        (POST.replace(b" HTTP/1.1", b"") + b"\r\n", 400),
        (POST + b"Transfer-Encoding:\r\n chunked\r\n" + CHUNK, 400),
        (POST + b"Transfer-Encoding:\r\n\tchunked\r\n" + CHUNK, 400),
        (POST + b"Transfer-Encoding: gzip\r\n\r\n", 501),
        (b"nonsense\r\n\r\n", 400),
        (b"GET http://[/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (POST + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n", 400),
    ],
    ids=[
        "link", "page", "more than any pool", "headers", "length and chunks", "the same length twice", "two lengths",
        "chunks in HTTP/1.0", "chunks in HTTP/1.2", "HTTP/1.2", "HTTP/0.9", "folded encoding", "folded with a tab", "gzip",
        "nonsense", "address", "long length",
    ],
)  # fmt: skip
def test_a_request_that_is_too_large_or_ambiguous_is_refused(running, caplog, first, status):
    client = running.connect(first)
    assert re.match(rb"HTTP/1\.[01] %d " % status, everything(client))
    assert "exception" not in caplog.text


@pytest.mark.parametrize("path", ["/console/uploads/x/", "/console/issues/"])
def test_large_bodies_of_strangers_are_refused(running, path):
    running.application.doors.set()
    signed, forged = device_cookie.write({"device": "d", "accounts": {}}), signing.dumps({"device": "d"}, salt="another purpose")
    statuses = [
        running.ask("POST", path, b"x" * size, {"Cookie": f"mailroom=abc; {settings.DEVICE_COOKIE_NAME}={cookie}"})[0]
        for size, cookie in [
            (70_000, ""), (70_000, forged), (70_000, signed[:-1] + ("a" if signed[-1] != "a" else "b")), (70_000, signed),
            (60_000, ""),  # such as a form to sign in
        ]
    ]  # fmt: skip
    assert statuses == [403, 403, 403, 200, 200]


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


def test_an_end_waits_for_no_client_that_is_silent_in_the_middle_of_its_request(running, monkeypatch):
    monkeypatch.setattr(http_server, "DRAIN_SILENT_SECONDS", 0.2)
    running.connect(b"POST /u/a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na")
    wait_until(lambda: [channel.request is not None for channel in running.server.active_channels.values()] == [True])
    running.server.stop()
    running.thread.join(http_server.DRAIN_SECONDS / 2)
    assert not running.thread.is_alive()


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
    nginx = documented_block()
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
