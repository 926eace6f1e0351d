"""Link checks must not reach internal addresses: tests of every check of the guard."""

import socket
import time

import pytest

from tests.transport.scripted_server import Scripted, answer, reply, serve
from transport.errors import EgressFailedError, EgressRefusedError
from transport.http.egress_guard import Fetched, fetch, is_public
from transport.http.endpoint import Deadline


def fetch_here(server: Scripted, path: str = "/", method: str = "GET", timeout: float = 5.0) -> Fetched:
    return fetch(server.url + path, method, timeout=timeout, permit=lambda ip: ip == "127.0.0.1", ports=(server.port,))


PRIVATE = (
    "127.0.0.1 127.1.2.3 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 169.254.1.1 100.64.0.1 100.100.100.200 0.0.0.0 "
    "0.1.2.3 192.0.0.192 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 240.0.0.1 255.255.255.255 168.63.129.16 "
    "::1 :: fe80::1 fe80::1%eth0 fc00::1 fd00:ec2::254 ff02::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::127.0.0.1 "
    "64:ff9b::7f00:1 2002:7f00:1:: 2001:0:1::1 2001:db8::1 fec0::1 feff:ffff::1 3fff::1 3fff:fff:ffff::1 nonsense "
)


@pytest.mark.parametrize("ip", PRIVATE.split())
def test_private_addresses_are_not_public(ip: str) -> None:
    assert not is_public(ip)


@pytest.mark.parametrize("ip", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_public(ip: str) -> None:
    assert is_public(ip)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1/", "address"),
        ("http://localhost/", "address"),
        ("http://[::1]/", "address"),
        ("http://[::ffff:127.0.0.1]/", "address"),
        ("http://169.254.169.254/latest/meta-data/", "address"),
        ("http://0/", "address"),
        ("http://2130706433/", "address"),
        ("http://0x7f.1/", "address"),
        ("http://127.0.0.1:6379/", "port"),
        ("http://127.0.0.1:22/", "port"),
        ("http://user:pw@127.0.0.1/", "credentials"),
        ("ftp://127.0.0.1/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://127.0.0.1/", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("//127.0.0.1/", "scheme"),
        ("", "scheme"),
        ("http://", "scheme"),
        ("http://[::1", "scheme"),
        ("http://a b/", "host"),
        ("http://exa\u2028mple.org/", "host"),
    ],
)
def test_forbidden_urls_are_refused_with_a_reason(url: str, reason: str) -> None:
    with pytest.raises(EgressRefusedError) as caught:
        fetch(url)
    assert caught.value.reason == reason
    assert "pw" not in str(caught.value)


def test_name_with_one_private_address_is_refused() -> None:
    with pytest.raises(EgressRefusedError, match="not public"):
        fetch("http://example.org/", look_up=lambda _host, _port, _deadline: ["93.184.216.34", "127.0.0.1"])


def test_connects_to_the_address_that_was_checked() -> None:
    """A name that would resolve differently the second time is looked up only once."""
    asked = []

    def rebinding(host: str, _port: int, _deadline: Deadline) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.99"]

    with serve(answer(reply(200, b"ok"))) as server:
        url = f"http://example.org:{server.port}/"
        fetched = fetch(url, permit=lambda ip: ip == "127.0.0.1", ports=(server.port,), look_up=rebinding)
    assert fetched.body == b"ok"
    assert asked == ["example.org"]
    assert f"Host: example.org:{server.port}".encode() in server.requests[0][0]


def test_answer_has_status_content_type_and_body() -> None:
    with serve(answer(reply(404, b"gone", "Content-Type: text/plain"))) as server:
        fetched = fetch_here(server, "/a b/é?q=ü&x=%20#part")
    assert (fetched.status, fetched.content_type, fetched.body) == (404, "text/plain", b"gone")
    head = server.requests[0][0].decode()
    assert head.startswith("GET /a%20b/%C3%A9?q=%C3%BC&x=%20 HTTP/1.1\r\n")
    assert "Authorization" not in head
    assert "Cookie" not in head


def test_a_head_request_has_no_body_to_wait_for() -> None:
    with serve(answer(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")) as server:
        began = time.monotonic()
        assert fetch_here(server, method="HEAD").status == 200
    assert time.monotonic() - began < 4


def test_redirects_are_returned_but_not_followed() -> None:
    with serve(answer(reply(200))) as inside, serve(answer(reply(302, b"", f"Location: {inside.url}/secret"))) as server:
        fetched = fetch_here(server)
        assert (fetched.status, fetched.location) == (302, f"{inside.url}/secret")
        assert inside.connections == 0


def test_a_line_break_in_the_path_stays_in_the_path() -> None:
    with serve(answer(reply(200))) as server:
        fetch_here(server, "/a\r\nX-Evil: 1")
    assert b"X-Evil: 1\r\n" not in server.requests[0][0] + b"\r\n"


def test_time_and_size_are_bounded() -> None:
    def trickle(seen: Scripted, conn: socket.socket) -> None:
        seen.read_request(conn)
        for byte in b"HTTP/1.1 200 OK\r\n" * 10:
            conn.sendall(bytes([byte]))
            if seen.stop.wait(0.05):
                return

    def endless(seen: Scripted, conn: socket.socket) -> None:
        seen.read_request(conn)
        conn.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not seen.stop.is_set():
            conn.sendall(b"x" * 65536)

    with serve(trickle) as server:
        began = time.monotonic()
        with pytest.raises(EgressFailedError, match="time-out"):
            fetch_here(server, timeout=0.4)
        assert time.monotonic() - began < 4
    with serve(endless) as server:
        assert len(fetch_here(server).body) == 1024 * 1024


def test_missing_answer_raises_egress_failed() -> None:
    with serve(lambda _seen, _conn: None) as server, pytest.raises(EgressFailedError):
        fetch_here(server)
    with pytest.raises(EgressFailedError, match="name not found"):
        fetch("http://mailroom.invalid/", timeout=3)
