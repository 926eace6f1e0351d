"""The hand-written SQL of the way in: store events once, prove attempts, raise each delivery to its furthest fact.

Every statement gives the same rows whatever the order and number of the same events (docs/delivery.md I10).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from django.db import connection

from campaigns.states import FACT_RANK, move_of
from publication.database.statement_sql import query

APPLY_LOCK = 0x6D61696C  # one applier at a time: two would only wait for each other's rows


def take_apply_lock() -> bool:
    """Whether this transaction may apply events now."""
    return bool(query("SELECT pg_try_advisory_xact_lock(%s)", [APPLY_LOCK])[0][0])


def take_payloads(most: int) -> list[tuple[int, bytes]]:
    return query(
        "SELECT id, body FROM provider_payload WHERE split_at IS NULL ORDER BY id FOR UPDATE SKIP LOCKED LIMIT %s", [most]
    )


def end_payload(payload_id: int, event_count: int, faults: list[dict[str, Any]]) -> None:
    query(
        "UPDATE provider_payload SET split_at = clock_timestamp(), body = NULL, event_count = %s, faults = %s::jsonb "
        "WHERE id = %s",
        [event_count, orjson.dumps(faults).decode(), payload_id],
    )


def store_events(events: list[dict[str, Any]]) -> int:
    """Insert the events that are not stored yet; `key` and `address_key` as hex. The rows made."""
    if not events:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
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
        return int(cursor.rowcount)


def take_events(most: int) -> list[tuple[Any, ...]]:
    """Unapplied events in the order of arrival: id, kind, campaign, subscriber, attempt, address key, single, detail, at."""
    return query(
        "SELECT id, kind, campaign_id, subscriber_id, attempt_id, address_key, single, detail::text, at FROM event "
        "WHERE applied_at IS NULL ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED",
        [most],
    )


def end_events(ids: Sequence[int]) -> None:
    query("UPDATE event SET applied_at = clock_timestamp() WHERE id = ANY(%s)", [list(ids)])


# ------------------------------------------------------------------------------------------------------------- evidence
PROVE_MOVE = move_of(("planned", "claimed", "in_flight", "unknown", "held", "failed", "abandoned"), "accepted")

# The named attempt's slice, and where that one was split since, the slices that were cut from it.
FAMILY = """
    WITH RECURSIVE family AS (
        SELECT a.id AS attempt_id, s.id, s.state, s.current_attempt_id FROM attempt a JOIN slice s ON s.id = a.slice_id
        WHERE a.id = ANY(%s)
        UNION ALL
        SELECT f.attempt_id, c.id, c.state, c.current_attempt_id FROM family f JOIN slice c ON c.parent_id = f.id
        WHERE f.state = 'split')
"""


def lock_families(attempt_ids: Sequence[int]) -> None:
    """Hold the slices that these attempts speak of: no gate commits for them until the caller's transaction ends."""
    query(
        FAMILY + "SELECT s.id FROM slice s WHERE s.id IN (SELECT id FROM family) ORDER BY s.id FOR UPDATE OF s",
        [list(attempt_ids)],
    )


def prove(attempt_ids: Sequence[int], proof: str) -> int:
    """Everyone in these attempts is accepted: the provider spoke of one of them, and a request is all or nothing.

    That holds for members on the wire again in a later attempt, too (listed by possible_duplicates): whatever becomes
    of that one, they are not sent to a third time. The slices moved.
    """
    if not attempt_ids:
        return 0
    ids = list(attempt_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            FAMILY
            + """
            UPDATE slice s SET state = 'accepted', proof = %s, reason = NULL, lease_until = NULL, claim = NULL
            FROM family f
            WHERE s.id = f.id AND s.state = ANY(%s)
            """,
            [ids, proof, list(PROVE_MOVE[0])],
        )
        moved = int(cursor.rowcount)
    if proof == "event":
        query(
            """
            UPDATE attempt SET evidence_at = COALESCE(evidence_at, clock_timestamp()),
                   outcome = CASE outcome WHEN 'unknown' THEN 'accepted' ELSE outcome END,
                   detail = CASE outcome WHEN 'unknown' THEN detail || ' (proved by event)' ELSE detail END
            WHERE id = ANY(%s) AND (evidence_at IS NULL OR outcome = 'unknown')
            """,
            [ids],
        )
    return moved


