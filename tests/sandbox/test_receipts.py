"""Receipts: the sandbox knows the attempt of a request whatever its outcome, and can post it when the request arrives."""

import http.client
import http.server
import threading
import time
from typing import Any

import orjson
import pytest

FAULTS = ["500-before", "500-after", "429", "reset-before", "close-after", "silence-before 0s", "400", "latency 1ms"]


def attempt(write: Any, number: int = 1, **more: Any) -> Any:
    return write(custom_args={"mr_a": f"attempt-{number}"}, **more)


def post_quietly(sandbox: Any, mail: Any) -> None:
    body = mail if isinstance(mail, bytes) else orjson.dumps(mail)
    line = http.client.HTTPConnection(sandbox.host, sandbox.port, timeout=5)
    try:
        line.request("POST", "/v3/mail/send", body, {"Authorization": "Bearer SG.x", "Content-Type": "application/json"})
        line.getresponse().read()
    except (OSError, http.client.HTTPException):
        pass  # some faults break the connection
    finally:
        line.close()


@pytest.mark.parametrize("fault", FAULTS)
def test_the_attempt_is_recorded_whatever_the_fault(sandbox: Any, write: Any, fault: str) -> None:
    sandbox.faults(f"1:{fault}")
    sandbox.advance_clock(10_000)
    post_quietly(sandbox, attempt(write))
    (row,) = sandbox.requests()
    assert (row["attempt"], row["custom_args"]) == ("attempt-1", {"mr_a": "attempt-1"})
    assert abs(row["received_at"] - time.time()) < 30


def test_the_attempt_of_a_rejected_request_is_recorded(sandbox: Any, write: Any) -> None:
    sandbox.account(keys=["SG.other"])
    post_quietly(sandbox, attempt(write))
    sandbox.account(keys={})
    post_quietly(sandbox, attempt(write, 2, subject=""))
    assert [(row["status"], row["attempt"]) for row in sandbox.requests()] == [(401, "attempt-1"), (400, "attempt-2")]
    post_quietly(sandbox, b"{")
    assert sandbox.requests()[-1]["attempt"] is None


def test_the_attempt_is_read_from_an_incomplete_body(sandbox: Any, write: Any) -> None:
    sandbox.faults("1:reset-body")
    mail = {"custom_args": {"mr_a": "attempt-1"}, **write(content=[{"type": "text/plain", "value": "x" * 4_000_000}])}
    post_quietly(sandbox, mail)
    assert sandbox.requests()[0]["attempt"] == "attempt-1"


def test_the_attempt_can_be_in_a_personalization(sandbox: Any, write: Any) -> None:
    mail = write()
    mail["personalizations"][0]["custom_args"]["mr_a"] = "attempt-9"
    post_quietly(sandbox, mail)
    assert sandbox.requests()[0]["attempt"] == "attempt-9"


class Witness:
    """Receives the receipts and at that moment queries the sandbox for the number of accepted recipients."""

    def __init__(self, sandbox: Any) -> None:
        self.receipts: list[dict[str, Any]] = []
        self.accepted: list[int] = []
        outer = self

        class Door(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.receipts.append(orjson.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                outer.accepted.append(sandbox.counts()["accepted_recipients"])
                answer = orjson.dumps({"known": outer.receipts[-1]["attempt"] == "attempt-1"})
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/receipts"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def witness(sandbox: Any) -> Any:
    server = Witness(sandbox)
    yield server
    server.close()


def test_a_receipt_is_posted_before_the_request_is_accepted(sandbox: Any, witness: Any, write: Any) -> None:
    sandbox.call("POST", "/_sandbox/receipts", {"url": witness.url})
    sandbox.faults("2:500-before", "3:reset-after")
    for number in (1, 2, 3):
        post_quietly(sandbox, attempt(write, number))
    assert [(receipt["request"], receipt["attempt"]) for receipt in witness.receipts] == [(n, f"attempt-{n}") for n in (1, 2, 3)]
    assert witness.accepted == [0, 1, 1]
    assert [row["verdict"] for row in sandbox.requests()] == [{"known": True}, {"known": False}, {"known": False}]
    assert sandbox.call("GET", "/_sandbox/receipts")["told"] >= 3


def test_receipts_can_cover_every_nth_request_and_a_dead_receiver_does_no_harm(
    sandbox: Any, witness: Any, write: Any, send: Any
) -> None:
    sandbox.call("POST", "/_sandbox/receipts", {"url": witness.url, "every": 2})
    for number in range(4):
        post_quietly(sandbox, attempt(write, number))
    assert [receipt["request"] for receipt in witness.receipts] == [2, 4]
    sandbox.call("POST", "/_sandbox/receipts", {"url": "http://127.0.0.1:9/", "every": 1, "timeout": 0.5})
    failed = sandbox.call("GET", "/_sandbox/receipts")["failed"]
    assert send(write())[0] == 202
    assert sandbox.call("GET", "/_sandbox/receipts")["failed"] == failed + 1


@pytest.mark.parametrize("wishes", [{"url": "http://example.com/"}, {"every": 0}, {"timeout": 0}, {"pace": 1}])
def test_invalid_receipt_settings_are_rejected(sandbox: Any, wishes: dict[str, Any]) -> None:
    with pytest.raises(RuntimeError, match="400"):
        sandbox.call("POST", "/_sandbox/receipts", wishes)
