"""The provider's later reports about a message, in provider-neutral terms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Any, TypeVar

Value = TypeVar("Value")


class EventKind(StrEnum):
    """The kinds of events. OTHER is for event names that Mailroom does not know."""

    PROCESSED = "processed"
    DEFERRED = "deferred"
    DELIVERED = "delivered"
    BOUNCED_HARD = "bounced_hard"
    BOUNCED_SOFT = "bounced_soft"
    DROPPED = "dropped"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    GROUP_UNSUBSCRIBED = "group_unsubscribed"
    GROUP_RESUBSCRIBED = "group_resubscribed"
    OPENED = "opened"
    CLICKED = "clicked"
    ACCOUNT_STATUS = "account_status"
    OTHER = "other"


def of_every_kind(table: Mapping[EventKind, Value]) -> Mapping[EventKind, Value]:
    """Returns the table. Raises TypeError if it lacks a kind of event: a new kind cannot be forgotten in any table."""
    if missing := [kind.name for kind in EventKind if kind not in table]:
        raise TypeError(f"a table has no entry for the events {', '.join(missing)}")
    return table


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """One provider event. repr leaves out personal data; `raw` is the provider's element, safe for jsonb."""

    kind: EventKind
    provider_name: str
    at: datetime
    address: str | None = field(repr=False)
    delivery_token: str | None
    attempt_token: str | None
    key: bytes
    reason: str | None = field(default=None, repr=False)
    status: str | None = None
    url: str | None = field(default=None, repr=False)
    machine_open: bool = False
    classification: str | None = None
    type: str | None = None  # of a bounce ("bounce", "blocked"), or of a change of the account's status
    response: str | None = field(default=None, repr=False)  # the SMTP answer, if the event has it next to the reason
    domain: str | None = None  # the receiving domain: the part of the address after the @
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)


def fact_key(delivery: str | None, name: str, timestamp: int, url: str | None, address: str | None) -> bytes:
    """16-byte hash of an event's content, for events without an id and for the same event under two ids."""
    parts = (delivery or "", name, str(timestamp), url or "", address or "")
    joined = b"".join(b"%d:%b" % (len(part), part.encode("utf-8", "surrogatepass")) for part in parts)
    return blake2b(joined, digest_size=16, person=b"event fact").digest()


@dataclass(frozen=True, slots=True)
class WebhookFault:
    """An element of a webhook's body that is not an event. `index` is its position, -1 for the whole body."""

    index: int
    reason: str
