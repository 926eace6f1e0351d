"""The signed event webhook: which requests are accepted, and how the events are read."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from sendgrid import EventWebhook

from tests.support.effort import at_most
from transport.errors import ForgedWebhookError, OperatorError
from transport.provider_events import EventKind, ProviderEvent, fact_key, of_every_kind
from transport.sendgrid.webhook_events import check_keys, parse, verify


class Signer:
    def __init__(self, curve: ec.EllipticCurve | None = None) -> None:
        self.private = ec.generate_private_key(curve or ec.SECP256R1())
        self.public = public_text(self.private.public_key())

    def sign(self, raw: bytes, timestamp: str = "1700000000") -> str:
        return base64.b64encode(self.private.sign(timestamp.encode() + raw, ec.ECDSA(SHA256()))).decode()


def public_text(key: Any) -> str:
    return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


ONE, TWO, STRANGER = Signer(), Signer(), Signer()
RAW = b'[{"event":"processed"}]\r\n'
AT = "1700000000"

# The provider's published example: key, signature, timestamp, body with its CRLF.
VECTOR_KEY = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="
)
VECTOR_SIGNATURE = "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM="
VECTOR_TIMESTAMP = "1600112502"
VECTOR_RAW = (
    b'[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address",'
    b'"sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",'
    b'"sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",'
    b'"smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]\r\n'
)


# -- signatures


def test_published_example_verifies() -> None:
    assert verify([VECTOR_KEY], VECTOR_SIGNATURE, VECTOR_TIMESTAMP, VECTOR_RAW) == 0
    with pytest.raises(ForgedWebhookError, match="no-match"):
        verify([VECTOR_KEY], VECTOR_SIGNATURE, VECTOR_TIMESTAMP, VECTOR_RAW.rstrip())
    (event,), faults = parse(VECTOR_RAW)
    assert (event.kind, event.reason, faults) == (EventKind.DROPPED, "Bounced Address", [])


def test_the_providers_own_verifier_agrees() -> None:
    theirs = EventWebhook(ONE.public)
    assert theirs.verify_signature(RAW.decode(), ONE.sign(RAW), AT)
    assert verify([ONE.public], ONE.sign(RAW), AT, RAW) == 0


def test_both_keys_verify_during_a_rotation() -> None:
    assert verify([ONE.public, TWO.public], ONE.sign(RAW), AT, RAW) == 0
    assert verify([ONE.public, TWO.public], TWO.sign(RAW), AT, RAW) == 1


def test_bytes_that_are_not_text_verify() -> None:
    assert verify([ONE.public], ONE.sign(b"\xff\xfe\x00"), AT, b"\xff\xfe\x00") == 0


@pytest.mark.parametrize(
    ("keys", "signature", "timestamp", "raw", "reason"),
    [
        ([], ONE.sign(RAW), AT, RAW, "no-keys"),
        ([ONE.public], None, AT, RAW, "no-signature"),
        ([ONE.public], "", AT, RAW, "no-signature"),
        ([ONE.public], ONE.sign(RAW), None, RAW, "no-timestamp"),
        ([ONE.public], ONE.sign(RAW), "", RAW, "no-timestamp"),
        ([ONE.public], ONE.sign(RAW, "soon"), "soon", RAW, "malformed-timestamp"),
        ([ONE.public], ONE.sign(RAW), " " + AT, RAW, "malformed-timestamp"),
        ([ONE.public], ONE.sign(RAW), "\u0661" * 10, RAW, "malformed-timestamp"),
        ([ONE.public], "not base64!", AT, RAW, "malformed-signature"),
        ([ONE.public], "\u00e4", AT, RAW, "malformed-signature"),
        ([ONE.public], "A" * 10_000, AT, RAW, "malformed-signature"),
        ([ONE.public], "QUJD", AT, RAW, "no-match"),
        ([ONE.public], STRANGER.sign(RAW), AT, RAW, "no-match"),
        ([ONE.public], ONE.sign(RAW), AT, RAW + b" ", "no-match"),
        ([ONE.public], ONE.sign(RAW), AT, RAW.strip(), "no-match"),
        ([ONE.public], ONE.sign(RAW), "1700000001", RAW, "no-match"),
        ([ONE.public], ONE.sign(RAW), AT, b"", "no-match"),
    ],
    # Keys and signatures differ in every process, but a parallel run needs test ids that do not.
    ids=map(str, range(17)),
)
def test_forgery_is_rejected(keys: list[str], signature: str | None, timestamp: str | None, raw: bytes, reason: str) -> None:
    with pytest.raises(ForgedWebhookError) as caught:
        verify(keys, signature, timestamp, raw)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "key",
    [
        "",
        "garbage",
        "AAAA",
        ONE.public[:-8],
        public_text(rsa.generate_private_key(65537, 2048).public_key()),
        Signer(ec.SECP384R1()).public,
    ],
    ids=["empty", "garbage", "short", "cut", "rsa", "p384"],
)
def test_unusable_key_raises_even_next_to_a_good_one(key: str) -> None:
    with pytest.raises(OperatorError, match=r"MAILROOM_SENDGRID_WEBHOOK_KEYS.*key 2 of 2"):
        verify([ONE.public, key], ONE.sign(RAW), AT, RAW)


def test_a_key_may_come_as_pem() -> None:
    pem = f"-----BEGIN PUBLIC KEY-----\n{ONE.public[:64]}\n{ONE.public[64:]}\n-----END PUBLIC KEY-----\n"
    assert verify([pem], ONE.sign(RAW), AT, RAW) == 0
    assert len(check_keys([pem, TWO.public])) == 2


# -- events

BASE = {"email": "ann@example.org", "timestamp": 1_700_000_000, "sg_event_id": "id-1", "mr_d": "d1", "mr_a": "a1"}


def parsed(**fields: Any) -> ProviderEvent:
    events, faults = parse(json.dumps([BASE | {"event": "delivered"} | fields]).encode())
    assert faults == []
    return events[0]


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"event": "processed"}, EventKind.PROCESSED),
        ({"event": "deferred"}, EventKind.DEFERRED),
        ({"event": "delivered"}, EventKind.DELIVERED),
        ({"event": "dropped"}, EventKind.DROPPED),
        ({"event": "bounce", "type": "bounce"}, EventKind.BOUNCED_HARD),
        ({"event": "bounce", "type": "blocked"}, EventKind.BOUNCED_SOFT),
        ({"event": "bounce", "type": "new thing", "status": "5.1.1"}, EventKind.BOUNCED_SOFT),
        ({"event": "bounce", "status": "5.1.1"}, EventKind.BOUNCED_HARD),
        ({"event": "bounce", "status": "4.2.2"}, EventKind.BOUNCED_SOFT),
        ({"event": "bounce"}, EventKind.BOUNCED_SOFT),
        ({"event": "open"}, EventKind.OPENED),
        ({"event": "click", "url": "https://example.org/"}, EventKind.CLICKED),
        ({"event": "spamreport"}, EventKind.COMPLAINED),
        ({"event": "unsubscribe"}, EventKind.UNSUBSCRIBED),
        ({"event": "group_unsubscribe"}, EventKind.GROUP_UNSUBSCRIBED),
        ({"event": "group_resubscribe"}, EventKind.GROUP_RESUBSCRIBED),
        ({"event": "account_status_change", "type": "compliance_suspend"}, EventKind.ACCOUNT_STATUS),
        ({"event": "teleported"}, EventKind.OTHER),
    ],
)
def test_event_names_map_to_kinds(fields: dict[str, Any], kind: EventKind) -> None:
    event = parsed(**fields)
    assert event.kind is kind
    assert event.provider_name == fields["event"]


def test_event_fields_are_read() -> None:
    event = parsed(
        event="deferred",
        response="400 try again",
        status="4.0.0",
        bounce_classification="Technical",
        something_new={"a": 1},
    )
    assert event.at == datetime.fromtimestamp(1_700_000_000, UTC)
    assert (event.address, event.delivery_token, event.attempt_token) == ("ann@example.org", "d1", "a1")
    assert (event.reason, event.status, event.classification) == ("400 try again", "4.0.0", "Technical")
    assert event.raw["something_new"] == {"a": 1}
    assert len(event.key) == 16


def test_bounce_keeps_type_classification_smtp_answer_and_receiving_domain() -> None:
    event = parsed(
        event="bounce", type="blocked", bounce_classification="Reputation", reason="refused", response="550 5.7.1 refused"
    )
    assert (event.type, event.classification, event.domain) == ("blocked", "Reputation", "example.org")
    assert (event.reason, event.response) == ("refused", "550 5.7.1 refused")
    event = parsed(event="deferred", response="451 later", email="<ann@Mail.Example.ORG.>")
    assert (event.reason, event.response, event.domain) == ("451 later", None, "mail.example.org")
    assert parsed(email=None).domain is None


def test_machine_open_is_set_only_if_the_event_says_so() -> None:
    assert parsed(event="open", sg_machine_open=True).machine_open
    for value in (False, None, "true", 1):
        assert not parsed(event="open", sg_machine_open=value).machine_open
    assert not parsed(event="open").machine_open


def test_account_status_event_names_no_recipient() -> None:
    raw = b'[{"event":"account_status_change","sg_event_id":"x","timestamp":1700000000,"type":"compliance_ban"}]'
    (event,), _ = parse(raw)
    assert (event.address, event.delivery_token, event.raw["type"]) == (None, None, "compliance_ban")


def test_event_keys_identify_events() -> None:
    assert parsed().key == parsed(timestamp=1_700_000_001).key, "the id alone makes the key"
    assert parsed().key != parsed(sg_event_id="id-2").key
    plain = parsed(sg_event_id=None)
    assert plain.key == fact_key("d1", "delivered", 1_700_000_000, None, "ann@example.org")
    others = [
        {"mr_d": "d2"},
        {"event": "open"},
        {"timestamp": 1_700_000_001},
        {"url": "https://example.org"},
        {"email": "bob@example.org"},
    ]
    assert len({plain.key, *(parsed(sg_event_id="", **other).key for other in others)}) == 6
    assert parsed(sg_event_id=5).key == plain.key


def test_repr_contains_no_personal_data() -> None:
    shown = repr(parsed(reason="ann@example.org is full", url="https://example.org/ann"))
    assert "ann" not in shown.replace("DELIVERED", "")


@pytest.mark.parametrize("timestamp", ["1700000000", 1_700_000_000.9, 1_700_000_000])
def test_timestamps_of_other_types_are_read(timestamp: object) -> None:
    assert parsed(timestamp=timestamp).at == datetime.fromtimestamp(1_700_000_000, UTC)


GOOD = json.dumps(BASE | {"event": "delivered"})
ROTTEN = {
    "not an object": ["5", "null", '"x"', "[]", "true"],
    "no event name": ["{}", '{"event":5,"timestamp":1700000000}', '{"event":"","timestamp":1700000000}'],
    "no usable timestamp": [
        '{"event":"open"}',
        *(
            f'{{"event":"open","timestamp":{value}}}'
            for value in ("null", "true", '"soon"', "[]", "1e300", "9" * 30, "9" * 5000, "1700000000000", "-5", "NaN", "Infinity")
        ),
    ],
    "nested too deeply": ['{"event":"open","timestamp":1700000000,"x":' + "[" * 300 + "]" * 300 + "}"],
}


@pytest.mark.parametrize(("reason", "element"), [(r, e) for r, elements in ROTTEN.items() for e in elements])
def test_one_malformed_element_does_not_affect_the_others(reason: str, element: str) -> None:
    events, faults = parse(f"[{GOOD},{element},{GOOD}]".encode())
    assert len(events) == 2
    assert [(fault.index, fault.reason) for fault in faults] == [(1, reason)]


@pytest.mark.parametrize(
    "odd",
    [
        '"reason":"a\\u0000b"',
        '"reason":"\\ud800"',
        '"\\ud800":1',
        '"\\u0000":1',
        f'"ip":{"9" * 400}',
        '"ip":1e999',
        '"ip":NaN',
        '"email":5',
        '"email":"no address"',
        '"sg_event_id":"\\udfff\\u0000"',
        '"url":{"a":1}',
        '"category":{"a":[1]}',
        '"attempt":[]',
        '"mr_d":17',
        '"event":"open","event":"click"',
    ],
)
def test_odd_values_are_accepted_and_can_be_stored(odd: str) -> None:
    (event,), faults = parse(f"[{GOOD[:-1]},{odd}}}]".encode())
    assert faults == []
    stored = orjson.dumps(event.raw)
    assert b"\\u0000" not in stored
    assert b"Infinity" not in json.dumps(event.raw).encode()


def test_bytes_that_are_not_utf8_are_replaced() -> None:
    (event,), _ = parse(GOOD.join("[]").replace("ann", "\udcff").encode("utf-8", "surrogateescape"))
    assert event.address == "\ufffd@example.org"


@pytest.mark.parametrize("raw", [b"", b"nonsense", b"[", b"5", b'"x"', b"[" * 200_000, b"\xff", b'{"event":1' * 1000])
def test_body_that_is_not_a_list_is_one_fault(raw: bytes) -> None:
    events, faults = parse(raw)
    assert events == []
    assert [fault.index for fault in faults] == [-1]


def test_a_single_object_is_a_batch_of_one() -> None:
    assert len(parse(GOOD.encode())[0]) == 1
    assert parse(b"[]") == ([], [])


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["event", "timestamp", "email", "sg_event_id", "category", "attempt", "type", "url", "mr_d", "status"])


@given(st.lists(VALUES | st.dictionaries(NAMES, VALUES | st.sampled_from(["open", "bounce"]), max_size=8), max_size=5))
def test_any_signed_body_parses_into_as_many_events_and_faults(elements: list[Any]) -> None:
    events, faults = parse(json.dumps(elements).encode())
    assert len(events) + len(faults) == len(elements)
    for event in events:
        orjson.dumps(event.raw)


@given(st.binary(max_size=300))
def test_any_bytes_are_parsed_without_raising(raw: bytes) -> None:
    parse(raw)


def test_a_full_post_is_parsed_quickly() -> None:
    raw = ("[" + ",".join([GOOD] * 6000) + "]").encode()
    with at_most(5):
        assert len(parse(raw)[0]) == 6000


def test_a_table_that_lacks_a_kind_of_event_fails_at_import():
    with pytest.raises(TypeError, match="ACCOUNT_STATUS, OTHER"):
        of_every_kind({kind: "" for kind in EventKind if kind not in (EventKind.ACCOUNT_STATUS, EventKind.OTHER)})
