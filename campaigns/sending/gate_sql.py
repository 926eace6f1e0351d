"""The hand-written SQL of the way out: claim and gate. Each move is one of states.DELIVERY_MOVES.

Leases use clock_timestamp(): now() is frozen at the transaction's start. All statements take their connection from
Django, so that the caller decides where a transaction begins and ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from campaigns.states import move_of
from publication.database.statement_sql import changed, hot, query

CLAIM_LEASE = "30 seconds"
# 5 s until the first byte, 30 s for the request, 25 s for the answer to be recorded.
GATE_SECONDS = 60
BEGIN_SECONDS = 5.0


# ---------------------------------------------------------------------------------------------------------------- claim
@dataclass(frozen=True, slots=True)
class Claim:
    """A slice in one worker's hand; `fence` makes every later step of another claim fail. `attempt_id`: of its next one."""

    slice_id: int
    campaign_id: int
    number: int
    first: int
    last: int
    count: int
    attempt_count: int
    fence: int
    attempt_id: int
    variant: int


CLAIM_MOVE = move_of("planned", "claimed")
# Of each campaign its next slice by the index slice_planned, so that no claim sorts or counts what is planned. Its commit
# waits for the disk although nothing was sent yet: a crash that took it back would hand out fence and attempt id again.
CLAIM = f"""
    UPDATE slice SET state = 'claimed', worker = %s, claim = nextval('claim_fence'),
           lease_until = clock_timestamp() + interval '{CLAIM_LEASE}'
    WHERE id = (
        SELECT s.id FROM campaign c CROSS JOIN LATERAL (
            SELECT id FROM slice n WHERE n.campaign_id = c.id AND n.state = 'planned'
              AND (n.not_before IS NULL OR n.not_before <= clock_timestamp())
            ORDER BY n.wave, n.number, n.first_subscriber_id FOR UPDATE SKIP LOCKED LIMIT 1) s
        WHERE c.state = 'sending'
          AND NOT EXISTS (SELECT 1 FROM publication WHERE quarantined_at IS NOT NULL)
          AND (SELECT count(*) FROM slice o WHERE o.state IN ('claimed', 'in_flight'))
              < (SELECT COALESCE(min(slots), 64) FROM send_rate WHERE name = 'campaigns')
        ORDER BY c.id LIMIT 1)
    RETURNING id, campaign_id, number, first_subscriber_id, last_subscriber_id, count, attempt_count, claim,
              nextval('attempt_id_seq'), variant
"""


def claim(worker: str) -> Claim | None:
    """The next slice that is due, of any campaign that is sending; None when there is none or all slots are taken."""
    rows = hot(CLAIM, [worker])
    return Claim(*rows[0]) if rows else None


RELEASE_MOVE = move_of("claimed", "planned")


def release(claim_: Claim, *, seconds: float = 0.0) -> int:
    """claimed -> planned: never on the wire. The slice is due again after `seconds`."""
    return changed(
        """
        UPDATE slice SET state = 'planned', lease_until = NULL, claim = NULL, proof = 'never on the wire',
               not_before = clock_timestamp() + make_interval(secs => %s)
        WHERE id = %s AND state = 'claimed' AND claim = %s
        """,
        [seconds, claim_.slice_id, claim_.fence],
    )