def possible_duplicates(attempt_ids: Sequence[int]) -> list[tuple[int, int, int, int]]:
    """(campaign, slice, named attempt, current attempt) where members of a proved attempt were sent again; each once."""
    if not attempt_ids:
        return []
    return query(
        FAMILY
        + """
        SELECT s.campaign_id, s.id, f.attempt_id, s.current_attempt_id FROM family f JOIN slice s ON s.id = f.id
        WHERE s.current_attempt_id <> f.attempt_id AND s.current_attempt_id IS NOT NULL
          AND EXISTS (SELECT 1 FROM attempt c WHERE c.id = s.current_attempt_id AND (c.outcome IS NULL
                      OR c.outcome IN ('accepted', 'unknown', 'fencing', 'not_fenced')))
          AND s.state IN ('in_flight', 'unknown', 'held', 'accepted', 'abandoned')
          AND NOT EXISTS (SELECT 1 FROM delivery_log l WHERE l.kind = 'possible_duplicate'
                          AND l.campaign_id = s.campaign_id AND l.attempt_id = f.attempt_id AND l.slice_id = s.id)
        """,
        [list(attempt_ids)],
    )


def strangers(named: Sequence[tuple[int, int | None, int | None]]) -> set[int]:
    """Of (attempt, campaign, subscriber) as events name them, the attempts that this database does not know as such.

    It has none of that id, or gave the id to other people since: a sign that it went back in time.
    """
    if not named:
        return set()
    rows = query(
        """
        SELECT n.id FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS n (id, campaign, subscriber)
        LEFT JOIN attempt a ON a.id = n.id LEFT JOIN slice s ON s.id = a.slice_id
        WHERE a.id IS NULL OR a.campaign_id <> n.campaign OR EXISTS (
            SELECT 1 FROM delivery d WHERE d.campaign_id = n.campaign AND d.subscriber_id = n.subscriber
            AND d.campaign_id = ANY(%s::bigint[])
            AND (d.slice <> s.number OR d.subscriber_id NOT BETWEEN s.first_subscriber_id AND s.last_subscriber_id))
        """,
        [*(list(column) for column in zip(*named, strict=True)), _campaigns(campaign for _, campaign, _ in named)],
    )
    return {row[0] for row in rows}


def _campaigns(ids: Iterable[int | None]) -> list[int]:
    """Written into a statement they let the planner look at the deliveries of these campaigns alone."""
    return sorted({each for each in ids if each is not None})


# ---------------------------------------------------------------------------------------------------------------- facts
# hard outranks soft within bounced, so the reason takes part in the order; equal ranks keep the greater text.
RANK = "CASE {state} " + " ".join(f"WHEN '{state}' THEN {rank}" for state, rank in FACT_RANK.items()) + " ELSE -1 END"
REASON_RANK = "CASE WHEN {reason} LIKE 'hard%%' THEN 1 ELSE 0 END"


