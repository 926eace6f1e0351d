"""Events: the outcomes of addresses; ids, signatures, batches and retries; faults of the webhook on demand."""

import base64
import hashlib
import time
from collections import Counter
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sendgrid.helpers.eventwebhook import EventWebhook

from sandbox.delivery.address_outcomes import OUTCOMES, foresee
from tests.sandbox.conftest import LINKED, TRACKED
from tests.support.waiting import wait_until

SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"
WAYS = {
    "ada": ["processed", "delivered"],
    "bounce": ["processed", "bounce"],
    "bare-bounce": ["processed", "bounce"],
    "late-bounce": ["processed", "delivered", "bounce"],
    "reputation": ["processed", "bounce"],
    "blocked": ["processed", "bounce"],
    "soft": ["processed", "bounce"],
    "defer": ["processed", "deferred", "deferred", "delivered"],
    "expire": ["processed", "deferred", "bounce"],
    "drop": ["dropped"],
    "spam-content": ["dropped"],
    "complain": ["processed", "delivered", "spamreport"],
    "unsub": ["processed", "delivered", "unsubscribe"],
    "group-unsub": ["processed", "delivered", "group_unsubscribe"],
    "machine-open": ["processed", "delivered", "open"],
    "plain-open": ["processed", "delivered", "open"],
    "open": ["processed", "delivered", "open"],
    "click": ["processed", "delivered", "open", "click"],
    "strange": ["processed", "delivered", "teleported"],
    "silent": [],
}


def verifies(public_key: str, headers: dict[str, str], body: bytes) -> bool:
    key = serialization.load_der_public_key(base64.b64decode(public_key))
    assert isinstance(key, ec.EllipticCurvePublicKey)
    try:
        signed = headers[TIMESTAMP].encode() + body
        key.verify(base64.b64decode(headers[SIGNATURE]), signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def test_the_expected_events_cover_every_outcome() -> None:
    assert set(WAYS) == {"ada", *OUTCOMES}


def test_each_address_outcome_produces_its_events(sandbox: Any, receiver: Any, send: Any, write: Any) -> None:
    places = [f"{word}@people.example" for word in WAYS] + [f"ada@{word}.example" for word in WAYS]
    send(write(*places, categories=["letters"], content=LINKED, tracking_settings=TRACKED))
    sandbox.wait_for_events()
    events = receiver.events()
    for address in places:
        word = foresee(address) or "ada"
        mine = [event for event in events if event["email"] == address]
        assert [event["event"] for event in mine] == WAYS[word], address
        for event in mine:
            late = word == "late-bounce" and event["event"] == "bounce"
            assert ("mr_d" in event, "sg_message_id" in event) == (not late, not late)
            assert len(event["sg_event_id"]) <= 100
            assert late or event["category"] == ["letters"]
    bounce = next(event for event in events if event["email"] == "soft@people.example" and event["event"] == "bounce")
    assert (bounce["type"], bounce["status"]) == ("blocked", "5.2.2")
    deferred = [event for event in events if event["event"] == "deferred" and event["email"] == "defer@people.example"]
    assert [event["attempt"] for event in deferred] == ["1", "2"]
    opens = {event["email"]: event.get("sg_machine_open") for event in events if event["event"] == "open"}
    assert [opens[f"{word}@people.example"] for word in ("open", "machine-open", "plain-open")] == [False, True, None]


@pytest.mark.parametrize("address", ["bouncer@x.example", "dropbox@x.example", "ada@softer.example", "mcclick@x.example"])
def test_addresses_that_only_resemble_a_rule_have_no_special_outcome(address: str) -> None:
    assert foresee(address) == ""


@pytest.mark.parametrize("address", ["Bounce@x.org", "bounce-7@x.org", "bounce.a@x.org", "bounce+a@x.org", "ada+bounce@x.org"])
def test_every_spelling_of_an_outcome_in_an_address_is_recognised(address: str) -> None:
    assert foresee(address) == "bounce"


def test_event_and_message_ids_have_the_format_of_sendgrid(sandbox: Any, receiver: Any, send: Any, write: Any) -> None:
    message_id = send(write("ada@example.com", "grace@example.com"))[1]["x-message-id"]
    sandbox.wait_for_events()
    assert len(message_id) == 22
    for event in receiver.events():
        index = ["ada@example.com", "grace@example.com"].index(event["email"])
        assert event["sg_message_id"].startswith(f"{message_id}.")
        assert event["sg_message_id"].endswith(f".{index}")
        assert event["smtp-id"].startswith(f"<{message_id}@")
        raw = event["sg_event_id"]
        plain = base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4)).decode()
        prefix = "processed" if event["event"] == "processed" else "delivered-0"
        assert plain.startswith(f"{prefix}-")
        assert plain.endswith(f"-{message_id}-{index}")
    assert Counter(event["send_at"] for event in receiver.events() if event["event"] == "processed") == {0: 2}


