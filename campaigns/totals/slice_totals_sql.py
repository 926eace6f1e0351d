"""SQL of the totals: a trigger adds rows to slice_total whenever deliveries change; here they are read and folded.

A delivery has either a state of its own, or that of its slice. slice_total counts the first by slice number. The second is what
remains of each slice.
"""

from collections.abc import Sequence
from typing import Any

from publication.database.statement_sql import changed, column, query

# The part of a reason that reports count by: why somebody was skipped, and whether a bounce is hard or soft.
DETAIL = """
    CASE {state} WHEN 'bounced' THEN split_part(COALESCE({reason}, ''), ':', 1) WHEN 'skipped' THEN COALESCE({reason}, '')
                 ELSE '' END
"""
_LIVE = f"""
    SELECT variant, state, {DETAIL.format(state="state", reason="reason")}, count(*) FROM delivery_state
    WHERE campaign_id = %(campaign)s GROUP BY 1, 2, 3
"""
# Without joins: of a campaign that began a minute ago the planner knows nothing, and would compare every row with every other.
# Parts of a number that was split may be in different states; only then its recipients are counted one by one.
_KEPT = f"""
    WITH own AS MATERIALIZED (
        SELECT slice AS number, variant, state, detail, people FROM slice_total WHERE campaign_id = %(campaign)s),
    live AS MATERIALIZED (
        SELECT number, variant, state, {DETAIL.format(state="state", reason="reason")} AS detail, sum(count) AS people
        FROM slice WHERE campaign_id = %(campaign)s AND state <> 'split' GROUP BY 1, 2, 3, 4),
    numbers AS MATERIALIZED (
        SELECT number, max(variant) AS variant, max(state) AS state, max(detail) AS detail, sum(people) AS people,
               count(state) AS states
        FROM (SELECT * FROM live UNION ALL SELECT number, NULL, NULL, NULL, -people FROM own) n GROUP BY 1),
    apart AS (
        SELECT s.variant, s.state, {DETAIL.format(state="s.state", reason="s.reason")} AS detail, s.count - o.people AS people
        FROM numbers n JOIN slice s ON s.campaign_id = %(campaign)s AND s.number = n.number AND s.state <> 'split'
        CROSS JOIN LATERAL (
            SELECT count(*) AS people FROM delivery d WHERE d.campaign_id = %(campaign)s AND d.slice = s.number
            AND d.state IS NOT NULL AND d.subscriber_id BETWEEN s.first_subscriber_id AND s.last_subscriber_id) o
        WHERE n.states > 1)
    SELECT variant, state, detail, sum(people)::bigint FROM (
        SELECT variant, state, detail, people FROM own
        UNION ALL SELECT variant, state, detail, people FROM numbers WHERE states = 1
        UNION ALL SELECT * FROM apart) l
    GROUP BY 1, 2, 3 HAVING sum(people) <> 0
"""


def count(campaign_id: int, *, is_kept: bool) -> list[tuple[int, str, str, int]]:
    """(variant, state, detail, people) each. `is_kept`: from the totals, else by reading every delivery."""
    return query(_KEPT if is_kept else _LIVE, {"campaign": campaign_id})


def outcomes(campaign_ids: Sequence[int], states: Sequence[str]) -> list[tuple[int, str, int]]:
    """(campaign, state, people) of deliveries with these states of their own, from the totals."""
    return query(
        "SELECT campaign_id, state, sum(people)::bigint FROM slice_total WHERE campaign_id = ANY(%s) AND state = ANY(%s) "
        "GROUP BY 1, 2",
        [list(campaign_ids), list(states)],
    )


def fold() -> int:
    """Replace the new rows, and those of the same slices, by their sums; how many sums were written.

    In one statement, so that every reader sees either the rows or their sum. A row that somebody adds meanwhile stays.
    """
    return changed(
        """
        WITH fresh AS (SELECT DISTINCT campaign_id, slice FROM slice_total WHERE is_new),
        removed AS (
            DELETE FROM slice_total t USING fresh f WHERE t.campaign_id = f.campaign_id AND t.slice = f.slice
            RETURNING t.campaign_id, t.slice, t.variant, t.state, t.detail, t.people)
        INSERT INTO slice_total (campaign_id, slice, variant, state, detail, people, is_new)
        SELECT campaign_id, slice, variant, state, detail, sum(people), false FROM removed GROUP BY 1, 2, 3, 4, 5
        HAVING sum(people) <> 0
        """
    )


def next_uncounted(large: int) -> list[int]:
    """A campaign that was sent before there were totals, if there is one; its row is locked."""
    return column(
        "SELECT id FROM campaign WHERE NOT has_totals AND recipients > %s AND state IN ('sent', 'cancelled') "
        "AND finished_at < now() - interval '1 hour' ORDER BY id DESC LIMIT 1 FOR UPDATE SKIP LOCKED",
        [large],
    )


def adopt(campaign_id: int) -> None:
    """Count a campaign once. No delivery may change meanwhile."""
    changed(
        f"""
        INSERT INTO slice_total (campaign_id, slice, variant, state, detail, people, is_new)
        SELECT campaign_id, slice, variant, state, {DETAIL.format(state="state", reason="reason")}, count(*), false
        FROM delivery WHERE campaign_id = {int(campaign_id)} AND state IS NOT NULL GROUP BY 1, 2, 3, 4, 5
        """
    )
    changed("UPDATE campaign SET has_totals = true WHERE id = %s", [campaign_id])


def narrow(campaign_id: int, states: Sequence[str], after: int, most: int) -> list[tuple[Any, ...]]:
    """(slice id, its last subscriber) of the slices that have the next `most` people in these states behind `after`.

    Slices of different variants overlap. So all are taken that begin before the last one that is needed ends.
    """
    return query(
        """
        WITH both_kinds AS (
            SELECT id, number, parent_id, state, count, first_subscriber_id AS first, last_subscriber_id AS last,
                   0 AS wanted, 0 AS own FROM slice WHERE campaign_id = %(campaign)s AND state <> 'split'
            UNION ALL
            SELECT NULL, slice, NULL, NULL, NULL, NULL, NULL, sum(people) FILTER (WHERE state = ANY(%(states)s)), sum(people)
            FROM slice_total WHERE campaign_id = %(campaign)s GROUP BY slice),
        slices AS (
            SELECT id, parent_id, state, count, first, last, sum(wanted) OVER of_number AS wanted, sum(own) OVER of_number AS own
            FROM both_kinds WINDOW of_number AS (PARTITION BY number)),
        parts AS (
            SELECT id, first, last,
                   CASE WHEN first <= %(after)s OR parent_id IS NOT NULL THEN 0
                        ELSE wanted + CASE WHEN state = ANY(%(states)s) THEN count - own ELSE 0 END END AS sure
            FROM slices WHERE last > %(after)s AND (state = ANY(%(states)s) OR wanted > 0)),
        summed AS (SELECT last, sum(sure) OVER (ORDER BY last, id) AS sure FROM parts),
        bound AS (SELECT COALESCE(min(last), (SELECT max(last) FROM parts)) AS last FROM summed WHERE sure >= %(most)s)
        SELECT s.id, b.last FROM parts s CROSS JOIN bound b WHERE s.first <= b.last
        """,
        {"campaign": campaign_id, "states": list(states), "after": after, "most": most},
    )
