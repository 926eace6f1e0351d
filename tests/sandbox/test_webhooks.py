"""Several webhooks at once, each with its own key and settings; and events that arrive hours late on the clock."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.conftest import Receiver
from tests.sandbox.test_events import verifies


@pytest.fixture
def second(sandbox: Any) -> Iterator[Receiver]:
    """A second receiver, under the id `other`."""
    door = Receiver()
    sandbox.call("POST", "/_sandbox/webhooks/other", {"url": door.url, "batch_seconds": 0.05, "retry_first": 0.05})
    yield door
    sandbox.call("DELETE", "/_sandbox/webhooks/other")
    door.close()


def set_other(sandbox: Any, **settings: Any) -> Any:
    return sandbox.call("POST", "/_sandbox/webhooks/other", settings)


def test_two_receivers_get_the_same_events_with_different_keys(
    sandbox: Any, receiver: Any, second: Any, send: Any, write: Any
) -> None:
    send(write("ada@example.com", "bounce@example.com"))
    sandbox.wait_for_events()
    ids = [sorted(event["sg_event_id"] for event in door.events()) for door in (receiver, second)]
    assert ids[0] == ids[1]
    assert len(ids[0]) == 4
    key = sandbox.call("GET", "/_sandbox/webhooks/other")["public_key"]
    assert key != sandbox.public_key
    for headers, body in second.posts:
        assert verifies(key, headers, body)
        assert not verifies(sandbox.public_key, headers, body)


def test_one_bad_receiver_does_not_disturb_the_other(sandbox: Any, receiver: Any, second: Any, send: Any, write: Any) -> None:
    set_other(sandbox, drop=1.0)
    send(write())
    sandbox.wait_for_events()
    assert (len(receiver.events()), len(second.events())) == (2, 0)
    set_other(sandbox, drop=0.0)
    second.statuses = [500] * 3
    send(write())
    sandbox.wait_for_events()
    assert len({event["sg_event_id"] for event in second.events()}) == 2
    described = sandbox.call("GET", "/_sandbox/webhooks")["webhooks"]
    assert [(webhook["id"], webhook["failed_posts"] > 0) for webhook in described] == [("sandbox", False), ("other", True)]


def test_events_delayed_by_hours_arrive_when_the_clock_is_advanced(sandbox: Any, receiver: Any, send: Any, write: Any) -> None:
    sandbox.webhook(delay=3 * 3600, speed=0)
    send(write())
    sandbox.wait_for_mail()
    assert sandbox.call("GET", "/_sandbox/webhook")["pending_events"] == 2
    assert receiver.posts == []
    sandbox.advance_clock(2.9 * 3600)
    with pytest.raises(TimeoutError):
        sandbox.wait_for_events(0.2)
    assert receiver.posts == []
    sandbox.advance_clock(0.2 * 3600)
    sandbox.wait_for_events()
    assert len(receiver.events()) == 2
    now = sandbox.call("GET", "/_sandbox/clock")["now"]
    for headers, _ in receiver.posts:
        assert abs(int(headers["x-twilio-email-event-webhook-timestamp"]) - now) < 60
    assert all(abs(event["timestamp"] - (now - 3.1 * 3600)) < 60 for event in receiver.events())


def test_a_retry_has_a_new_signature_if_resign_is_set(sandbox: Any, receiver: Any, send: Any, write: Any) -> None:
    sandbox.webhook(resign=True, speed=0)
    receiver.statuses = [500]
    send(write("drop@example.com"))
    sandbox.wait_for_events()
    first, second = receiver.posts
    assert first[1] == second[1]
    assert first[0]["x-twilio-email-event-webhook-signature"] != second[0]["x-twilio-email-event-webhook-signature"]


def test_events_with_reserved_custom_args_have_the_same_fields_as_others(
    sandbox: Any, receiver: Any, send: Any, write: Any
) -> None:
    """Custom args with reserved keys take a slower path through the code, and both paths must produce the same fields."""
    send(write("ada@example.com", custom_args={"timestamp": "mine", "sg_event_id": "mine"}))
    send(write("ada@example.com", custom_args={"own": "mine"}))
    sandbox.wait_for_events()
    slow, quick = (
        [event for event in receiver.events() if event["event"] == "processed" and ("own" in event) is own]
        for own in (False, True)
    )
    assert slow[0].keys() | {"own"} == quick[0].keys()
    assert "mine" not in slow[0].values()
