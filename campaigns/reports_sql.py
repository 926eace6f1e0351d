"""The hand-written SQL behind reports. Reads only, everything through the view delivery_state."""

from __future__ import annotations

from typing import Any

from django.db import connection

from publication.statement_sql import query


def use_one_snapshot() -> None:
    """Make this transaction's statements see one moment; inside a transaction that has begun before us it cannot be."""
    if not connection.savepoint_ids:
        query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def count_states(campaign_id: int) -> list[tuple[int, str, int]]:
    """(variant, state, people) each."""
    return query(
        "SELECT variant, state, count(*) FROM delivery_state WHERE campaign_id = %s GROUP BY variant, state", [campaign_id]
    )


def count_bounces(campaign_id: int) -> dict[str, int]:
    return dict(
        query(
            "SELECT split_part(reason, ':', 1), count(*) FROM delivery WHERE campaign_id = %s AND state = 'bounced' GROUP BY 1",
            [campaign_id],
        )
    )


def count_skips(campaign_id: int) -> dict[str, int]:
    return dict(
        query(
            "SELECT COALESCE(reason, ''), count(*) FROM delivery_state WHERE campaign_id = %s AND state = 'skipped' GROUP BY 1",
            [campaign_id],
        )
    )


def count_engagement(campaign_id: int) -> dict[str, int]:
    """People who opened or clicked; opens made by a mail program's prefetch are left out."""
    return dict(
        query(
            "SELECT kind, count(DISTINCT subscriber_id) FROM event WHERE campaign_id = %s AND kind IN ('opened', 'clicked') "
            "AND NOT (detail ? 'machine') GROUP BY kind",
            [campaign_id],
        )
    )


def count_unsettled_events() -> int:
    """Payloads not split and events not applied yet, of any campaign: the numbers still move while there are some."""
    return int(
        query(
            "SELECT (SELECT count(*) FROM provider_payload WHERE split_at IS NULL) "
            "+ (SELECT count(*) FROM event WHERE applied_at IS NULL)"
        )[0][0]
    )


def count_attempts(campaign_id: int) -> int:
    return int(query("SELECT count(*) FROM attempt WHERE campaign_id = %s", [campaign_id])[0][0])


_DOUBLED = """
    FROM delivery_log l JOIN slice s ON s.id = l.slice_id
    JOIN delivery d ON d.campaign_id = l.campaign_id AND d.slice = s.number AND d.state IS DISTINCT FROM 'skipped'
     AND d.subscriber_id BETWEEN s.first_subscriber_id AND s.last_subscriber_id
    WHERE l.campaign_id = %s AND l.kind = 'possible_duplicate'
"""


def count_doubled(campaign_id: int) -> int:
    """People who may have received the campaign twice."""
    return int(query(f"SELECT count(DISTINCT d.subscriber_id) {_DOUBLED}", [campaign_id])[0][0])


def list_doubled(campaign_id: int) -> list[dict[str, Any]]:
    """Each pair of attempts of the same people that may both have been accepted."""
    names = ("at", "slice", "first_attempt", "second_attempt", "people")
    rows = query(
        f"""
        SELECT l.at, l.slice_id, l.attempt_id, (l.detail ->> 'current_attempt')::bigint, count(*) {_DOUBLED}
        GROUP BY l.id ORDER BY l.id
        """,
        [campaign_id],
    )
    return [dict(zip(names, row, strict=True)) for row in rows]


def list_not_accepted(campaign_id: int, limit: int) -> list[dict[str, Any]]:
    """The uncertain first: no number of skipped ones may push them beyond the limit."""
    names = ("subscriber", "state", "reason", "slice", "attempt", "gate_at", "http_status", "outcome", "detail")
    rows = query(
        """
        SELECT v.subscriber_id, v.state, v.reason, v.slice_id, a.id, a.gate_at, a.http_status, a.outcome, a.detail
        FROM delivery_state v LEFT JOIN attempt a ON a.id = v.attempt_id
        WHERE v.campaign_id = %s AND v.state IN ('planned', 'claimed', 'in_flight', 'skipped', 'failed', 'unknown', 'held',
                                                 'abandoned')
        ORDER BY v.state NOT IN ('unknown', 'held'), v.subscriber_id LIMIT %s
        """,
        [campaign_id, limit],
    )
    return [dict(zip(names, row, strict=True)) for row in rows]
