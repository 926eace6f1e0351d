"""The provider's webhook: what is believed, what is kept, and that nothing else leaves a trace."""

import json
import logging
import random
import time

import pytest
from kombu.exceptions import OperationalError

from campaigns.models import Event, ProviderPayload
from campaigns.tracking import event_inbox
from tests.web.conftest import SIGNATURE, TIMESTAMP, Signer, batch
from web.hooks import event_webhook

pytestmark = pytest.mark.django_db

NOW = int(time.time())


def event(number: int, name: str = "delivered", **more) -> dict:
    return {"event": name, "email": "reader0@people.example", "timestamp": NOW + number, "sg_event_id": f"id-{number}", **more}


def kept() -> int:
    return ProviderPayload.objects.count()


def test_a_signed_batch_is_kept_byte_for_byte(client, signer):
    raw = b'[{"event": "delivered"}]\r\n'
    answer = signer.post(client, raw)
    assert (answer.status_code, answer.content) == (204, b"")
    assert bytes(ProviderPayload.objects.get().body) == raw
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "spoil",
    [
        lambda headers: headers.pop(SIGNATURE),
        lambda headers: headers.pop(TIMESTAMP),
        lambda headers: headers.update({SIGNATURE: "not base64 at all"}),
        lambda headers: headers.update({SIGNATURE: ""}),
        lambda headers: headers.update({TIMESTAMP: str(NOW - 1)}),
        lambda headers: headers.update({TIMESTAMP: "yesterday"}),
        lambda headers: headers.update({TIMESTAMP: "٣" * 10}),
        lambda headers: headers.update({SIGNATURE: Signer().headers(b"[]")[SIGNATURE]}),
    ],
    ids=["no-signature", "no-timestamp", "garbage", "empty", "other-time", "no-number", "other-digits", "stranger"],
)
def test_whatever_is_not_signed_by_our_key_is_refused_and_leaves_nothing(client, signer, spoil, django_assert_num_queries):
    raw = batch(event(1))
    headers = signer.headers(raw)
    spoil(headers)
    with django_assert_num_queries(0):
        answer = client.post("/hooks/sendgrid", raw, content_type="application/json", headers=headers)
    assert answer.status_code == 403
    assert kept() == 0


def test_one_changed_byte_is_refused(client, signer):
    raw = batch(event(1))
    answer = client.post("/hooks/sendgrid", raw + b"\n", content_type="application/json", headers=signer.headers(raw))
    assert answer.status_code == 403
    assert kept() == 0


def test_without_a_key_nothing_is_believed_and_the_log_names_the_setting(client, signer, settings, capsys):
    settings.SENDGRID_WEBHOOK_KEYS = []
    assert signer.post(client, batch(event(1))).status_code == 403
    assert kept() == 0
    assert "MAILROOM_SENDGRID_WEBHOOK_KEYS" in capsys.readouterr().out


def test_an_unusable_key_refuses_and_is_named(client, signer, settings, capsys):
    settings.SENDGRID_WEBHOOK_KEYS = [signer.public, "MFkw-broken"]
    assert signer.post(client, batch(event(1))).status_code == 403
    assert kept() == 0
    assert "MAILROOM_SENDGRID_WEBHOOK_KEYS" in capsys.readouterr().out


def test_two_keys_while_one_is_replaced_then_the_old_one_ends(client, settings):
    old, new = Signer(), Signer()
    settings.SENDGRID_WEBHOOK_KEYS = [new.public, old.public]
    assert old.post(client, batch(event(1))).status_code == 204
    assert new.post(client, batch(event(2))).status_code == 204
    settings.SENDGRID_WEBHOOK_KEYS = [new.public]
    assert old.post(client, batch(event(3))).status_code == 403
    assert kept() == 2


def test_the_same_batch_twice_gives_its_events_once(client, signer):
    raw = batch(*(event(number) for number in range(5)))
    assert [signer.post(client, raw).status_code for _ in range(2)] == [204, 204]
    event_inbox.split_payloads()
    assert Event.objects.count() == 5


def test_order_does_not_matter(client, signer):
    events = [event(number, name) for number, name in enumerate(["processed", "deferred", "delivered", "open", "click"])]
    keys = set()
    for seed in range(3):
        shuffled = random.Random(seed).sample(events, len(events))
        assert signer.post(client, batch(*shuffled)).status_code == 204
        event_inbox.split_payloads()
        keys.add(frozenset(bytes(key) for key in Event.objects.values_list("key", flat=True)))
    assert len(keys) == 1
    assert Event.objects.count() == 5


