"""SQL of how attempts end: settle, split, reap, hold. Each state change is one of states.DELIVERY_MOVES."""

from typing import NamedTuple

from campaigns.sending.gate_sql import GATE_SECONDS
from campaigns.states import move_of
from publication.database.statement_sql import changed, first, hot, number, query


# --------------------------------------------------------------------------------------------------------------- settle
def lock_slice_of(attempt_id: int) -> None:
    query("SELECT 1 FROM slice s JOIN attempt a ON a.slice_id = s.id WHERE a.id = %s FOR UPDATE OF s", [attempt_id])


class EndedAttempt(NamedTuple):
    """An attempt that was just recorded as ended, inside the transaction that settles it."""

    attempt_id: int
    slice_id: int
    campaign_id: int
    size: int


def end_attempt(attempt_id: int, outcome: str, status: int | None, message_id: str, detail: str) -> EndedAttempt | None:
    """Record how the attempt ended. A late answer replaces only `unknown`; otherwise None.

    After a restore only a 202 counts: a rejected request may have been sent again in the lost part.
    """
    ended = first(
        """
        UPDATE attempt SET ended_at = clock_timestamp(), outcome = %s, http_status = %s, message_id = %s, detail = %s
        WHERE id = %s AND (ended_at IS NULL OR (outcome = 'unknown' AND %s <> 'unknown'))
          AND (%s = 'accepted' OR NOT EXISTS (SELECT 1 FROM slice s WHERE s.id = slice_id AND s.proof = 'restore'))
        RETURNING id, slice_id, campaign_id, size
        """,
        [outcome, status, message_id, detail[:500], attempt_id, outcome, outcome],
    )
    return EndedAttempt(*ended) if ended else None


# A late 202 also changes what the settle time or staff did meanwhile: the attempt was unknown and nothing was sent since.
SETTLE_MOVES = {
    "accepted": move_of(("in_flight", "unknown", "held", "planned", "claimed", "abandoned"), "accepted"),
    "planned": move_of(("in_flight", "unknown"), "planned"),
    "failed": move_of(("in_flight", "unknown"), "failed"),
    "split": move_of(("in_flight", "unknown"), "split"),
    "unknown": move_of("in_flight", "unknown"),
}


SETTLE_ACCEPTED = """
    WITH held AS (
        SELECT s.id FROM slice s JOIN attempt a ON a.slice_id = s.id
        WHERE a.id = %s AND s.current_attempt_id = a.id AND s.state = 'in_flight' FOR UPDATE OF s),
    ended AS (
        UPDATE attempt a SET ended_at = clock_timestamp(), outcome = 'accepted', http_status = %s, message_id = %s, detail = %s
        FROM held WHERE a.id = %s AND a.slice_id = held.id AND a.ended_at IS NULL RETURNING a.slice_id)
    UPDATE slice s SET state = 'accepted', reason = NULL, proof = 'http', lease_until = NULL, claim = NULL, not_before = NULL
    FROM ended WHERE s.id = ended.slice_id RETURNING s.id
"""


def settle_accepted(attempt_id: int, status: int | None, message_id: str, detail: str) -> bool:
    """The usual end in one statement: the current attempt of a slice in flight was accepted. False: nothing changed."""
    return bool(hot(SETTLE_ACCEPTED, [attempt_id, status, message_id, detail, attempt_id]))


def settle_slice(slice_id: int, attempt_id: int, target: str, *, reason: str | None, proof: str, seconds: float = 0.0) -> int:
    """Move the slice if this attempt is its current one and the table allows it; 0 if the worker was fenced off."""
    sources, _ = SETTLE_MOVES[target]
    return changed(
        """
        UPDATE slice SET state = %s, reason = %s, proof = %s, lease_until = NULL, claim = NULL,
               not_before = CASE WHEN %s > 0 THEN clock_timestamp() + make_interval(secs => %s) END
        WHERE id = %s AND current_attempt_id = %s AND state = ANY(%s)
        """,
        [target, reason, proof, seconds, seconds, slice_id, attempt_id, list(sources)],
    )


def split(slice_id: int) -> int:
    """Replace a slice that ended as `split` by two with half the members each; the number of rows inserted (2, or 0).

    Members with a state of their own count too: a range without a live slice would drop them from every report.
    """
    return changed(
        """
        WITH parent AS (SELECT * FROM slice WHERE id = %s AND state = 'split'),
        members AS (
            SELECT d.subscriber_id, row_number() OVER (ORDER BY d.subscriber_id) AS place, count(*) OVER () AS total
            FROM delivery d JOIN parent p ON d.campaign_id = p.campaign_id AND d.slice = p.number
                 AND d.subscriber_id BETWEEN p.first_subscriber_id AND p.last_subscriber_id),
        halves AS (
            SELECT (place > (total + 1) / 2)::int AS half, min(subscriber_id) AS first, count(*) AS count
            FROM members GROUP BY 1)
        INSERT INTO slice (campaign_id, number, variant, wave, first_subscriber_id, last_subscriber_id, count,
                           parent_id, attempt_count)
        SELECT p.campaign_id, p.number, p.variant, p.wave,
               CASE half WHEN 0 THEN p.first_subscriber_id ELSE h.first END,
               CASE half WHEN 0 THEN COALESCE((SELECT o.first - 1 FROM halves o WHERE o.half = 1), p.last_subscriber_id)
                         ELSE p.last_subscriber_id END,
               h.count, p.id, p.attempt_count
        FROM halves h CROSS JOIN parent p
        """,
        [slice_id],
    )


