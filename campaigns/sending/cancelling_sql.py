"""SQL that runs in the transaction of a cancel: nobody who is still waiting gets the campaign."""

from campaigns.sending.gate_sql import RESENT
from campaigns.states import move_of
from publication.database.statement_sql import changed

CANCEL_MOVE = move_of(("planned", "claimed"), "skipped")


def cancel_slices(campaign_id: int) -> int:
    """planned, claimed -> skipped, set-based, in the transaction of the cancel."""
    return changed(
        "UPDATE slice SET state = 'skipped', reason = 'campaign cancelled', lease_until = NULL, claim = NULL "
        "WHERE campaign_id = %s AND state IN ('planned', 'claimed')",
        [campaign_id],
    )


AGAIN_MOVE = move_of(("planned", "claimed"), "unknown")


def uncertain_again(campaign_id: int) -> int:
    """planned, claimed -> unknown for recipients released for a resend that will not happen: they are uncertain again.

    An earlier attempt shows that: an attempt of the slice, or of a slice that it was split from, ended without an answer and
    was not taken back at the provider. So does a decision to resend; after a restore it may be the only trace of the attempt.
    """
    return changed(
        f"""
        WITH RECURSIVE resent AS ({RESENT}), line AS (
            SELECT s.id AS leaf, s.id, s.parent_id FROM slice s
            WHERE s.campaign_id = %s AND s.state = ANY(%s)
              AND (s.attempt_count > 0 OR s.id IN (SELECT slice_id FROM resent))
            UNION ALL
            SELECT l.leaf, p.id, p.parent_id FROM line l JOIN slice p ON p.id = l.parent_id)
        UPDATE slice s SET state = 'unknown', reason = 'cancelled before it was sent again', proof = 'ambiguity',
               lease_until = NULL, claim = NULL, not_before = NULL
        WHERE s.state = ANY(%s) AND s.id IN (
            SELECT l.leaf FROM line l LEFT JOIN attempt a ON a.slice_id = l.id
            WHERE (a.outcome IN ('unknown', 'fencing', 'not_fenced') AND a.fenced_at IS NULL)
               OR l.id IN (SELECT slice_id FROM resent))
        """,
        [campaign_id, campaign_id, list(AGAIN_MOVE[0]), list(AGAIN_MOVE[0])],
    )
