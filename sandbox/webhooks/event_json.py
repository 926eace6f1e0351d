"""The JSON of one event: its fields, its ids, and the custom args on the same level, overridden by reserved keys.

An event depends only on its mail, so that an event created again after a restart has the same ids and time."""

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from sandbox.ledger import Record

USER = "31415926"
# How the documented ids begin; the ids of opens and clicks look random.
_PREFIXES = {"processed": "processed", "dropped": "drop", "delivered": "delivered-0", "bounce": "bounce-0"}
_WITH_SMTP_ID = frozenset(("processed", "dropped", "deferred", "delivered", "bounce", "spamreport", "cancel_drop"))
_FROM_PERSON = ("email", "sg_event_id", "sg_message_id")


@dataclass(slots=True)
class Mailing:
    number: int
    id: str
    category: Any
    send_at: int | None
    bypasses: set[str]
    host: str
    tracked: dict[str, Any]  # tracking_settings.tracked

    @classmethod
    def of(cls, record: Record) -> "Mailing":
        number = record["request"]
        host = f"recvd-7d4b9c-{number % 100000:05d}-1-{int(record['at']):X}-{number % 256:X}"
        return cls(
            number,
            record["id"],
            record.get("category"),
            record.get("send_at"),
            set(record.get("bypasses", ())),
            host,
            record.get("tracked", {}),
        )

    def message_id(self, index: int) -> str:
        return f"{self.id}.{self.host}.{index}"

    def shared(self, name: str, at: float, fields: dict[str, Any]) -> dict[str, Any]:
        """The fields of an event that are the same for all recipients of this request."""
        event: dict[str, Any] = {"timestamp": int(at), "event": name, **fields}
        if name in _WITH_SMTP_ID:
            event["smtp-id"] = f"<{self.id}@geopod-ismtpd-{self.number % 20}>"
        if self.category is not None:
            event["category"] = self.category
        if name == "processed":
            event["send_at"] = self.send_at or 0
        return event


def write_event(mailing: Mailing, person: list[Any], name: str, at: float, fields: dict[str, Any]) -> dict[str, Any]:
    """One event of one recipient, at the unix time `at`, as the webhook shows it."""
    index, _, address, _, args = person
    own = {"email": address, "sg_event_id": _event_id(mailing, index, name, fields), "sg_message_id": mailing.message_id(index)}
    return {**args, **own, **mailing.shared(name, at, fields)}


def write_alike(mailing: Mailing, people: list[list[Any]], name: str, at: float, fields: dict[str, Any]) -> list[bytes]:
    """The JSON of `write_event` for many recipients: shared fields are serialised once."""
    shared = mailing.shared(name, at, fields)
    tail = b"," + orjson.dumps(shared)[1:]
    reserved = shared.keys() | _FROM_PERSON
    plain = f"{_PREFIXES[name]}-{USER}-{mailing.id}-"
    cut = len(plain) // 3 * 3  # up to here base64 is the same for all
    head, rest = urlsafe_b64encode(plain[:cut].encode()).decode(), plain[cut:]
    start, dumps, pieces = f"{mailing.id}.{mailing.host}.", orjson.dumps, []
    for person in people:
        index, _, address, _, args = person
        if not reserved.isdisjoint(args):
            pieces.append(dumps(write_event(mailing, person, name, at, fields)))
            continue
        event_id = head + _encode_end(rest, index)
        own = {**args, "email": address, "sg_event_id": event_id, "sg_message_id": f"{start}{index}"}
        pieces.append(dumps(own)[:-1] + tail)
    return pieces


@lru_cache(maxsize=200_000)
def _encode_end(rest: str, index: int) -> str:
    return urlsafe_b64encode(f"{rest}{index}".encode()).rstrip(b"=").decode()


def write_late_bounce(mailing: Mailing, person: list[Any], at: float, fields: dict[str, Any]) -> dict[str, Any]:
    """An asynchronous bounce: it comes without message id, custom args and category."""
    event_id = _event_id(mailing, person[0], "late-bounce", fields)
    return {"email": person[2], "timestamp": int(at), "event": "bounce", "sg_event_id": event_id, **fields}


def _event_id(mailing: Mailing, index: int, name: str, fields: dict[str, Any]) -> str:
    prefix = f"deferred-{fields['attempt']}" if name == "deferred" else _PREFIXES.get(name)
    if prefix is None:
        plain = hashlib.blake2b(f"{name}-{mailing.id}-{index}".encode(), digest_size=16).digest()
    else:
        plain = f"{prefix}-{USER}-{mailing.id}-{index}".encode()
    return urlsafe_b64encode(plain).rstrip(b"=").decode()
