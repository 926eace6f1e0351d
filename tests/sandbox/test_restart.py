"""State that survives kill -9 of the sandbox: scheduled mail, batches, the clock, and undelivered events."""

import http.client
import time
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.sandbox.conftest import LINKED, TRACKED, Receiver
from tests.support.sandbox_process import SandboxProcess
from tests.support.waiting import wait_until

KEY = "SG.one"


def post(sandbox: SandboxProcess, mail: Any) -> int:
    line = http.client.HTTPConnection(sandbox.host, sandbox.port, timeout=10)
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    line.request("POST", "/v3/mail/send", orjson.dumps(mail), headers)
    status = line.getresponse().status
    line.close()
    return status


@pytest.fixture
def door() -> Any:
    receiver = Receiver()
    yield receiver
    receiver.close()


def test_only_undelivered_events_are_posted_after_a_kill(tmp_path: Path, write: Any, door: Any) -> None:
    everybody = [f"{word}@people.example" for word in ("ada", "bounce", "late-bounce", "click", "drop", "defer")]
    sandbox = SandboxProcess("--data", str(tmp_path), "--webhook", door.url, "--speed", "0")
    post(sandbox, write(*everybody, content=LINKED, tracking_settings=TRACKED))
    sandbox.wait_for_events()
    first = {event["sg_event_id"]: event for event in door.events()}
    sandbox.webhook(hold=True)
    post(sandbox, write(*everybody, content=LINKED, tracking_settings=TRACKED))
    sandbox.wait_for_mail()
    sandbox.kill()
    door.posts.clear()
    with SandboxProcess("--data", str(tmp_path), "--webhook", door.url, "--speed", "0") as again:
        again.wait_for_events()
        fresh = door.events()
        assert not first.keys() & {event["sg_event_id"] for event in fresh}
        kinds = Counter((event["email"], event["event"]) for event in fresh if event["event"] != "dropped")
        assert kinds["ada@people.example", "delivered"] == 1
        assert kinds["click@people.example", "click"] == 1
        dropped = {event["email"] for event in fresh if event["event"] == "dropped"}
        assert dropped == {"drop@people.example", "bounce@people.example", "late-bounce@people.example"}
        assert all(event["timestamp"] >= time.time() - 60 for event in fresh)


def test_unanswered_events_are_posted_again_unchanged_after_a_kill(tmp_path: Path, write: Any, door: Any) -> None:
    door.statuses = [500] * 1000
    people = ["bounce@people.example", "open@people.example", *(f"p{number}@people.example" for number in range(30))]
    sandbox = SandboxProcess("--data", str(tmp_path), "--webhook", door.url, "--speed", "0")
    post(sandbox, write(*people, content=LINKED, tracking_settings=TRACKED))
    wait_until(lambda: len({event["sg_event_id"] for event in door.events()}) == 64 + 1)
    sandbox.kill()
    before = {event["sg_event_id"]: event for event in door.events()}
    door.posts.clear()
    door.statuses = []
    with SandboxProcess("--data", str(tmp_path), "--webhook", door.url, "--speed", "0") as again:
        again.wait_for_events()
        assert {event["sg_event_id"]: event for event in door.events()} == before
        door.posts.clear()
    with SandboxProcess("--data", str(tmp_path), "--webhook", door.url) as third:
        third.wait_for_events()
        assert door.posts == []


def test_scheduled_mail_cancels_and_the_clock_survive_a_kill(tmp_path: Path, write: Any, door: Any) -> None:
    sandbox = SandboxProcess("--data", str(tmp_path), "--webhook", door.url, "--speed", "0")
    sandbox.advance_clock(5000)
    now = int(sandbox.call("GET", "/_sandbox/clock")["now"])
    batch = sandbox.call("POST", "/v3/mail/batch", key=KEY)["batch_id"]
    post(sandbox, write("never@example.com", send_at=now + 1200, batch_id=batch))
    post(sandbox, write("later@example.com", send_at=now + 1200))
    sandbox.call("POST", "/v3/user/scheduled_sends", {"batch_id": batch, "status": "cancel"}, key=KEY)
    sandbox.kill()
    with SandboxProcess("--data", str(tmp_path), "--webhook", door.url, "--speed", "0") as again:
        assert again.call("GET", "/_sandbox/clock")["now"] >= now
        assert again.call("GET", "/_sandbox/webhook")["scheduled_requests"] == 2
        assert again.counts()["waiting_recipients"] == 2
        again.advance_clock(1300)
        assert again.counts()["waiting_recipients"] == 0
        again.wait_for_events()
        assert {event["email"] for event in door.events()} == {"later@example.com"}
        assert [entry["state"] for entry in again.ledger()] == ["discarded", "released"]
        again.kill()
    with SandboxProcess("--data", str(tmp_path)) as third:
        assert [entry["state"] for entry in third.ledger()] == ["discarded", "released"]
        assert third.counts()["received_recipients"] == 1
