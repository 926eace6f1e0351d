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
    return [one["state"] for one in sandbox.ledger()]


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
    assert [one["discarded"] for one in sandbox.ledger()] == [True, False, False]
    assert [line["to"] for line in sandbox.messages(whole=False)] == ["p2@example.com", "p1@example.com"]
    assert [line["to"] for line in sandbox.messages(to="example.com", whole=False)] == ["p2@example.com", "p1@example.com"]
    counts = sandbox.counts()
    assert counts["distinct_keys"] == 2
    assert (counts["accepted_recipients"], counts["received_recipients"], counts["discarded_recipients"]) == (3, 2, 1)


def test_waiting_for_events_also_waits_for_cancelled_mail_to_be_discarded(sandbox: Any, send: Any, write: Any) -> None:
    """Cancelled mail has no events, but `wait_for_events` must not return before it is discarded."""
    batch, soon = make_batch(sandbox), int(time.time()) + 1200
    for number in range(200):
        send(write(f"p{number}@example.com", send_at=soon, batch_id=batch))
    hold(sandbox, batch)
    assert sandbox.wait_for_events()["pending_stages"] == 0
    assert sandbox.counts()["waiting_recipients"] == 200
    sandbox.advance_clock(1300)
    sandbox.wait_for_events()
    assert sandbox.counts()["discarded_recipients"] == 200


def test_the_ledger_says_when_mail_was_released_or_discarded_and_why(sandbox: Any, send: Any, write: Any) -> None:
    batch, at = make_batch(sandbox), int(now_of(sandbox)) + HOUR
    send(write("now@example.com"))
    send(write("later@example.com", send_at=at))
    send(write("never@example.com", send_at=at, batch_id=batch))
    hold(sandbox, batch)
    sandbox.advance_clock(HOUR + 1)
    now, later, never = sandbox.ledger()
    assert (now["send_at"], now["released_at"]) == (None, now["at"])
    assert later["send_at"] == at
    assert at <= later["released_at"] < at + 60
    assert (never["batch"], never["reason"], never["released_at"]) == (batch, "cancelled", None)
    assert at <= never["discarded_at"] < at + 60


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


def test_a_cancel_within_ten_minutes_of_release_can_be_rejected(sandbox: Any, send: Any, write: Any) -> None:
    sandbox.account(late_hold="refused")
    early, late = make_batch(sandbox), make_batch(sandbox)
    at = int(now_of(sandbox)) + 900
    send(write("a@example.com", send_at=at, batch_id=early))
    send(write("b@example.com", send_at=at, batch_id=late))
    hold(sandbox, early)
    sandbox.advance_clock(400)
    with pytest.raises(RuntimeError, match=r"400.*10 minutes"):
        hold(sandbox, late)
    sandbox.advance_clock(600)
    assert states(sandbox) == ["discarded", "released"]


def test_the_ten_minutes_apply_to_each_mail_of_a_batch(sandbox: Any, send: Any, write: Any) -> None:
    batch, now = make_batch(sandbox), int(now_of(sandbox))
    send(write("soon@example.com", send_at=now + 300, batch_id=batch))
    send(write("later@example.com", send_at=now + 900, batch_id=batch))
    hold(sandbox, batch)
    send(write("after@example.com", send_at=now + 900, batch_id=batch))
    sandbox.advance_clock(1000)
    assert states(sandbox) == ["released", "discarded", "discarded"]


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


def test_mail_paused_for_72_hours_is_discarded(sandbox: Any, send: Any, write: Any) -> None:
    batch = make_batch(sandbox)
    send(write(send_at=int(now_of(sandbox)) + HOUR, batch_id=batch))
    hold(sandbox, batch, "pause")
    sandbox.advance_clock(2 * HOUR)
    assert states(sandbox) == ["waiting"]
    sandbox.advance_clock(72 * HOUR)
    assert states(sandbox) == ["discarded"]
    assert sandbox.ledger()[0]["reason"] == "expired"


def test_a_batch_id_is_valid_for_ten_days(sandbox: Any, send: Any, write: Any) -> None:
    batch = make_batch(sandbox)
    sandbox.advance_clock(10 * 24 * HOUR + 1)
    assert send(write(batch_id=batch))[0] == 400
    with pytest.raises(RuntimeError, match="400"):
        sandbox.call("GET", f"/v3/mail/batch/{batch}", key=KEY)


def test_each_personalization_can_have_its_own_send_at(sandbox: Any, receiver: Any, send: Any, write: Any) -> None:
    mail, now = write("a@example.com", "b@example.com", "c@example.com"), int(now_of(sandbox))
    mail["personalizations"][1]["send_at"] = now + 900
    mail["personalizations"][2]["send_at"] = now - 900
    send({**mail, "batch_id": make_batch(sandbox)})
    sandbox.wait_for_events()
    assert {event["email"] for event in receiver.events()} == {"a@example.com", "c@example.com"}
    assert states(sandbox) == ["released", "waiting", "released"]
    assert [line["to"] for line in sandbox.messages(whole=False)] == ["c@example.com", "a@example.com"]
    sandbox.advance_clock(1000)
    wait_until(lambda: len(receiver.events()) == 6)
    assert states(sandbox) == ["released"] * 3


def test_a_send_at_in_the_past_sends_at_once(sandbox: Any, receiver: Any, send: Any, write: Any) -> None:
    send(write(send_at=int(time.time()) - 1000))
    sandbox.wait_for_events()
    assert len(receiver.events()) == 2


def test_a_discarded_mail_does_not_count_as_a_duplicate(sandbox: Any, send: Any, write: Any) -> None:
    batch = make_batch(sandbox)
    send(write(send_at=int(now_of(sandbox)) + HOUR, batch_id=batch))
    assert sandbox.counts()["distinct_keys"] == 1
    send(write())
    assert sandbox.counts()["duplicate_count"] == 1
    hold(sandbox, batch)
    sandbox.advance_clock(HOUR + 1)
    assert states(sandbox) == ["discarded", "released"]
    assert sandbox.counts()["duplicate_count"] == 0
    send(write())
    assert sandbox.counts()["duplicates"] == [{"address": "ada@example.com", "key": "delivery-0", "count": 2}]