def raise_facts(facts: list[dict[str, Any]]) -> int:
    """Raise deliveries to the furthest fact known, and the time they were last delivered. The rows changed.

    Facts are {campaign_id, subscriber_id, state, reason, at}; `at`, the unix time of a `delivered` event or None, is the same
    in all facts of a delivery.
    """
    if not facts:
        return 0
    new = f"({RANK.format(state='f.state')}, {REASON_RANK.format(reason='f.reason')}, f.reason)"
    old = f"({RANK.format(state='d.state')}, {REASON_RANK.format(reason='d.reason')}, COALESCE(d.reason, ''))"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH told AS (SELECT * FROM jsonb_to_recordset(%s::jsonb)
                AS t (campaign_id bigint, subscriber_id bigint, state text, reason text, at bigint)),
            furthest AS (
                SELECT DISTINCT ON (f.campaign_id, f.subscriber_id) f.* FROM told f
                ORDER BY f.campaign_id, f.subscriber_id, {new} DESC)
            UPDATE delivery d SET state = CASE WHEN {new} > {old} THEN f.state ELSE d.state END,
                   reason = CASE WHEN {new} > {old} THEN f.reason ELSE d.reason END, proof = 'event',
                   delivered_at = GREATEST(d.delivered_at, to_timestamp(f.at))
            FROM furthest f
            WHERE d.campaign_id = f.campaign_id AND d.subscriber_id = f.subscriber_id AND d.campaign_id = ANY(%s::bigint[])
              AND d.state IS DISTINCT FROM 'skipped'
              AND ({new} > {old} OR to_timestamp(f.at) > COALESCE(d.delivered_at, '-infinity'))
            """,
            [orjson.dumps(facts).decode(), _campaigns(fact["campaign_id"] for fact in facts)],
        )
        return int(cursor.rowcount)


def skipped_among(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Deliveries that were skipped and of which the provider speaks all the same: an invariant broke."""
    if not pairs:
        return []
    return query(
        "SELECT d.campaign_id, d.subscriber_id FROM unnest(%s::bigint[], %s::bigint[]) AS p (c, s) "
        "JOIN delivery d ON d.campaign_id = p.c AND d.subscriber_id = p.s "
        "WHERE d.state = 'skipped' AND d.campaign_id = ANY(%s::bigint[])",
        [[pair[0] for pair in pairs], [pair[1] for pair in pairs], _campaigns(pair[0] for pair in pairs)],
    )


def match_by_address(keys: Sequence[bytes], days: int) -> dict[bytes, tuple[int, int]]:
    """The last delivery to each of these addresses in a campaign started in the last `days`: (campaign, subscriber)."""
    if not keys:
        return {}
    campaigns = query("SELECT id FROM campaign WHERE started_at > clock_timestamp() - make_interval(days => %s)", [days])
    rows = query(
        "SELECT DISTINCT ON (address_key) address_key, campaign_id, subscriber_id FROM delivery "
        "WHERE address_key = ANY(%s) AND campaign_id = ANY(%s::bigint[]) AND state IS DISTINCT FROM 'skipped' "
        "ORDER BY address_key, campaign_id DESC",
        [list(keys), [row[0] for row in campaigns]],
    )
    return {bytes(row[0]): (row[1], row[2]) for row in rows}


def keys_of(pairs: Sequence[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    """(campaign, subscriber) -> the address key the delivery was made for."""
    if not pairs:
        return {}
    rows = query(
        "SELECT d.campaign_id, d.subscriber_id, d.address_key FROM unnest(%s::bigint[], %s::bigint[]) AS p (c, s) "
        "JOIN delivery d ON d.campaign_id = p.c AND d.subscriber_id = p.s WHERE d.campaign_id = ANY(%s::bigint[])",
        [[pair[0] for pair in pairs], [pair[1] for pair in pairs], _campaigns(pair[0] for pair in pairs)],
    )
    return {(row[0], row[1]): bytes(row[2]) for row in rows}


# --------------------------------------------------------------------------------------------------------------- forget
def forget_payloads(days: int) -> int:
    return len(
        query("DELETE FROM provider_payload WHERE split_at < clock_timestamp() - make_interval(days => %s) RETURNING id", [days])
    )


def forget_events(days: int) -> int:
    return len(
        query(
            "DELETE FROM event WHERE applied_at < clock_timestamp() - make_interval(days => %s) AND kind IN "
            "('processed', 'delivered', 'deferred') RETURNING id",
            [days],
        )
    )
