"""Scheduled mail: send_at, batch ids, pause and cancel until ten minutes before, and the ledger's record of each mail."""

import time
from typing import Any

import pytest

from tests.support.waiting import wait_until

KEY = "SG.x"
HOUR = 3600


def make_batch(sandbox: Any) -> str:
    found: str = sandbox.call("POST", "/v3/mail/batch", key=KEY)["batch_id"]
    return found


def hold(sandbox: Any, batch: str, status: str = "cancel") -> Any:
    return sandbox.call("POST", "/v3/user/scheduled_sends", {"batch_id": batch, "status": status}, key=KEY)


def now_of(sandbox: Any) -> float:
    return float(sandbox.call("GET", "/_sandbox/clock")["now"])


def states(sandbox: Any) -> list[str]:
    return [entry["state"] for entry in sandbox.ledger()]


def test_a_batch_cancelled_in_time_reaches_nobody(sandbox: Any, receiver: Any, send: Any, write: Any) -> None:
    batches = [make_batch(sandbox) for _ in range(3)]
    assert sandbox.call("GET", f"/v3/mail/batch/{batches[0]}", key=KEY) == {"batch_id": batches[0]}
    soon = int(time.time()) + 1200
    for number, batch in enumerate(batches):
        send(write(f"p{number}@example.com", send_at=soon, batch_id=batch))
    assert hold(sandbox, batches[0], "cancel") == {"batch_id": batches[0], "status": "cancel"}
    hold(sandbox, batches[1], "pause")
    assert states(sandbox) == ["waiting"] * 3
    assert sandbox.counts()["waiting_recipients"] == 3
    assert (receiver.posts, sandbox.messages(whole=False)) == ([], [])
    sandbox.advance_clock(1300)
    assert states(sandbox) == ["discarded", "waiting", "released"]
    sandbox.wait_for_events()
    assert {event["email"] for event in receiver.events()} == {"p2@example.com"}
    sandbox.call("DELETE", f"/v3/user/scheduled_sends/{batches[1]}", key=KEY)
    wait_until(lambda: "p1@example.com" in {event["email"] for event in receiver.events()})
    assert [entry["discarded"] for entry in sandbox.ledger()] == [True, False, False]
    assert [line["to"] for line in sandbox.messages(whole=False)] == ["p2@example.com", "p1@example.com"]
    assert [line["to"] for line in sandbox.messages(to="example.com", whole=False)] == ["p2@example.com", "p1@example.com"]
    counts = sandbox.counts()
    assert counts["distinct_keys"] == 2
    assert (counts["accepted_recipients"], counts["received_recipients"], counts["discarded_recipients"]) == (3, 2, 1)


@pytest.mark.parametrize(("mode", "end"), [("ignored", "released"), ("honoured", "discarded")])
def test_a_cancel_within_ten_minutes_of_release_is_ignored_or_honoured(
    sandbox: Any, send: Any, write: Any, mode: str, end: str
) -> None:
    sandbox.account(late_hold=mode)
    batch = make_batch(sandbox)
    send(write(send_at=int(now_of(sandbox)) + 599, batch_id=batch))
    assert hold(sandbox, batch)["status"] == "cancel"
    assert sandbox.call("GET", f"/v3/user/scheduled_sends/{batch}", key=KEY) == [{"batch_id": batch, "status": "cancel"}]
    sandbox.advance_clock(700)
    assert states(sandbox) == [end]


def test_a_second_post_for_a_batch_is_rejected_but_patch_and_delete_work(sandbox: Any) -> None:
    batch, path = make_batch(sandbox), "/v3/user/scheduled_sends"
    hold(sandbox, batch, "pause")
    with pytest.raises(RuntimeError, match="400"):
        hold(sandbox, batch, "pause")
    assert sandbox.call("PATCH", f"{path}/{batch}", {"status": "cancel"}, key=KEY) is None
    assert sandbox.call("GET", path, key=KEY) == [{"batch_id": batch, "status": "cancel"}]
    with pytest.raises(RuntimeError, match="400"):
        sandbox.call("PATCH", f"{path}/{batch}", {"status": "stop"}, key=KEY)
    assert sandbox.call("DELETE", f"{path}/{batch}", key=KEY) is None
    for method in ("DELETE", "PATCH"):
        with pytest.raises(RuntimeError, match="404"):
            sandbox.call(method, f"{path}/{batch}", {"status": "pause"}, key=KEY)
    hold(sandbox, batch, "pause")
    with pytest.raises(RuntimeError, match="400"):
        hold(sandbox, "unknown")


def test_the_number_of_batches_on_hold_is_limited(sandbox: Any) -> None:
    batches = [make_batch(sandbox) for _ in range(101)]
    for batch in batches[:100]:
        hold(sandbox, batch)
    with pytest.raises(RuntimeError, match="at most 100"):
        hold(sandbox, batches[100])
    sandbox.call("DELETE", f"/v3/user/scheduled_sends/{batches[0]}", key=KEY)
    hold(sandbox, batches[100])
    sandbox.account(most_held=10)
    sandbox.call("DELETE", f"/v3/user/scheduled_sends/{batches[1]}", key=KEY)
    with pytest.raises(RuntimeError, match="at most 10 "):
        hold(sandbox, batches[0])