def test_webhook_posts_have_the_documented_headers_and_signature(sandbox: Any, receiver: Any, send: Any, write: Any) -> None:
    send(write())
    sandbox.wait_for_events()
    for headers, body in receiver.posts:
        assert headers["user-agent"] == "SendGrid Event API"
        assert headers["content-type"] == "application/json;charset=utf-8"
        assert body.endswith(b"]\r\n")
        assert verifies(sandbox.public_key, headers, body)
        assert not verifies(sandbox.public_key, headers, body.strip())
        official = EventWebhook(sandbox.public_key)
        assert official.verify_signature(body.decode(), headers[SIGNATURE], headers[TIMESTAMP])


def test_posts_can_have_a_wrong_stale_foreign_or_missing_signature(sandbox: Any, receiver: Any, send: Any, write: Any) -> None:
    keys = sandbox.call("GET", "/_sandbox/key")
    for mode, key, right, fresh in (
        ("wrong", keys["public_key"], False, True),
        ("stale", keys["public_key"], True, False),
        ("other-key", keys["other"], True, True),
    ):
        receiver.posts.clear()
        sandbox.webhook(signature=mode)
        send(write())
        sandbox.wait_for_events()
        for headers, body in receiver.posts:
            assert verifies(key, headers, body) is right
            assert (abs(time.time() - int(headers[TIMESTAMP])) < 60) is fresh
    receiver.posts.clear()
    sandbox.webhook(signature="none")
    send(write())
    sandbox.wait_for_events()
    assert all(SIGNATURE not in headers for headers, _ in receiver.posts)


def test_key_rotation_signs_with_the_other_key(sandbox: Any, receiver: Any, send: Any, write: Any) -> None:
    before = sandbox.call("GET", "/_sandbox/key")
    after = sandbox.call("POST", "/_sandbox/webhook/rotate")
    assert after == {"public_key": before["other"], "other": before["public_key"]}
    send(write())
    sandbox.wait_for_events()
    sandbox.call("POST", "/_sandbox/webhook/rotate")
    assert all(verifies(after["public_key"], headers, body) for headers, body in receiver.posts)


def test_a_post_is_repeated_until_2xx_and_follows_no_redirect(sandbox: Any, receiver: Any, send: Any, write: Any) -> None:
    sandbox.webhook(hold=True, speed=0, batch_seconds=0.2)
    send(write())
    receiver.statuses = [500, 302, 404]
    sandbox.wait_for_mail()
    sandbox.webhook(hold=False)
    state = sandbox.wait_for_events()
    digests = Counter(hashlib.sha256(body).hexdigest() for _, body in receiver.posts)
    assert sum(digests.values()) == state["delivered_batches"] + 3
    assert state["failed_posts"] == 3
    assert state["last_failure"].startswith("status ")
    assert len({headers[TIMESTAMP] + headers[SIGNATURE] for headers, _ in receiver.posts}) == len(digests)


def test_undelivered_events_are_given_up_after_a_day(sandbox: Any, receiver: Any, send: Any, write: Any) -> None:
    receiver.statuses = [500] * 1000
    send(write())
    sandbox.webhook(batch_seconds=0.05, retry_first=0.3)
    wait_until(lambda: sandbox.call("GET", "/_sandbox/webhook")["failed_posts"])
    sandbox.advance_clock(24 * 3600)
    state = sandbox.wait_for_events()
    assert state["given_up_events"] >= 1