# ----------------------------------------------------------------------------------------------------------------- gate
# What keeps the plan the same whatever the statistics say (docs/decisions/gate-plan.md has the measurements): one id range
# on all three tables, read in order and merged; "+ 0", or the planner walks all subscribers of a list; CASE, or it takes a
# slice's range for a single row; a scalar subquery, or it reads the whole of suppression for each slice; and the campaign
# written into the statement, or every statement locks the deliveries of every campaign.
WHY_NOT = """
    CASE WHEN s.id IS NULL OR s.erased_at IS NOT NULL THEN 'erased'
         WHEN s.address_key <> d.address_key THEN 'address changed'
         WHEN (SELECT true FROM suppression x WHERE x.address_key = d.address_key LIMIT 1) THEN 'suppressed'
         WHEN u.subscriber_id IS NULL THEN 'unsubscribed'
    END
"""
MEMBERS = f"""
    SELECT d.subscriber_id, s.address, s.name, s.language, {WHY_NOT}
    FROM delivery d
    LEFT JOIN subscriber s ON s.id = d.subscriber_id AND s.id BETWEEN %s AND %s
    LEFT JOIN (SELECT DISTINCT c.subscriber_id FROM subscription c WHERE c.subscriber_id BETWEEN %s AND %s
               AND c.list_id + 0 = ANY(%s) AND c.state = 'confirmed') u ON u.subscriber_id = d.subscriber_id
    WHERE d.campaign_id = {{campaign}} AND d.subscriber_id BETWEEN %s AND %s AND d.state IS NULL
      AND CASE WHEN d.slice = %s THEN true ELSE false END
    ORDER BY d.subscriber_id
"""
LOCK = """
    SELECT c.digest = v.digest FROM slice s JOIN campaign c ON c.id = s.campaign_id JOIN issue_version v ON v.id = c.version_id
    WHERE s.id = %s AND s.claim = %s AND s.state = 'claimed' AND s.lease_until > clock_timestamp()
      AND c.state = 'sending' AND NOT EXISTS (SELECT 1 FROM publication WHERE quarantined_at IS NOT NULL)
    FOR UPDATE OF s
"""


def lock_claimed(claim_: Claim) -> bool | None:
    """Lock the slice's row; whether the issue is the one that was scheduled. None where the lease ran out, someone else
    has it, or the campaign may not send now.
    """
    rows = hot(LOCK, [claim_.slice_id, claim_.fence])
    return rows[0][0] if rows else None


def read_members(claim_: Claim, list_ids: Sequence[int]) -> list[tuple[int, str, str, str, str | None]]:
    """The slice's members without a state of their own: id, address, name, language as they are now, and why this person
    may not be written to (None: may).
    """
    c = claim_
    parameters = [c.first, c.last, c.first, c.last, list(list_ids), c.first, c.last, c.number]
    return hot(MEMBERS.format(campaign=int(c.campaign_id)), parameters)


SKIP_MOVE = move_of(("planned", "claimed"), "skipped")


LEFT_MOVE = move_of("claimed", "abandoned")
LEFT_REASON = "; an earlier attempt is uncertain"


def skip(campaign_id: int, people: Sequence[tuple[int, str]], *, uncertain: bool = False) -> int:
    """The deliveries' own state becomes skipped, each with its reason. `uncertain`: an earlier attempt may have reached
    them, so they are abandoned: nobody may say that they were not written to.
    """
    if not people:
        return 0
    return changed(
        """
        UPDATE delivery d SET state = %s, reason = p.reason || %s
        FROM unnest(%s::bigint[], %s::text[]) AS p (subscriber_id, reason)
        WHERE d.campaign_id = %s AND d.subscriber_id = p.subscriber_id AND d.state IS NULL
        """,
        [
            LEFT_MOVE[1] if uncertain else SKIP_MOVE[1], LEFT_REASON if uncertain else "",
            [person[0] for person in people], [person[1] for person in people], campaign_id,
        ],
    )  # fmt: skip


# Slices of one campaign that an operator freed: an append-only record, where a slice's own proof is of its last move.
RESENT = "SELECT slice_id FROM delivery_log WHERE campaign_id = %s AND kind = 'decided' AND detail ->> 'to' = 'resend'"


def had_no_answer(claim_: Claim) -> bool:
    """Whether an attempt of the slice, or of one that it was cut from, ended without an answer and was not taken back; or
    an operator freed it, which after a restore is all that is left of such an attempt.
    """
    return bool(
        query(
            f"""
            WITH RECURSIVE line AS (
                SELECT id, parent_id FROM slice WHERE id = %s
                UNION ALL SELECT p.id, p.parent_id FROM line l JOIN slice p ON p.id = l.parent_id)
            SELECT 1 FROM line l JOIN attempt a ON a.slice_id = l.id
            WHERE a.outcome IN ('unknown', 'fencing', 'not_fenced') AND a.fenced_at IS NULL
            UNION ALL SELECT 1 FROM line l WHERE l.id IN ({RESENT}) LIMIT 1
            """,
            [claim_.slice_id, claim_.campaign_id],
        )
    )


