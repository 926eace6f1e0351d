"""Fixtures for the sandbox tests: one sandbox process for the session, reset before each test, and mails to send to it."""

import http.client
import http.server
import threading
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from tests.support.sandbox_process import SandboxProcess

KEY = "SG.test"


# Everything that SendGrid tracks, switched on in the request.
TRACKED = {name: {"enable": True} for name in ("click_tracking", "open_tracking", "subscription_tracking")}
LINKED = [{"type": "text/html", "value": '<a href="https://letters.example/one">one</a>'}]


def write_mail(*addresses: str, **more: Any) -> dict[str, Any]:
    """A mail that is accepted: one personalization per address."""
    people = [
        {"to": [{"email": address}], "custom_args": {"mr_d": f"delivery-{number}"}}
        for number, address in enumerate(addresses or ("ada@example.com",))
    ]
    content = [{"type": "text/plain", "value": "Hello"}, {"type": "text/html", "value": "<p>Hello</p>"}]
    sender = {"email": "news@letters.example", "name": "News"}
    return {"personalizations": people, "from": sender, "subject": "Hello", "content": content, **more}


class Receiver:
    """Receives the posts of the webhook and keeps them. Answers with the given `statuses` in turn, then with 204."""

    def __init__(self) -> None:
        self.posts: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        self.seconds: float = 0.0
        outer = self

        class Door(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.posts.append(({name.lower(): value for name, value in self.headers.items()}, body))
                threading.Event().wait(outer.seconds)
                self.send_response(outer.statuses.pop(0) if outer.statuses else 204)
                self.send_header("Location", f"http://127.0.0.1:{outer.port}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hooks/sendgrid?x=1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def events(self) -> list[dict[str, Any]]:
        return [event for _, body in self.posts for event in orjson.loads(body)]

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture(scope="session")
def _running() -> Iterator[Any]:
    with SandboxProcess() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_running: Any) -> Iterator[Any]:
    """The session's sandbox, emptied and with default settings."""
    account = {"keys": {}, "senders": [], "limits": "strict"}
    rest = {"credits": None, "oversize": "drain", "max_bytes": 30_000_000, "substitution_order": "single"}
    scheduling = {"most_held": 100, "late_hold": "ignored", "tracking": {}}
    plain = {
        "url": "",
        "only": [],
        "speed": 0.2,
        "hold": False,
        "batch_seconds": 0.05,
        "batch_bytes": 768 * 1024,
        "timeout": 10.0,
    }
    modes = {"signature": "good", "duplicate": 0.0, "duplicate_new_id": 0.0, "drop": 0.0, "rotten": 0.0, "delay": 0.0}
    tries = {"retry_first": 0.05, "retry_most": 60.0, "resign": False, "reorder": False}
    _running.call("DELETE", "/_sandbox/faults")
    _running.account(**account, **rest, **scheduling)
    _running.call("POST", "/_sandbox/receipts", {"url": "", "every": 1})
    _running.webhook(**plain, **modes, **tries, seed=1)
    _running.reset()
    yield _running
    _running.call("DELETE", "/_sandbox/faults")


@pytest.fixture
def receiver(sandbox: Any) -> Iterator[Receiver]:
    """A receiver to which the sandbox posts its events."""
    door = Receiver()
    sandbox.webhook(url=door.url)
    yield door
    sandbox.webhook(url="", hold=False)
    sandbox.reset()
    door.close()


@pytest.fixture
def write() -> Any:
    return write_mail


@pytest.fixture
def send(sandbox: Any) -> Any:
    """A function that sends a mail with http.client and returns (status, headers with names in lower case, body)."""

    def post(mail: Any, key: str = KEY, path: str = "/v3/mail/send", **headers: str) -> tuple[int, dict[str, str], bytes]:
        line = http.client.HTTPConnection(sandbox.host, sandbox.port, timeout=20)
        body = mail if isinstance(mail, bytes) else orjson.dumps(mail)
        usual = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            line.request("POST", path, body, {**usual, **named})
            answer = line.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read()
        finally:
            line.close()

    return post
