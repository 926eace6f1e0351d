"""SQL of bounces: the cause of each, and what is known of the addresses that bounced.

Every statement gives the same rows for the same events, whatever their order and number (docs/delivery.md I10). All of them
use the partial index of events with a cause, which holds no deliveries.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from publication.database.statement_sql import column, query
from transport.provider_events import EventKind

BOUNCED = f"('{EventKind.BOUNCED_HARD}', '{EventKind.BOUNCED_SOFT}')"


class Diagnosed(NamedTuple):
    """The result for one event: its cause, and the delivery and address that it is about."""

    event_id: int
    cause: str
    key: bytes | None
    campaign_id: int | None
    subscriber_id: int | None


def set_causes(rows: Sequence[Diagnosed]) -> set[int]:
    """Store the cause of events and whom they are about; returns the events that had no cause before."""
    if not rows:
        return set()
    causes = [
        {"id": diagnosed.event_id, "cause": diagnosed.cause, "key": diagnosed.key.hex() if diagnosed.key else None,
         "c": diagnosed.campaign_id, "s": diagnosed.subscriber_id} for diagnosed in rows
    ]  # fmt: skip
    updated = query(
        """
        WITH told AS (SELECT t.*, e.cause AS before FROM jsonb_to_recordset(%s::jsonb)
            AS t (id bigint, cause text, key text, c bigint, s bigint) JOIN event e ON e.id = t.id)
        UPDATE event e SET cause = t.cause, address_key = COALESCE(e.address_key, decode(t.key, 'hex')),
               campaign_id = COALESCE(e.campaign_id, t.c), subscriber_id = COALESCE(e.subscriber_id, t.s)
        FROM told t WHERE e.id = t.id
        RETURNING e.id, t.before
        """,
        [orjson.dumps(causes).decode()],
    )
    return {row[0] for row in updated if row[1] == ""}


def explain_drops(keys: Sequence[bytes], reason: str, otherwise: str) -> None:
    """Give each drop of a listed address the cause of the last hard bounce before it, or `otherwise` if none is stored.

    Soft bounces (type blocked) put nobody on the provider's bounce list.
    """
    query(
        """
        UPDATE event d SET cause = f.cause FROM (
            SELECT d.id, COALESCE((
                SELECT b.cause FROM event b WHERE b.address_key = d.address_key AND b.cause <> '' AND b.kind = 'bounced_hard'
                AND b.at <= d.at ORDER BY b.at DESC, b.cause LIMIT 1), %s) AS cause
            FROM event d WHERE d.address_key = ANY(%s) AND d.cause <> '' AND d.kind = 'dropped'
              AND lower(trim(d.detail ->> 'reason')) = %s) f
        WHERE d.id = f.id AND d.cause <> f.cause
        """,
        [otherwise, list(keys), reason],
    )


def list_bounces(keys: Sequence[bytes], counted: Sequence[str]) -> list[tuple[bytes, int | None, datetime, str]]:
    """(key, campaign, time, cause) of all bounces of those `keys` that have a bounce with a cause in `counted`."""
    rows = query(
        f"""
        SELECT address_key, campaign_id, at, cause FROM event
        WHERE cause <> '' AND kind IN {BOUNCED} AND address_key IN (
            SELECT address_key FROM event WHERE cause <> '' AND kind IN {BOUNCED} AND cause = ANY(%s) AND address_key = ANY(%s))
        """,
        [list(counted), list(keys)],
    )
    return [(bytes(row[0]), row[1], row[2], row[3]) for row in rows]


def list_deliveries(keys: Sequence[bytes], since: datetime) -> list[tuple[bytes, int, datetime]]:
    """(key, campaign, time) of mail delivered to these addresses, in campaigns that ended after `since` or have not ended."""
    campaigns = column(
        "SELECT id FROM campaign WHERE started_at IS NOT NULL AND (finished_at IS NULL OR finished_at > %s)", [since]
    )
    if not campaigns:
        return []
    rows = query(
        "SELECT address_key, campaign_id, delivered_at FROM delivery "
        "WHERE campaign_id = ANY(%s::bigint[]) AND address_key = ANY(%s) AND delivered_at IS NOT NULL",
        [campaigns, list(keys)],
    )
    return [(bytes(row[0]), row[1], row[2]) for row in rows]


def bouncing_among(subscriber_ids: Sequence[int]) -> set[int]:
    """Those of these people whose mailbox has bounced since their last delivery."""
    if not subscriber_ids:
        return set()
    return set(column("SELECT id FROM subscriber WHERE soft_bounces > 0 AND id = ANY(%s)", [list(subscriber_ids)]))


def list_evidence(after: int, most: int) -> list[tuple[Any, ...]]:
    """A batch of the stored bounces and drops in the order of their ids, for `reconsider`, with the key of their delivery."""
    return query(
        """
        SELECT e.id, e.kind, e.cause, e.detail::text, COALESCE(e.address_key, (
            SELECT d.address_key FROM delivery d JOIN subscriber s ON s.id = d.subscriber_id AND s.erased_at IS NULL
            WHERE d.campaign_id = e.campaign_id AND d.subscriber_id = e.subscriber_id)),
            e.campaign_id, e.subscriber_id
        FROM event e WHERE e.kind IN ('bounced_hard', 'bounced_soft', 'dropped') AND e.id > %s ORDER BY e.id LIMIT %s
        """,
        [after, most],
    )
