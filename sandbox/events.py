"""The JSON of one event: its fields, its identifiers, and custom args flattened with reserved keys winning."""

import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import Any

from sandbox.ledger import Record

USER = "31415926"
# The start of the deterministic id; engagement has random ids.
_PREFIXES = {"processed": "processed", "dropped": "drop", "delivered": "delivered-0", "bounce": "bounce-0"}
_WITH_SMTP_ID = frozenset(("processed", "dropped", "deferred", "delivered", "bounce", "spamreport"))


@dataclass(slots=True)
class Mailing:
    """What all mails of one request have in common."""

    number: int
    id: str
    category: Any
    group: int | None
    pool: str | None
    send_at: int | None
    bypasses: set[str]
    host: str

    @classmethod
    def of(cls, record: Record) -> "Mailing":
        number = record["request"]
        host = f"recvd-7d4b9c-{number % 100000:05d}-1-{int(record['at']):X}-{number % 256:X}"
        return cls(
            number,
            record["id"],
            record.get("category"),
            record.get("group"),
            record.get("pool"),
            record.get("send_at"),
            set(record.get("bypasses", ())),
            host,
        )


def write_event(mailing: Mailing, person: list[Any], name: str, at: float, fields: dict[str, Any]) -> dict[str, Any]:
    """One event of one recipient, at the unix time `at`."""
    index, _, address, _, args = person
    event: dict[str, Any] = {
        **args,
        "email": address,
        "timestamp": int(at),
        "event": name,
        "sg_event_id": _event_id(mailing, index, name, fields),
        "sg_message_id": f"{mailing.id}.{mailing.host}.{index}",
        **fields,
    }
    if name in _WITH_SMTP_ID:
        event["smtp-id"] = f"<{mailing.id}@geopod-ismtpd-{mailing.number % 20}>"
    if mailing.category is not None:
        event["category"] = mailing.category
    if mailing.group is not None:
        event["asm_group_id"] = mailing.group
    if name == "processed":
        event["send_at"] = mailing.send_at or 0
        if mailing.pool:
            event["pool"] = {"name": mailing.pool, "id": 1}
    return event


def write_late_bounce(person: list[Any], at: float, fields: dict[str, Any]) -> dict[str, Any]:
    """An asynchronous bounce: it has lost message id, custom args and category."""
    basis = {"email": person[2], "timestamp": int(at), "event": "bounce", "sg_event_id": random_id()}
    return {**basis, **fields}


def _event_id(mailing: Mailing, index: int, name: str, fields: dict[str, Any]) -> str:
    prefix = f"deferred-{fields['attempt']}" if name == "deferred" else _PREFIXES.get(name)
    if prefix is None:
        return random_id()
    return urlsafe_b64encode(f"{prefix}-{USER}-{mailing.id}-{index}".encode()).rstrip(b"=").decode()


def random_id() -> str:
    return secrets.token_urlsafe(16)