def test_one_rotten_element_spoils_only_itself(client, signer):
    raw = batch(event(1), {"event": 7}, event(2))[:-1] + b', "text", null]'
    assert signer.post(client, raw).status_code == 204
    event_inbox.split_payloads()
    assert Event.objects.count() == 2
    assert [fault["index"] for fault in ProviderPayload.objects.get().faults] == [1, 3, 4]


@pytest.mark.parametrize("body", ["%s", "[%s]"])
def test_a_single_event_with_a_nul_is_stored_and_stops_nobody_behind_it(client, signer, body):
    odd = json.dumps({"event": "delivered", "timestamp": int(time.time()), "status": "2.\0", "sg_event_id": "x"})
    for raw in ((body % odd).encode(), batch(event(1))):
        assert signer.post(client, raw).status_code == 204
    event_inbox.split_payloads()
    assert Event.objects.count() == 2
    assert not any(ProviderPayload.objects.values_list("faults", flat=True))


def test_an_event_that_the_database_refuses_stops_nobody_behind_it(client, signer, monkeypatch):
    row = event_inbox._row
    monkeypatch.setattr(
        event_inbox, "_row", lambda event, at: row(event, at) | ({"single": "\0"} if event.status == "odd" else {})
    )
    for raw in (batch(event(1), event(2) | {"status": "odd"}, event(3)), batch(event(4))):
        assert signer.post(client, raw).status_code == 204
    event_inbox.split_payloads()
    assert Event.objects.count() == 3
    first, second = ProviderPayload.objects.order_by("id")
    assert (first.event_count, first.faults) == (2, [{"index": 1, "reason": "the database rejected this event"}])
    assert (second.event_count, second.faults) == (1, [])


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"{", b"[" * 100_000, b"null", b'{"a": "\\u0000"}', b"[1e999]"])
def test_signed_garbage_is_kept_and_never_our_fault(client, signer, raw):
    assert signer.post(client, raw).status_code == 204
    event_inbox.split_payloads()
    assert Event.objects.count() == 0


def test_a_body_above_the_cap_is_refused_by_its_announced_size(client, signer, capsys):
    raw = b" " * (5 * 1024 * 1024)
    assert signer.post(client, raw).status_code == 413
    assert kept() == 0
    assert "webhook_too_large" in capsys.readouterr().out


def test_a_body_of_exactly_the_cap_is_taken(client, signer):
    assert signer.post(client, b" " * event_webhook.LARGEST_BODY).status_code == 204


def test_a_lie_about_the_size_reads_no_more_than_the_cap(rf, signer):
    class Endless:
        read_bytes = 0

        def read(self, size: int = -1) -> bytes:
            assert size >= 0
            self.read_bytes += size
            return b" " * size

    request = rf.post("/hooks/sendgrid", b"", content_type="application/json")
    request._stream = body = Endless()
    assert event_webhook.receive(request).status_code == 413
    assert body.read_bytes == event_webhook.LARGEST_BODY + 1


@pytest.mark.parametrize("length", ["-1", "many", "", "٣"])
def test_an_announced_size_that_is_no_number_is_no_fault_of_ours(client, signer, length):
    raw = batch(event(1))
    answer = client.post(
        "/hooks/sendgrid", raw, content_type="application/json", headers=signer.headers(raw), CONTENT_LENGTH=length
    )
    assert answer.status_code in {204, 403}


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "patch", "options"])
def test_only_post(client, method):
    assert getattr(client, method)("/hooks/sendgrid").status_code == 405


def test_the_worker_is_woken_after_commit(client, signer, django_capture_on_commit_callbacks, monkeypatch):
    woken = []
    monkeypatch.setattr(event_webhook, "wake", woken.append)
    with django_capture_on_commit_callbacks(execute=True):
        signer.post(client, batch(event(1)))
    assert woken == ["apply_events"]


def test_a_broker_that_is_away_fails_nothing(client, signer, django_capture_on_commit_callbacks, monkeypatch, caplog):
    def away(task: str) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(event_webhook, "wake", away)
    with caplog.at_level(logging.CRITICAL, "django"), django_capture_on_commit_callbacks(execute=True):
        assert signer.post(client, batch(event(1))).status_code == 204
    assert kept() == 1
