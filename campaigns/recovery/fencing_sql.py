"""SQL of strict mode: mark uncertain attempts, prove them cancelled, free their recipients, return their handles.

How an attempt's outcome changes in this mode; each step is a compare-and-set:

  unknown  -> fencing  -> fenced   -> discarded    nobody got it; its slice is planned again after the release time
              fencing  -> not_fenced               no confirmation in time: uncertain, as without strict mode
  accepted -> recalling -> recalled -> discarded   taken back because the campaign was cancelled
              recalling -> accepted                no confirmation in time

The first step is committed before the provider is called. From then on a slow worker's answer is ignored, because
settling_sql.end_attempt replaces only `unknown`. Otherwise a request that we cancel could be recorded as accepted.
"""

from datetime import datetime

from campaigns.sending.strict_mode_sql import HELD_BACK, MAY_BE, HeldBack
from campaigns.states import move_of
from publication.database.statement_sql import changed, first, query


# ---------------------------------------------------------------------------------------------------------------- fence
def begin_cancel(cancel_until: datetime) -> list[tuple[int, int, int]]:
    """unknown -> fencing for attempts released later than `cancel_until`; (attempt, campaign, slice) of each."""
    return query(
        """
        WITH doubtful AS (
            SELECT a.id FROM attempt a JOIN campaign c ON c.id = a.campaign_id AND c.strict JOIN slice s ON s.id = a.slice_id
            WHERE a.batch_id IS NOT NULL AND a.outcome = 'unknown' AND a.send_at > %s
              AND s.current_attempt_id = a.id AND s.state IN ('unknown', 'held')
            FOR UPDATE OF s SKIP LOCKED)
        UPDATE attempt a SET outcome = 'fencing' FROM doubtful d WHERE a.id = d.id AND a.outcome = 'unknown'
        RETURNING a.id, a.campaign_id, a.slice_id
        """,
        [cancel_until],
    )


def begin_recall(cancel_until: datetime, cancelled_since: datetime, most: int) -> list[tuple[int, int, int]]:
    """accepted -> recalling for mail of cancelled campaigns that the provider still keeps: (attempt, campaign, slice)."""
    return query(
        """
        WITH kept AS (
            SELECT a.id FROM campaign c JOIN slice s ON s.campaign_id = c.id AND s.state = 'accepted'
            JOIN attempt a ON a.id = s.current_attempt_id
            WHERE c.state = 'cancelled' AND c.strict AND c.finished_at > %s
              AND a.batch_id IS NOT NULL AND a.outcome = 'accepted' AND a.send_at > %s
            ORDER BY a.send_at, a.id FOR UPDATE OF s SKIP LOCKED LIMIT %s)
        UPDATE attempt a SET outcome = 'recalling' FROM kept k WHERE a.id = k.id AND a.outcome = 'accepted'
        RETURNING a.id, a.campaign_id, a.slice_id
        """,
        [cancelled_since, cancel_until, most],
    )


def to_cancel(cancel_until: datetime) -> list[HeldBack]:
    """The attempts that are marked and not confirmed, most urgent first."""
    rows = query(
        f"""
        SELECT a.id, a.campaign_id, a.batch_id FROM attempt a WHERE {MAY_BE} AND a.outcome IN ('fencing', 'recalling')
          AND a.send_at > %s ORDER BY a.send_at, a.id
        """,
        [cancel_until],
    )
    return [HeldBack(*row) for row in rows]


def confirm(attempt_id: int, now: datetime, cancel_until: datetime, most_seconds: float) -> str | None:
    """Record the provider's confirmation; returns `fenced` or `recalled`, or None where it is too late by now.

    `most_seconds` since the gate are measured by the database's clock, because a wall clock may have been put back since.
    Mail of a wave waits longer; there only the wall clock decides.
    """
    confirmed = first(
        """
        UPDATE attempt a SET outcome = CASE a.outcome WHEN 'fencing' THEN 'fenced' ELSE 'recalled' END, fenced_at = %s
        FROM slice s
        WHERE a.id = %s AND s.id = a.slice_id AND a.outcome IN ('fencing', 'recalling') AND a.send_at > %s
          AND (s.wave > 0 OR a.gate_at > clock_timestamp() - make_interval(secs => %s)) RETURNING a.outcome
        """,
        [now, attempt_id, cancel_until, most_seconds],
    )
    return confirmed[0] if confirmed else None


# ----------------------------------------------------------------------------------------------------------------- free
FREE_MOVE = move_of("unknown", "planned")


def free(released_until: datetime) -> list[tuple[int, int, int]]:
    """unknown -> planned where the attempt was cancelled in time and its release time has passed: (slice, campaign, attempt).

    Excluded: campaigns in which the provider released a cancelled attempt, attempts named by an event not yet applied, and
    slices that became uncertain by a restore, because they may have been freed and sent before.
    """
    return query(
        """
        UPDATE slice s SET state = 'planned', reason = 'taken back before its release', proof = 'fence', not_before = NULL,
               lease_until = NULL, claim = NULL
        FROM attempt a
        WHERE s.state = 'unknown' AND a.id = s.current_attempt_id
          AND a.outcome IN ('fenced', 'discarded') AND a.fenced_at IS NOT NULL AND a.send_at <= %s AND a.evidence_at IS NULL
          AND s.proof IS DISTINCT FROM 'restore'
          AND NOT EXISTS (SELECT 1 FROM publication WHERE quarantined_at IS NOT NULL)
          AND NOT EXISTS (SELECT 1 FROM event e WHERE e.applied_at IS NULL AND e.attempt_id = a.id)
          AND NOT EXISTS (SELECT 1 FROM delivery_log l WHERE l.kind = 'fence_broken' AND l.campaign_id = a.campaign_id)
        RETURNING s.id, s.campaign_id, a.id
        """,
        [released_until],
    )


TAKEN_BACK_MOVE = move_of("accepted", "dropped")


def drop_recalled(attempt_id: int) -> int:
    """accepted -> dropped for the attempt's slice: the campaign was cancelled before the provider released it."""
    return changed(
        """
        UPDATE slice s SET state = 'dropped', reason = 'cancelled before its release', proof = 'batch'
        FROM attempt a WHERE a.id = %s AND s.id = a.slice_id AND s.current_attempt_id = a.id AND s.state = 'accepted'
        """,
        [attempt_id],
    )


# -------------------------------------------------------------------------------------------------------------- handles
def to_give_back(released_until: datetime, most: int) -> list[tuple[int, str]]:
    """(attempt, batch id) of attempts released so long ago that the provider no longer needs to keep the cancel."""
    return query(
        f"""
        SELECT a.id, a.batch_id FROM attempt a
        WHERE {MAY_BE} AND a.outcome IN {HELD_BACK} AND a.send_at <= %s ORDER BY a.send_at, a.id LIMIT %s
        """,
        [released_until, most],
    )


def end_handle(attempt_id: int) -> tuple[str, int, int] | None:
    """Record that the provider no longer keeps a cancel of this attempt: (new outcome, campaign, slice)."""
    return first(
        f"""
        UPDATE attempt SET outcome = CASE outcome WHEN 'fencing' THEN 'not_fenced' WHEN 'recalling' THEN 'accepted'
                                                  ELSE 'discarded' END
        WHERE id = %s AND outcome IN {HELD_BACK} RETURNING outcome, campaign_id, slice_id
        """,
        [attempt_id],
    )
