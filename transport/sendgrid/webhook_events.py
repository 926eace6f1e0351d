"""SendGrid's event webhook: verifies signatures, and reads the events in Mailroom's terms.

Signature: ECDSA P-256 with SHA-256 over the timestamp header followed by the raw body (SendGrid, Signed Event Webhook).
A signature does not expire, so a replay verifies for ever; the receiver removes duplicates by `ProviderEvent.key`.
"""

import base64
import binascii
import json
import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from transport.errors import ForgedWebhookError, OperatorError
from transport.message import MAX_ADDRESS
from transport.provider_events import EventKind, ProviderEvent, WebhookFault, fact_key
from transport.sendgrid.payload import ATTEMPT_ARG, DELIVERY_ARG

KEYS_SETTING = "MAILROOM_SENDGRID_WEBHOOK_KEYS"
SIGNATURE_HEADER = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP_HEADER = "X-Twilio-Email-Event-Webhook-Timestamp"

MAX_DEPTH = 16
_EARLIEST = 946_684_800  # 2000-01-01: before the provider existed
_LATEST = 4_102_444_800  # 2100-01-01: later values are milliseconds or garbage


_KINDS = {
    "processed": EventKind.PROCESSED,
    "deferred": EventKind.DEFERRED,
    "delivered": EventKind.DELIVERED,
    "dropped": EventKind.DROPPED,
    "spamreport": EventKind.COMPLAINED,
    "unsubscribe": EventKind.UNSUBSCRIBED,
    "group_unsubscribe": EventKind.GROUP_UNSUBSCRIBED,
    "group_resubscribe": EventKind.GROUP_RESUBSCRIBED,
    "open": EventKind.OPENED,
    "click": EventKind.CLICKED,
    "account_status_change": EventKind.ACCOUNT_STATUS,
}


# -- signatures


def verify(keys: Sequence[str], signature: str | None, timestamp: str | None, raw: bytes) -> int:
    """The index of the key that signed `raw`, which must be the bytes as received, before any parsing or trimming.

    `keys` are base64 DER public keys: two while one is being replaced. Without keys nothing is accepted.

    Raises ForgedWebhookError, or OperatorError if any key is unusable, even if another would verify: a failing rotation should be
    noticed now. The provider repeats for 24 h, so nothing is lost meanwhile.
    """
    if not keys:
        raise ForgedWebhookError("no-keys")
    parsed = check_keys(keys)
    if not signature:
        raise ForgedWebhookError("no-signature")
    if not timestamp:
        raise ForgedWebhookError("no-timestamp")
    if not re.fullmatch(r"[0-9]{1,15}", timestamp, re.ASCII):
        raise ForgedWebhookError("malformed-timestamp")
    try:
        signed = base64.b64decode(signature, validate=True) if len(signature) <= 200 else b""
    except (binascii.Error, ValueError):
        signed = b""
    if not signed:
        raise ForgedWebhookError("malformed-signature")
    message = timestamp.encode("ascii") + raw
    for index, key in enumerate(parsed):
        try:
            key.verify(signed, message, ec.ECDSA(SHA256()))
        except InvalidSignature:
            continue
        return index
    raise ForgedWebhookError("no-match")


def check_keys(keys: Sequence[str]) -> list[ec.EllipticCurvePublicKey]:
    """The parsed keys; settings checks use this too. Raises OperatorError that names the setting and the key's position."""
    return [_key_of(text, index + 1, len(keys)) for index, text in enumerate(keys)]


@lru_cache(maxsize=16)
def _key_of(text: str, number: int, count: int) -> ec.EllipticCurvePublicKey:
    allowed = "the public key as SendGrid shows it: base64, 124 characters, beginning MFkwEwYHKoZIzj0CAQ"
    bare = "".join(re.sub(r"-----(BEGIN|END) PUBLIC KEY-----", "", text).split())
    try:
        key = load_der_public_key(base64.b64decode(bare, validate=True))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise OperatorError(KEYS_SETTING, f"key {number} of {count} is not a public key", allowed) from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise OperatorError(KEYS_SETTING, f"key {number} of {count} is not on the curve P-256", allowed)
    return key


# -- events


