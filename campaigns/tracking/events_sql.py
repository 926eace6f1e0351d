"""SQL of applying events: match them with deliveries, and raise each delivery to its furthest fact.

Every statement gives the same rows for the same events, whatever their order and number (docs/delivery.md I10).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from campaigns.states import FACT_RANK
from publication.database.statement_sql import column, query

SKEW = timedelta(minutes=5)  # by how much the provider's clock may differ from ours


def strangers(named: Sequence[tuple[int, int | None, int | None]]) -> set[int]:
    """The attempts in (attempt, campaign, subscriber), as events name them, that this database does not have as such.

    It has no attempt of that id, or one of other people: a sign that it went back in time.
    """
    if not named:
        return set()
    unknown = column(
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
    return set(unknown)


def _campaigns(ids: Iterable[int | None]) -> list[int]:
    """Campaign ids to write into a statement, so that the planner reads the deliveries of these campaigns only."""
    return sorted({campaign_id for campaign_id in ids if campaign_id is not None})


# A hard bounce outranks a soft one within bounced, so the reason is part of the order; equal ranks keep the greater text.
RANK = "CASE {state} " + " ".join(f"WHEN '{state}' THEN {rank}" for state, rank in FACT_RANK.items()) + " ELSE -1 END"
REASON_RANK = "CASE WHEN {reason} LIKE 'hard%%' THEN 1 ELSE 0 END"


# What brakes count a delivery as. The reason tells hard bounces from soft ones, as above.
_OUTCOME = (
    "CASE {state} WHEN 'delivered' THEN 'delivered' WHEN 'complained' THEN 'complained' "
    "WHEN 'bounced' THEN CASE WHEN {reason} LIKE 'hard%%' THEN 'hard' ELSE 'soft' END ELSE '' END"
)


def raise_facts(facts: list[dict[str, Any]]) -> list[tuple[int, int, str, str]]:
    """Raise deliveries to the furthest known fact, and set when they were last delivered.

    Facts are {campaign_id, subscriber_id, state, reason, at}; `at` is the Unix time of a `delivered` event or None, and is the
    same in all facts of a delivery. Returns (campaign, subscriber, outcome before, outcome now) of deliveries whose outcome at
    the receiving domain changed: '', delivered, complained, hard, soft.
    """
    if not facts:
        return []
    new = f"({RANK.format(state='f.state')}, {REASON_RANK.format(reason='f.reason')}, f.reason)"
    old = f"({RANK.format(state='d.state')}, {REASON_RANK.format(reason='d.reason')}, COALESCE(d.reason, ''))"
    return query(
        f"""
        WITH told AS (SELECT * FROM jsonb_to_recordset(%s::jsonb)
            AS t (campaign_id bigint, subscriber_id bigint, state text, reason text, at bigint)),
        furthest AS (
            SELECT DISTINCT ON (f.campaign_id, f.subscriber_id) f.* FROM told f
            ORDER BY f.campaign_id, f.subscriber_id, {new} DESC),
        known AS MATERIALIZED (
            SELECT f.*, {_OUTCOME.format(state="d.state", reason="d.reason")} AS before
            FROM furthest f JOIN delivery d ON d.campaign_id = f.campaign_id AND d.subscriber_id = f.subscriber_id
            WHERE d.campaign_id = ANY(%s::bigint[])),
        raised AS (
            UPDATE delivery d SET state = CASE WHEN {new} > {old} THEN f.state ELSE d.state END,
                   reason = CASE WHEN {new} > {old} THEN f.reason ELSE d.reason END, proof = 'event',
                   delivered_at = GREATEST(d.delivered_at, to_timestamp(f.at))
            FROM known f
            WHERE d.campaign_id = f.campaign_id AND d.subscriber_id = f.subscriber_id AND d.campaign_id = ANY(%s::bigint[])
              AND d.state IS DISTINCT FROM 'skipped'
              AND ({new} > {old} OR to_timestamp(f.at) > COALESCE(d.delivered_at, '-infinity'))
            RETURNING d.campaign_id, d.subscriber_id, f.before, {_OUTCOME.format(state="d.state", reason="d.reason")} AS after)
        SELECT * FROM raised WHERE before <> after
        """,
        [orjson.dumps(facts).decode(), *([_campaigns(fact["campaign_id"] for fact in facts)] * 2)],
    )


def skipped_among(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Skipped deliveries for which the provider reports an event: a broken invariant."""
    if not pairs:
        return []
    return query(
        "SELECT d.campaign_id, d.subscriber_id FROM unnest(%s::bigint[], %s::bigint[]) AS p (c, s) "
        "JOIN delivery d ON d.campaign_id = p.c AND d.subscriber_id = p.s "
        "WHERE d.state = 'skipped' AND d.campaign_id = ANY(%s::bigint[])",
        [[pair[0] for pair in pairs], [pair[1] for pair in pairs], _campaigns(pair[0] for pair in pairs)],
    )


