"""SQL of rejections: alarms by campaign and domain, and how a domain answered."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from publication.database.statement_sql import column, query
from transport.provider_events import EventKind

# States that count as an answer of the domain. Mail that the provider dropped never reached it.
ANSWERED = ("delivered", "bounced", "complained")


def raise_alarms(rows: list[dict[str, Any]]) -> list[tuple[int, str, str, str]]:
    """Add the numbers of new events to their alarms; returns (campaign, domain, cause, remedy) of the new alarms."""
    if not rows:
        return []
    raised = query(
        """
        INSERT INTO rejection AS old (campaign_id, domain, cause, remedy, rejected, deferred, dropped, outcomes, fresh,
                                      sample, first_at, last_at)
        SELECT campaign_id, domain, cause, remedy, rejected, deferred, dropped, 0, rejected, sample, first_at, last_at
        FROM jsonb_to_recordset(%s::jsonb) AS r (campaign_id bigint, domain text, cause text, remedy text, rejected int,
            deferred int, dropped int, sample text, first_at timestamptz, last_at timestamptz)
        ON CONFLICT (campaign_id, domain, cause, remedy) DO UPDATE
            SET rejected = old.rejected + EXCLUDED.rejected, deferred = old.deferred + EXCLUDED.deferred,
                dropped = old.dropped + EXCLUDED.dropped, fresh = old.fresh + EXCLUDED.fresh,
                first_at = LEAST(old.first_at, EXCLUDED.first_at), last_at = GREATEST(old.last_at, EXCLUDED.last_at)
        RETURNING campaign_id, domain, cause, remedy, xmax = 0
        """,
        [orjson.dumps(rows).decode()],
    )
    return [row[:4] for row in raised if row[4]]


def due(looked_before: datetime) -> list[int]:
    """Campaigns whose new rejections must be checked: a quarter more than at the last check, or the last check is long ago."""
    return column(
        """
        SELECT f.campaign_id FROM (SELECT DISTINCT campaign_id FROM rejection WHERE fresh > 0) f
        JOIN rejection r ON r.campaign_id = f.campaign_id GROUP BY f.campaign_id
        HAVING max(r.judged_at) IS NULL OR max(r.judged_at) < %s OR sum(r.fresh) * 4 >= sum(r.rejected - r.fresh)
        ORDER BY f.campaign_id
        """,
        [looked_before],
    )


def take_fresh(campaign_id: int, fewest: int, now: datetime) -> list[str]:
    """Mark a campaign's alarms as checked; the domains with new rejections and more than `fewest` in total."""
    taken = query(
        """
        WITH grown AS (SELECT id, domain, fresh FROM rejection WHERE campaign_id = %s ORDER BY id FOR UPDATE)
        UPDATE rejection r SET fresh = 0, judged_at = %s FROM grown g WHERE r.id = g.id
        RETURNING r.domain, r.rejected, g.fresh
        """,
        [campaign_id, now],
    )
    rejected: dict[str, int] = {}
    fresh: dict[str, int] = {}
    for domain, count, new in taken:
        rejected[domain] = rejected.get(domain, 0) + count
        fresh[domain] = fresh.get(domain, 0) + new
    return sorted(domain for domain, count in rejected.items() if domain and fresh[domain] and count > fewest)


def count_outcomes(
    campaign_id: int, domains: Sequence[str], causes: Sequence[str], since: datetime | None = None
) -> list[tuple[str, int, int]]:
    """(domain, answers, rejections among them) of a campaign; with `since`, only of what was sent later.

    The rejections are a subquery in an expression, which is always hashed. They were just stored, so the planner has no
    statistics of them, and a join took 42 s for 20,000 people.
    """
    later = (
        "AND EXISTS (SELECT FROM slice p JOIN attempt a ON a.id = p.current_attempt_id WHERE p.campaign_id = d.campaign_id "
        "AND p.number = d.slice AND p.state <> 'split' "
        "AND d.subscriber_id BETWEEN p.first_subscriber_id AND p.last_subscriber_id AND COALESCE(a.send_at, a.gate_at) > %s)"
    )
    return query(
        f"""
        SELECT s.domain, count(*), count(*) FILTER (WHERE d.subscriber_id IN (
            SELECT e.subscriber_id FROM event e
            WHERE e.campaign_id = %s AND e.cause = ANY(%s)
              AND e.kind IN ('{EventKind.BOUNCED_HARD}', '{EventKind.BOUNCED_SOFT}')))
        FROM delivery d JOIN subscriber s ON s.id = d.subscriber_id
        WHERE d.campaign_id = %s AND d.state = ANY(%s) AND s.domain = ANY(%s) {later if since else ""}
        GROUP BY s.domain
        """,
        [campaign_id, list(causes), campaign_id, list(ANSWERED), list(domains), *([since] if since else [])],
    )


def set_outcomes(campaign_id: int, counts: Sequence[tuple[str, int, int]]) -> None:
    query(
        "UPDATE rejection r SET outcomes = c.outcomes FROM unnest(%s::text[], %s::int[]) AS c (domain, outcomes) "
        "WHERE r.campaign_id = %s AND r.domain = c.domain",
        [[row[0] for row in counts], [row[1] for row in counts], campaign_id],
    )


def resumed_at(campaign_id: int) -> datetime | None:
    """When somebody resumed the campaign after it was on hold for rejections; None if that never happened.

    They accepted the rejections so far, so only mail sent later can put the campaign on hold again.
    """
    found: datetime | None = query(
        """
        SELECT min(r.at) FROM delivery_log r
        WHERE r.campaign_id = %s AND r.kind = 'campaign_moved' AND r.detail ->> 'from' = 'held' AND r.id > (
            SELECT max(h.id) FROM delivery_log h WHERE h.campaign_id = r.campaign_id AND h.kind = 'campaign_moved'
            AND h.detail ->> 'to' = 'held' AND h.detail ->> 'reason' = 'rejections')
        """,
        [campaign_id],
    )[0][0]
    return found
