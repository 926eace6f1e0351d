"""SQL that skips recipients who still wait: all of a campaign that is cancelled, or those at a domain that staff leave out."""

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


LEAVE_OUT_MOVE = move_of("planned", "skipped")


def skip_domain(campaign_id: int, domain: str) -> int:
    """planned -> skipped for the people at this domain who wait for their first request; the number of people.

    Locks the planned slices, so that none of them is claimed meanwhile. The gate skips everybody else at the domain: in slices
    that are claimed or under way, and in those that were tried before, because an earlier attempt may have reached them.
    """
    return changed(
        f"""
        WITH waiting AS MATERIALIZED (
            SELECT number, first_subscriber_id, last_subscriber_id FROM slice
            WHERE campaign_id = %s AND state = '{LEAVE_OUT_MOVE[0][0]}' AND attempt_count = 0 AND parent_id IS NULL
              AND id NOT IN ({RESENT}) ORDER BY id FOR UPDATE)
        UPDATE delivery d SET state = '{LEAVE_OUT_MOVE[1]}', reason = 'domain left out'
        FROM waiting w, subscriber s
        WHERE d.campaign_id = {int(campaign_id)} AND d.slice = w.number AND d.state IS NULL
          AND d.subscriber_id BETWEEN w.first_subscriber_id AND w.last_subscriber_id
          AND s.id = d.subscriber_id AND s.domain = %s
        """,
        [campaign_id, campaign_id, domain],
    )