def match_by_address(events: Sequence[tuple[int, bytes | None, int | None, datetime]], days: int) -> dict[int, tuple[int, int]]:
    """The delivery that each of these events is about: event -> (campaign, subscriber).

    Events are (event, address key, campaign or None, time). The delivery is the last one to that address, in the campaign if the
    event names it, else in the campaigns that had started by then, and in the last `days` days.
    """
    if not events:
        return {}
    campaigns = column(
        "SELECT id FROM campaign WHERE started_at > clock_timestamp() - make_interval(days => %s) "
        "OR (welcome_to_id IS NOT NULL AND recipients > 0)",
        [days],
    )
    rows = query(
        """
        SELECT DISTINCT ON (e.id) e.id, d.campaign_id, d.subscriber_id
        FROM unnest(%s::bigint[], %s::bytea[], %s::bigint[], %s::timestamptz[]) AS e (id, key, campaign, at)
        JOIN delivery d ON d.address_key = e.key AND d.campaign_id = COALESCE(e.campaign, d.campaign_id)
        JOIN campaign c ON c.id = d.campaign_id AND c.started_at <= e.at + %s
        WHERE d.address_key = ANY(%s) AND d.campaign_id = ANY(%s::bigint[]) AND d.state IS DISTINCT FROM 'skipped'
        ORDER BY e.id, c.started_at DESC, d.campaign_id DESC
        """,
        [
            *(list(values) for values in zip(*events, strict=True)),
            SKEW,
            sorted({event[1] for event in events if event[1]}),
            campaigns,
        ],
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def name_matched(matched: Sequence[tuple[int, int, int]]) -> None:
    """Record (event, campaign, subscriber) of events that were matched by their address, which they need not keep then."""
    query(
        "UPDATE event e SET campaign_id = m.c, subscriber_id = m.s "
        "FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS m (id, c, s) WHERE e.id = m.id",
        [list(column) for column in zip(*matched, strict=True)],
    )


def keys_of(pairs: Sequence[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    """(campaign, subscriber) -> the address key that the delivery was created for; erased people have none any more."""
    if not pairs:
        return {}
    rows = query(
        "SELECT d.campaign_id, d.subscriber_id, d.address_key FROM unnest(%s::bigint[], %s::bigint[]) AS p (c, s) "
        "JOIN delivery d ON d.campaign_id = p.c AND d.subscriber_id = p.s WHERE d.campaign_id = ANY(%s::bigint[]) "
        "AND NOT EXISTS (SELECT FROM subscriber s WHERE s.id = p.s AND s.erased_at IS NOT NULL)",
        [[pair[0] for pair in pairs], [pair[1] for pair in pairs], _campaigns(pair[0] for pair in pairs)],
    )
    return {(row[0], row[1]): bytes(row[2]) for row in rows}


def dead_among(attempt_ids: Sequence[int]) -> list[tuple[Any, ...]]:
    """Select the attempts that were taken back, so should have reached nobody: (attempt, campaign, slice, is_logged).

    `is_logged`: the log already records that the provider released it nevertheless.
    """
    if not attempt_ids:
        return []
    return query(
        """
        SELECT a.id, a.campaign_id, a.slice_id, EXISTS (SELECT 1 FROM delivery_log l WHERE l.kind = 'fence_broken'
               AND l.campaign_id = a.campaign_id AND l.attempt_id = a.id)
        FROM attempt a WHERE a.id = ANY(%s) AND a.fenced_at IS NOT NULL
        """,
        [list(attempt_ids)],
    )
