"""SQL of the gate. Each state change is one of states.DELIVERY_MOVES.

All statements use Django's connection, so that the caller controls the transaction.
"""

from collections.abc import Sequence
from datetime import datetime

from campaigns.sending.claiming_sql import Claim
from campaigns.states import move_of
from publication.database.statement_sql import changed, exists, hot, query

# 5 s until the first byte, 30 s for the request, 25 s for the answer to be recorded.
GATE_SECONDS = 60
BEGIN_SECONDS = 5.0


# The statement keeps its plan whatever the statistics say (docs/decisions/gate-plan.md has the measurements):
# - one id range on all three tables, read in order and merged;
# - "+ 0", or the planner reads all subscribers of a list;
# - CASE, or it expects a single row for a slice's range;
# - a scalar subquery, or it reads the whole suppression table for each slice;
# - the few suppressed domains, and those that the campaign leaves out, as one array each, read once for each statement;
# - the campaign written into the statement, or every statement locks the deliveries of every campaign.
WHY_NOT = """
    CASE WHEN s.id IS NULL OR s.erased_at IS NOT NULL THEN 'erased'
         WHEN s.address_key <> d.address_key THEN 'address changed'
         WHEN (SELECT true FROM suppression x WHERE x.address_key = d.address_key LIMIT 1) THEN 'suppressed'
         WHEN s.domain = ANY((SELECT array_agg(y.domain) FROM suppressed_domain y
                              WHERE y.expires_at IS NULL OR y.expires_at > now())::text[]) THEN 'domain suppressed'
         WHEN u.subscriber_id IS NULL THEN 'unsubscribed'
         WHEN s.paused_until > now() THEN 'on pause'
         WHEN s.domain = ANY((SELECT array_agg(z.domain) FROM left_out_domain z
                              WHERE z.campaign_id = {campaign})::text[]) THEN 'domain left out'
    END
"""
MEMBERS = f"""
    SELECT d.subscriber_id, s.address, s.name, s.measured_since IS NOT NULL, {WHY_NOT}
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
    """Lock the slice's row. True if the issue is still the scheduled one, False if it changed; None where the lease ran
    out, another claim has the slice, or the campaign may not send now.
    """
    rows = hot(LOCK, [claim_.slice_id, claim_.token])
    return rows[0][0] if rows else None


def read_members(claim_: Claim, list_ids: Sequence[int]) -> list[tuple[int, str, str, bool, str | None]]:
    """The slice's members without a state of their own: id, address, name, whether their clicks may be kept with their name,
    all as of now, and why this person may not be mailed (None: may be).
    """
    c = claim_
    parameters = [c.first, c.last, c.first, c.last, list(list_ids), c.first, c.last, c.number]
    return hot(MEMBERS.format(campaign=int(c.campaign_id)), parameters)


SKIP_MOVE = move_of(("planned", "claimed"), "skipped")


LEFT_MOVE = move_of("claimed", "abandoned")
LEFT_REASON = "; an earlier attempt is uncertain"


def skip(campaign_id: int, people: Sequence[tuple[int, str]], *, uncertain: bool = False) -> int:
    """Mark deliveries as skipped, each with its reason. `uncertain`: an earlier attempt may have reached these people, so
    they become abandoned instead, because `skipped` would say that they got nothing. An erasure while the campaign was filled
    did not see the new rows: their key becomes random here.
    """
    if not people:
        return 0
    return changed(
        """
        UPDATE delivery d SET state = %s, reason = p.reason || %s,
               address_key = CASE WHEN p.reason = 'erased' THEN uuid_send(gen_random_uuid()) ELSE d.address_key END
        FROM unnest(%s::bigint[], %s::text[]) AS p (subscriber_id, reason)
        WHERE d.campaign_id = %s AND d.subscriber_id = p.subscriber_id AND d.state IS NULL
        """,
        [
            LEFT_MOVE[1] if uncertain else SKIP_MOVE[1], LEFT_REASON if uncertain else "",
            [person[0] for person in people], [person[1] for person in people], campaign_id,
        ],
    )  # fmt: skip


# Slices of one campaign that staff decided to resend. The log is append-only; a slice's proof only tells of its last move.
RESENT = "SELECT slice_id FROM delivery_log WHERE campaign_id = %s AND kind = 'decided' AND detail ->> 'to' = 'resend'"


def had_no_answer(claim_: Claim) -> bool:
    """Whether an attempt of the slice, or of one it was split from, ended without an answer and was not taken back, or
    staff decided to resend it. After a restore that decision may be the only trace of such an attempt.
    """
    return exists(
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
    """Write the gate's two rows: the attempt, and the slice in flight with a lease that outlasts the request."""
    c = claim_
    hot(
        OPEN,
        [c.attempt_id, c.slice_id, c.campaign_id, worker, size, send_at, batch_id, c.attempt_id, c.slice_id, c.token],
    )


def read_marked(campaign_id: int) -> tuple[int, datetime, str, str, list[str], list[str]]:
    """What the mark outside the database keeps of a campaign: id, creation, digest, name, subjects, short names of its lists."""
    return query(
        """
        SELECT c.id, c.created_at, c.digest, c.name,
               ARRAY(SELECT x.subject FROM issue_variant x WHERE x.version_id = c.version_id GROUP BY 1 ORDER BY min(x.number)),
               ARRAY(SELECT l.slug FROM campaign_lists m JOIN mailing_list l ON l.id = m.mailinglist_id WHERE m.campaign_id = c.id
                     ORDER BY l.id)
        FROM campaign c WHERE c.id = %s
        """,
        [campaign_id],
    )[0]


def end_empty(claim_: Claim) -> int:
    """claimed -> skipped, because nobody in the slice may be mailed any more; each member has its own reason."""
    return changed(
        "UPDATE slice SET state = 'skipped', reason = 'nobody left', lease_until = NULL, claim = NULL "
        "WHERE id = %s AND state = 'claimed' AND claim = %s",
        [claim_.slice_id, claim_.token],
    )
