"""SQL of claims: a worker takes a slice under a lease, or releases it.

Leases use clock_timestamp(): now() is frozen at the transaction's start.
"""

from dataclasses import dataclass

from campaigns.states import move_of
from publication.database.statement_sql import changed, hot, number

CLAIM_LEASE = "30 seconds"


@dataclass(frozen=True, slots=True)
class Claim:
    """A slice claimed by one worker. `token` is a fencing token: it makes every step of another claim fail.

    `attempt_id`: of its next attempt.
    """

    slice_id: int
    campaign_id: int
    number: int
    first: int
    last: int
    count: int
    attempt_count: int
    token: int
    attempt_id: int
    variant: int


CLAIM_MOVE = move_of("planned", "claimed")

# Reads only the next slice of each campaign by the index slice_planned, so that a claim neither sorts nor counts planned
# slices. Its commit waits for the disk although nothing was sent yet: a crash that undid it would reuse token and attempt id.
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
    """The next due slice of any campaign that is sending; None if there is none or all slots are taken."""
    rows = hot(CLAIM, [worker])
    return Claim(*rows[0]) if rows else None


RELEASE_MOVE = move_of("claimed", "planned")


def release(claim_: Claim, *, seconds: float = 0.0) -> int:
    """claimed -> planned, because nothing was sent. The slice is due again after `seconds`."""
    return changed(
        """
        UPDATE slice SET state = 'planned', lease_until = NULL, claim = NULL, proof = 'never on the wire',
               not_before = clock_timestamp() + make_interval(secs => %s)
        WHERE id = %s AND state = 'claimed' AND claim = %s
        """,
        [seconds, claim_.slice_id, claim_.token],
    )


def count_due() -> int:
    """The number of slices that a worker could claim now."""
    return number(
        "SELECT count(*) FROM slice s JOIN campaign c ON c.id = s.campaign_id WHERE s.state = 'planned' "
        "AND c.state = 'sending' AND (s.not_before IS NULL OR s.not_before <= clock_timestamp())"
    )