def parse(raw: bytes) -> tuple[list[ProviderEvent], list[WebhookFault]]:
    """The events of a verified body in order, and a WebhookFault for every element that is not an event. Never raises.

    Unknown event names become EventKind.OTHER; unknown fields stay in `raw`. Custom args are among the top-level fields. In
    `ProviderEvent.raw`, NUL, half surrogates and numbers that JSON does not know are replaced, so that jsonb can store it.
    """
    try:
        batch = _elements(raw)
    except (ValueError, RecursionError) as error:
        return [], [WebhookFault(-1, f"not JSON: {type(error).__name__}")]
    if not isinstance(batch, list):
        return [], [WebhookFault(-1, "not a list of events")]
    events: list[ProviderEvent] = []
    faults: list[WebhookFault] = []
    for index, element in enumerate(batch):
        event_or_reason = _event_of(element)
        if isinstance(event_or_reason, ProviderEvent):
            events.append(event_or_reason)
        else:
            faults.append(WebhookFault(index, event_or_reason))
    return events, faults


def _elements(raw: bytes) -> Any:
    """Parse valid JSON fast; otherwise use the lenient parser, so that one odd element does not spoil the batch.

    A single event outside a list becomes a list of one.
    """
    try:
        batch, sound = orjson.loads(raw), b"\\u0000" not in raw
    except ValueError:
        batch = json.loads(raw.decode("utf-8", "replace"), parse_int=_int, parse_constant=lambda _name: None)
        sound = False
    if isinstance(batch, dict):
        batch = [batch]
    return batch if sound or not isinstance(batch, list) else [_storable(item, MAX_DEPTH + 1) for item in batch]


def _int(digits: str) -> int | float | None:
    if len(digits) <= 19:
        return int(digits)
    number = float(digits)
    return number if math.isfinite(number) else None


def _storable(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if depth == 0:
        return value  # too deep to store: `_event_of` rejects it
    if isinstance(value, dict):
        return {_storable(name, 0): _storable(item, depth - 1) for name, item in value.items()}
    if isinstance(value, list):
        return [_storable(item, depth - 1) for item in value]
    return value


def _event_of(element: Any) -> ProviderEvent | str:
    """The event, or why the element is not one."""
    if not isinstance(element, dict):
        return "not an object"
    name = element.get("event")
    if not isinstance(name, str) or not name:
        return "no event name"
    timestamp = _timestamp(element.get("timestamp"))
    if timestamp is None:
        return "no usable timestamp"
    if any(isinstance(value, (dict, list)) and _is_deeper(value, MAX_DEPTH) for value in element.values()):
        return "nested too deeply"
    get = element.get
    event_id = _string(get("sg_event_id"))
    delivery = _string(get(DELIVERY_ARG))
    address = _address(get("email"))
    url = _string(get("url"))
    reason, response = _string(get("reason")), _string(get("response"))
    return ProviderEvent(
        kind=_KINDS.get(name) or _kind_of(name, element),
        provider_name=name,
        at=datetime.fromtimestamp(timestamp, UTC),
        address=address,
        delivery_token=delivery,
        attempt_token=_string(get(ATTEMPT_ARG)),
        key=_id_key(event_id) if event_id else fact_key(delivery, name, timestamp, url, address),
        reason=reason or response,
        response=response if reason and response != reason else None,
        status=_string(get("status")),
        url=url,
        machine_open=get("sg_machine_open") is True,  # absent means false or unknown
        classification=_string(get("bounce_classification")),
        type=_string(get("type")),
        domain=address.rpartition("@")[2].rstrip(".").lower() or None if address else None,
        raw=element,
    )


def _kind_of(name: str, element: dict[str, Any]) -> EventKind:
    if name != "bounce":
        return EventKind.OTHER
    how = element.get("type")
    if how == "bounce":
        return EventKind.BOUNCED_HARD
    # A hard bounce suppresses the address, so it needs an explicit type: an unknown type counts as soft, and if the type is
    # missing, the enhanced status decides.
    permanent = how is None and (_string(element.get("status")) or "").startswith("5")
    return EventKind.BOUNCED_HARD if permanent else EventKind.BOUNCED_SOFT


def _id_key(event_id: str) -> bytes:
    return blake2b(event_id.encode("utf-8", "surrogatepass"), digest_size=16, person=b"event id").digest()


def _timestamp(value: Any) -> int | None:
    """Unix seconds from an int, a float or their text."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,12}", value, re.ASCII):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return int(value) if _EARLIEST <= value < _LATEST else None


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _address(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    bare = value.strip().removeprefix("<").removesuffix(">")
    return bare if "@" in bare and len(bare) <= MAX_ADDRESS else None


def _is_deeper(value: Any, depth: int) -> bool:
    if not isinstance(value, (dict, list)):
        return False
    if depth == 0:
        return True
    inner = value.values() if isinstance(value, dict) else value
    return any(_is_deeper(item, depth - 1) for item in inner if isinstance(item, (dict, list)))
