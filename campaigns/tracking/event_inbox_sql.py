"""SQL of the event inbox: payloads as received, events stored once, applied by one process at a time."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from publication.database.statement_sql import changed, query
from transport.provider_events import EventKind

APPLY_LOCK = 0x6D61696C  # only one process applies events: a second would just wait for the same rows


class StoredEvent(NamedTuple):
    """A stored event. Its ids are from verified tokens."""

    id: int
    kind: EventKind
    campaign_id: int | None
    subscriber_id: int | None
    attempt_id: int | None
    address_key: bytes | None
    single: str
    detail: dict[str, Any]
    at: datetime

    @property
    def pair(self) -> tuple[int, int] | None:
        if self.campaign_id is None or self.subscriber_id is None:
            return None
        return self.campaign_id, self.subscriber_id


def take_apply_lock() -> bool:
    """Whether this transaction may apply events now; if so, it holds the lock until it ends."""
    return bool(query("SELECT pg_try_advisory_xact_lock(%s)", [APPLY_LOCK])[0][0])


def take_payloads(most: int) -> list[tuple[int, datetime, bytes]]:
    return query(
        "SELECT id, received_at, body FROM provider_payload WHERE split_at IS NULL ORDER BY id FOR UPDATE SKIP LOCKED LIMIT %s",
        [most],
    )


def take_quoting(spellings: Sequence[str]) -> list[tuple[int, datetime, bytes]]:
    """The payloads not yet split whose body may quote an address, in any of these spellings (lower case).

    Waits for a process that splits one of them. `encode` makes text of bytes whatever they are, and backslashes are doubled
    in it. 1,000 bodies of 500 events (176 MB) take 1.6 s; usually there are a few, because they are split every two seconds.
    """
    escaped = {_escaped(form) for spelling in spellings for form in (spelling, json.dumps(spelling)[1:-1])}
    return query(
        # Each body is read once, however many spellings there are.
        """
        WITH waiting AS MATERIALIZED (
            SELECT id, lower(encode(body, 'escape')) AS text FROM provider_payload WHERE split_at IS NULL
        ), quoting AS MATERIALIZED (
            SELECT id FROM waiting w
            WHERE EXISTS (SELECT FROM unnest(%s::text[]) AS s (text) WHERE position(s.text IN w.text) > 0)
        )
        SELECT id, received_at, body FROM provider_payload
        WHERE id IN (SELECT id FROM quoting) AND split_at IS NULL ORDER BY id FOR UPDATE
        """,
        [sorted(escaped)],
    )


def _escaped(text: str) -> str:
    """The text as `encode(…, 'escape')` gives its bytes."""
    return "".join("\\\\" if byte == 0x5C else chr(byte) if byte < 0x80 else f"\\{byte:03o}" for byte in text.encode())


def end_payload(payload_id: int, event_count: int, faults: list[dict[str, Any]]) -> None:
    query(
        "UPDATE provider_payload SET split_at = clock_timestamp(), body = NULL, event_count = %s, faults = %s::jsonb "
        "WHERE id = %s",
        [event_count, orjson.dumps(faults).decode(), payload_id],
    )


def store_events(events: list[dict[str, Any]]) -> int:
    """Insert the events that are not stored yet; `key` and `address_key` as hex. The number of rows inserted."""
    if not events:
        return 0
    return changed(
        """
        INSERT INTO event (key, kind, at, campaign_id, subscriber_id, attempt_id, address_key, single, detail, effect)
        SELECT decode(key, 'hex'), kind, at, campaign_id, subscriber_id, attempt_id, decode(address_key, 'hex'),
               single, detail, ''
        FROM jsonb_to_recordset(%s::jsonb) AS e (key text, kind text, at timestamptz, campaign_id bigint,
            subscriber_id bigint, attempt_id bigint, address_key text, single text, detail jsonb)
        ON CONFLICT (key) DO NOTHING
        """,
        [orjson.dumps(events).decode()],
    )


def take_events(most: int) -> list[StoredEvent]:
    """Events not yet applied, in the order of arrival."""
    rows = query(
        "SELECT id, kind, campaign_id, subscriber_id, attempt_id, address_key, single, detail::text, at FROM event "
        "WHERE applied_at IS NULL ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED",
        [most],
    )
    return [StoredEvent._make((row[0], EventKind(row[1]), *row[2:7], orjson.loads(row[7]), row[8])) for row in rows]


def end_events(ids: Sequence[int]) -> None:
    """Applied. Only bounces, which are counted by address, keep its hash."""
    query(
        "UPDATE event SET applied_at = clock_timestamp(), address_key = CASE WHEN cause <> '' THEN address_key END "
        "WHERE id = ANY(%s)",
        [list(ids)],
    )