GATE_MOVE = move_of("claimed", "in_flight")
OPEN = f"""
    WITH opened AS (
        INSERT INTO attempt (id, slice_id, campaign_id, worker, size, gate_at, message_id, detail, send_at, batch_id)
        VALUES (%s, %s, %s, %s, %s, clock_timestamp(), '', '', %s, %s))
    UPDATE slice SET state = 'in_flight', current_attempt_id = %s, attempt_count = attempt_count + 1,
           claim = NULL, not_before = NULL, lease_until = clock_timestamp() + interval '{GATE_SECONDS} seconds'
    WHERE id = %s AND state = 'claimed' AND claim = %s
"""


def open_attempt(claim_: Claim, worker: str, size: int, send_at: datetime | None, batch_id: str | None) -> None:
    """The gate's two rows: the attempt, and the slice in flight with a lease that outlasts the request."""
    c = claim_
    hot(
        OPEN,
        [c.attempt_id, c.slice_id, c.campaign_id, worker, size, send_at, batch_id, c.attempt_id, c.slice_id, c.fence],
    )


def end_empty(claim_: Claim) -> int:
    """claimed -> skipped: nobody of the slice may be written to any more; every member has its own reason."""
    return changed(
        "UPDATE slice SET state = 'skipped', reason = 'nobody left', lease_until = NULL, claim = NULL "
        "WHERE id = %s AND state = 'claimed' AND claim = %s",
        [claim_.slice_id, claim_.fence],
    )


# --------------------------------------------------------------------------------------------------------------- counts
def count_open(campaign_id: int) -> int:
    """Slices that are planned, claimed or in flight."""
    return int(
        query(
            "SELECT count(*) FROM slice WHERE campaign_id = %s AND state IN ('planned', 'claimed', 'in_flight')", [campaign_id]
        )[0][0]
    )


def count_due() -> int:
    """Slices that a worker could claim now."""
    return int(
        query(
            "SELECT count(*) FROM slice s JOIN campaign c ON c.id = s.campaign_id WHERE s.state = 'planned' "
            "AND c.state = 'sending' AND (s.not_before IS NULL OR s.not_before <= clock_timestamp())"
        )[0][0]
    )


def count_new_unknown(campaign_id: int) -> int:
    """Recipients who became uncertain since the campaign was last let go on and whom no event has cleared.

    By attempt, not as a difference of two totals: events that clear what is older would make room for more.
    """
    return int(
        query(
            """
            SELECT COALESCE(sum(s.count), 0) FROM slice s JOIN attempt a ON a.id = s.current_attempt_id
            WHERE s.campaign_id = %s AND s.state = 'unknown'
              AND a.ended_at > (SELECT max(l.at) FROM delivery_log l WHERE l.campaign_id = s.campaign_id
                                AND l.kind = 'campaign_moved' AND l.detail ->> 'to' = 'sending')
            """,
            [campaign_id],
        )[0][0]
    )


def ended_with_planned() -> list[tuple[int, str]]:
    """(campaign, state) of campaigns that are sent or cancelled and have a slice that is planned all the same."""
    return query(
        "SELECT DISTINCT c.id, c.state FROM slice s JOIN campaign c ON c.id = s.campaign_id "
        "WHERE s.state = 'planned' AND c.state IN ('sent', 'cancelled') ORDER BY 1"
    )


CANCEL_MOVE = move_of(("planned", "claimed"), "skipped")


def cancel_slices(campaign_id: int) -> int:
    """planned, claimed -> skipped, set-based, in the cancel's own transaction."""
    return changed(
        "UPDATE slice SET state = 'skipped', reason = 'campaign cancelled', lease_until = NULL, claim = NULL "
        "WHERE campaign_id = %s AND state IN ('planned', 'claimed')",
        [campaign_id],
    )


def lock_campaign_to_fill(campaign_id: int) -> datetime | None:
    """The row lock is the fill's lease: it dies with its connection. None where another holds it or it is filled."""
    rows = query("SELECT created_at FROM campaign WHERE id = %s AND state = 'filling' FOR UPDATE SKIP LOCKED", [campaign_id])
    return rows[0][0] if rows else None


def moment_after(seconds: float) -> datetime:
    """The database's clock, `seconds` from now: for not_before, which is compared with that clock."""
    return query("SELECT clock_timestamp() + make_interval(secs => %s)", [seconds])[0][0]  # type: ignore[no-any-return]