def test_held_events_are_posted_after_their_release(sandbox: Any, receiver: Any, send: Any, write: Any) -> None:
    sandbox.webhook(hold=True, speed=0)
    send(write())
    with pytest.raises(TimeoutError):
        sandbox.wait_for_events(0.3)
    assert receiver.posts == []
    sandbox.webhook(hold=False)
    assert sandbox.wait_for_events()["delivered_events"] == 2


def test_events_can_be_duplicated_with_the_same_or_a_new_id(sandbox: Any, receiver: Any, send: Any, write: Any) -> None:
    sandbox.webhook(duplicate=1.0, duplicate_new_id=1.0)
    send(write())
    sandbox.wait_for_events()
    for name in ("processed", "delivered"):
        ids = Counter(event["sg_event_id"] for event in receiver.events() if event["event"] == name)
        assert sorted(ids.values()) == [1, 2]


def test_dropped_events_are_never_posted(sandbox: Any, receiver: Any, send: Any, write: Any) -> None:
    sandbox.webhook(drop=1.0)
    send(write())
    assert sandbox.wait_for_events()["dropped_events"] == 2
    assert receiver.posts == []


def test_events_can_be_reordered(sandbox: Any, receiver: Any, send: Any, write: Any) -> None:
    sandbox.webhook(reorder=True, seed=3)
    people = [f"person{number}@example.com" for number in range(50)]
    send(write(*people))
    sandbox.wait_for_events()
    seen = [event["email"] for event in receiver.events() if event["event"] == "processed"]
    assert sorted(seen) == sorted(people)
    assert seen != people


def test_a_batch_can_contain_a_malformed_element(sandbox: Any, receiver: Any, send: Any, write: Any) -> None:
    sandbox.webhook(rotten=1.0, speed=0)
    send(write())
    state = sandbox.wait_for_events()
    assert state["delivered_events"] == 2
    for headers, body in receiver.posts:
        assert verifies(sandbox.public_key, headers, body)
        assert body.count(b'"mr_d"') >= 1


def test_no_batch_exceeds_the_maximum_size(sandbox: Any, receiver: Any, send: Any, write: Any) -> None:
    sandbox.webhook(batch_bytes=4096, speed=0)
    send(write(*[f"person{number}@example.com" for number in range(60)]))
    sandbox.wait_for_events()
    assert len(receiver.posts) > 5
    assert all(len(body) <= 4096 for _, body in receiver.posts)


def test_given_events_are_posted_unchanged(sandbox: Any, receiver: Any) -> None:
    sandbox.emit({"event": "account_status_change", "type": "compliance_suspend", "sg_event_id": "x", "timestamp": 1})
    sandbox.wait_for_events()
    assert receiver.events()[0]["type"] == "compliance_suspend"


def test_each_retry_waits_twice_as_long_as_the_one_before(sandbox: Any, receiver: Any, send: Any, write: Any) -> None:
    """The waiting times are those of the sandbox's clock, not real time."""
    sandbox.webhook(speed=0, retry_first=1000.0, retry_most=36000.0)
    receiver.statuses = [500] * 6
    send(write("drop@example.com"))
    for tries, wait in enumerate((1000, 2000, 4000), start=1):
        wait_until(lambda tries=tries: sandbox.call("GET", "/_sandbox/webhook")["failed_posts"] == tries)
        sandbox.advance_clock(0.6 * wait)
        with pytest.raises(TimeoutError):
            sandbox.wait_for_events(0.1)
        assert len(receiver.posts) == tries
        sandbox.advance_clock(0.6 * wait)
    wait_until(lambda: len(receiver.posts) == 4)


@pytest.mark.parametrize(
    "wishes",
    [{"url": "http://example.com/"}, {"url": "https://127.0.0.1/"}, {"speed": "fast"}, {"pace": 1}, {"signature": "x"}],
)
def test_invalid_webhook_settings_are_rejected(sandbox: Any, wishes: dict[str, Any]) -> None:
    with pytest.raises(RuntimeError, match="400"):
        sandbox.webhook(**wishes)