# ----------------------------------------------------------------------------------------------------------------- reap
def reap_claims() -> int:
    """claimed -> planned where the lease ran out: such a worker cannot pass the gate any more."""
    return changed(
        "UPDATE slice SET state = 'planned', lease_until = NULL, claim = NULL, proof = 'never on the wire' "
        "WHERE state = 'claimed' AND lease_until < clock_timestamp()"
    )


REAP_MOVE = move_of("in_flight", "unknown")


def reap_attempts() -> list[tuple[int, int, int]]:
    """in_flight -> unknown where the lease ran out: (slice, campaign, attempt) of each. Their outcome is not known."""
    return query(
        """
        WITH lost AS (
            SELECT id, current_attempt_id FROM slice WHERE state = 'in_flight' AND lease_until < clock_timestamp()
            FOR UPDATE SKIP LOCKED),
        ended AS (
            UPDATE attempt a SET ended_at = clock_timestamp(), outcome = 'unknown', detail = 'the worker did not report'
            FROM lost WHERE a.id = lost.current_attempt_id AND a.ended_at IS NULL RETURNING a.id)
        UPDATE slice s SET state = 'unknown', reason = 'the worker did not report', proof = 'ambiguity', lease_until = NULL
        FROM lost WHERE s.id = lost.id RETURNING s.id, s.campaign_id, s.current_attempt_id
        """
    )


def end_left() -> int:
    """End attempts whose slice moved on without them and whose worker did not report within the lease: accepted if an event
    proved them, else unknown; how many.
    """
    return changed(
        """
        WITH gone AS (
            SELECT a.id FROM attempt a JOIN slice s ON s.id = a.slice_id
            WHERE a.ended_at IS NULL AND a.gate_at < clock_timestamp() - make_interval(secs => %s)
              AND (s.state <> 'in_flight' OR s.current_attempt_id <> a.id)
            FOR UPDATE OF a SKIP LOCKED)
        UPDATE attempt a SET ended_at = clock_timestamp(),
               outcome = CASE WHEN evidence_at IS NULL THEN 'unknown' ELSE 'accepted' END,
               detail = 'the worker did not report' || CASE WHEN evidence_at IS NULL THEN '' ELSE ' (proved by event)' END
        FROM gone WHERE a.id = gone.id
        """,
        [GATE_SECONDS],
    )


EXHAUST_MOVE = move_of("planned", "failed")


def fail_exhausted(limit: int) -> int:
    """planned -> failed after `limit` attempts that ended in a rejection of the recipients; a 429 or no connection is not one."""
    return changed(
        """
        UPDATE slice s SET state = 'failed', reason = 'attempts used up', proof = 'reject'
        WHERE s.state = 'planned' AND s.attempt_count >= %s
          AND (SELECT count(*) FROM attempt a WHERE a.slice_id = s.id AND a.outcome NOT IN ('busy', 'never_connected')) >= %s
        """,
        [limit, limit],
    )


HOLD_MOVE = move_of("unknown", "held")


def hold_unsettled(settle_seconds: float) -> list[tuple[int, int]]:
    """unknown -> held where the settle time passed without evidence: (slice, campaign) of each."""
    return query(
        """
        UPDATE slice s SET state = 'held', reason = 'no evidence within the settle time' FROM attempt a
        WHERE s.state = 'unknown' AND a.id = s.current_attempt_id
          AND GREATEST(a.gate_at, a.send_at) < clock_timestamp() - make_interval(secs => %s)
        RETURNING s.id, s.campaign_id
        """,
        [settle_seconds],
    )


def count_new_unknown(campaign_id: int) -> int:
    """Recipients who became uncertain since the campaign was last resumed and whom no event has cleared.

    Counted by attempt. With a difference of two totals, events that clear older recipients would raise the budget.
    """
    return number(
        """
        SELECT COALESCE(sum(s.count), 0) FROM slice s JOIN attempt a ON a.id = s.current_attempt_id
        WHERE s.campaign_id = %s AND s.state = 'unknown'
          AND a.ended_at > (SELECT max(l.at) FROM delivery_log l WHERE l.campaign_id = s.campaign_id
                            AND l.kind = 'campaign_moved' AND l.detail ->> 'to' = 'sending')
        """,
        [campaign_id],
    )
