"""SQL of evidence: everyone in a proved attempt becomes accepted, and possible duplicates are listed."""

from collections.abc import Sequence

from campaigns.states import PROVABLE, move_of
from publication.database.statement_sql import changed, query

PROVE_MOVE = move_of(PROVABLE, "accepted")

# The slice of the attempt, and if it was split since, the slices made from it.
FAMILY = """
    WITH RECURSIVE family AS (
        SELECT a.id AS attempt_id, s.id, s.state, s.current_attempt_id FROM attempt a JOIN slice s ON s.id = a.slice_id
        WHERE a.id = ANY(%s)
        UNION ALL
        SELECT f.attempt_id, c.id, c.state, c.current_attempt_id FROM family f JOIN slice c ON c.parent_id = f.id
        WHERE f.state = 'split')
"""


def lock_families(attempt_ids: Sequence[int]) -> None:
    """Lock the slices of these attempts: no gate commits for them until the caller's transaction ends."""
    query(
        FAMILY + "SELECT s.id FROM slice s WHERE s.id IN (SELECT id FROM family) ORDER BY s.id FOR UPDATE OF s",
        [list(attempt_ids)],
    )


def prove(attempt_ids: Sequence[int], proof: str) -> int:
    """Accept everyone in these attempts: an event names one of them, and the provider accepts a request as a whole.

    This also holds for members that a later attempt is sending again (possible_duplicates lists them). Whatever happens to
    that attempt, they are not sent a third mail. The number of slices moved.
    """
    ids = list(attempt_ids)
    moved = changed(
        FAMILY
        + """
        UPDATE slice s SET state = 'accepted', proof = %s, reason = NULL, lease_until = NULL, claim = NULL
        FROM family f
        WHERE s.id = f.id AND s.state = ANY(%s)
        """,
        [ids, proof, list(PROVE_MOVE[0])],
    )
    if proof == "event":
        query(
            """
            UPDATE attempt SET evidence_at = COALESCE(evidence_at, clock_timestamp()),
                   outcome = CASE outcome WHEN 'unknown' THEN 'accepted' ELSE outcome END,
                   detail = CASE outcome WHEN 'unknown' THEN detail || ' (proved by event)' ELSE detail END
            WHERE id = ANY(%s) AND (evidence_at IS NULL OR outcome = 'unknown')
            """,
            [ids],
        )
    return moved


def possible_duplicates(attempt_ids: Sequence[int]) -> list[tuple[int, int, int, int]]:
    """(campaign, slice, proved attempt, current attempt) where members of a proved attempt were sent again; each listed once."""
    return query(
        FAMILY
        + """
        SELECT s.campaign_id, s.id, f.attempt_id, s.current_attempt_id FROM family f JOIN slice s ON s.id = f.id
        WHERE s.current_attempt_id <> f.attempt_id AND s.current_attempt_id IS NOT NULL
          AND EXISTS (SELECT 1 FROM attempt c WHERE c.id = s.current_attempt_id AND (c.outcome IS NULL
                      OR c.outcome IN ('accepted', 'unknown', 'fencing', 'not_fenced')))
          AND s.state IN ('in_flight', 'unknown', 'held', 'accepted', 'abandoned')
          AND NOT EXISTS (SELECT 1 FROM delivery_log l WHERE l.kind = 'possible_duplicate'
                          AND l.campaign_id = s.campaign_id AND l.attempt_id = f.attempt_id AND l.slice_id = s.id)
        """,
        [list(attempt_ids)],
    )
