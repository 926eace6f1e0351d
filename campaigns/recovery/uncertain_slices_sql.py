"""SQL for uncertain slices: the list, the people in them, and staff's decisions."""

from collections.abc import Sequence
from typing import Any

from campaigns.states import UNCERTAIN_STATES, move_of
from publication.database.statement_sql import changed, first, query

COLUMNS = (
    "slice", "campaign", "name", "campaign_state", "state", "reason", "proof", "people", "attempt", "worker", "gate_at",
    "ended_at", "http_status", "message_id", "detail", "send_at", "fenced_at", "outcome", "evidence_at", "before_quarantine",
)  # fmt: skip


def list_uncertain(campaign_id: int | None = None, slice_ids: Sequence[int] | None = None) -> list[dict[str, Any]]:
    """Every slice that is unknown or held, or those of `slice_ids`. `people` counts the members without a state of their own:
    those who may or may not have received it.
    """
    rows = query(
        """
        SELECT s.id, s.campaign_id, c.name, c.state, s.state, s.reason, s.proof,
               (SELECT count(*) FROM delivery d WHERE d.campaign_id = s.campaign_id AND d.slice = s.number AND d.state IS NULL
                AND d.subscriber_id BETWEEN s.first_subscriber_id AND s.last_subscriber_id),
               a.id, a.worker, a.gate_at, a.ended_at, a.http_status, a.message_id, a.detail, a.send_at, a.fenced_at,
               a.outcome, a.evidence_at,
               EXISTS (SELECT 1 FROM audit q WHERE q.object_kind = 'publication' AND q.verb = 'quarantine' AND q.at > a.gate_at)
        FROM slice s JOIN campaign c ON c.id = s.campaign_id LEFT JOIN attempt a ON a.id = s.current_attempt_id
        WHERE s.state = ANY(%s) AND (%s::bigint IS NULL OR s.campaign_id = %s) AND (%s::bigint[] IS NULL OR s.id = ANY(%s))
        ORDER BY s.campaign_id, s.id
        """,
        [list(UNCERTAIN_STATES), campaign_id, campaign_id, *[None if slice_ids is None else list(slice_ids)] * 2],
    )
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def count_events(pairs: Sequence[tuple[int, int]]) -> dict[int, tuple[int, int]]:
    """Attempt -> (applied events that name it, events not yet applied that name it), of (campaign, attempt) pairs."""
    rows = query(
        """
        SELECT attempt_id, count(applied_at), count(*) - count(applied_at) FROM event
        WHERE campaign_id = ANY(%s) AND attempt_id = ANY(%s) GROUP BY attempt_id
        """,
        [sorted({pair[0] for pair in pairs}), sorted({pair[1] for pair in pairs})],
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def states_of(slice_ids: Sequence[int]) -> dict[int, str]:
    return dict(query("SELECT id, state FROM slice WHERE id = ANY(%s)", [list(slice_ids)]))


def slice_of_attempt(attempt_id: int) -> int | None:
    attempt_slice = first("SELECT slice_id FROM attempt WHERE id = %s", [attempt_id])
    return attempt_slice[0] if attempt_slice else None


def members(slice_id: int) -> list[tuple[int, str | None]]:
    """(subscriber, present address) of the members that are uncertain."""
    return query(
        """
        SELECT d.subscriber_id, p.address FROM slice s
        JOIN delivery d ON d.campaign_id = s.campaign_id AND d.slice = s.number AND d.state IS NULL
         AND d.subscriber_id BETWEEN s.first_subscriber_id AND s.last_subscriber_id
        LEFT JOIN subscriber p ON p.id = d.subscriber_id
        WHERE s.id = %s ORDER BY d.subscriber_id
        """,
        [slice_id],
    )


def lock(slice_ids: Sequence[int]) -> None:
    """Lock the campaigns before their slices, in the order of a cancel: the cancel comes before or after the decision."""
    query(
        "SELECT 1 FROM campaign WHERE id IN (SELECT campaign_id FROM slice WHERE id = ANY(%s)) ORDER BY id FOR SHARE",
        [list(slice_ids)],
    )
    query("SELECT 1 FROM slice WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [list(slice_ids)])


DECISIONS = {
    "resend": move_of(UNCERTAIN_STATES, "planned"),
    "abandon": move_of(UNCERTAIN_STATES, "abandoned"),
}


def decide(slice_ids: Sequence[int], decision: str, reason: str) -> int:
    """unknown, held -> planned (resend) or abandoned, by a decision of staff; the number of slices moved."""
    sources, target = DECISIONS[decision]
    return changed(
        "UPDATE slice SET state = %s, reason = %s, proof = 'operator', not_before = NULL, lease_until = NULL, claim = NULL "
        "WHERE id = ANY(%s) AND state = ANY(%s)",
        [target, reason, list(slice_ids), list(sources)],
    )
