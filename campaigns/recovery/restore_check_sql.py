"""SQL for use after a restore: what may have been sent in the lost part becomes uncertain, and is listed."""

from collections.abc import Sequence

from campaigns.sending.single_mails_sql import TABLES
from campaigns.states import move_of
from publication.database.statement_sql import changed, column, number, query

LOST_MOVE = move_of(("planned", "claimed", "in_flight"), "unknown")

REASON = "after a restore: may have been sent in the part that was lost"


def doubt_slices() -> list[tuple[int, int, int]]:
    """planned, claimed, in_flight -> unknown in every campaign that may have been sending: (campaign, slices, people).

    Their open attempts end as unknown. Slices that were uncertain before are now also uncertain because of the restore: in
    the lost part they may have been sent again. So neither the policy nor strict mode (by the provider's confirmation of an
    earlier attempt) plans them again.
    """
    query(
        """
        UPDATE attempt a SET ended_at = clock_timestamp(), outcome = 'unknown', detail = 'after a restore'
        FROM slice s WHERE s.current_attempt_id = a.id AND s.state = 'in_flight' AND a.ended_at IS NULL
        """
    )
    rows = query(
        """
        WITH doubted AS (
            UPDATE slice s SET state = 'unknown', reason = %s, proof = 'restore', lease_until = NULL, claim = NULL,
                   not_before = NULL
            FROM campaign c WHERE c.id = s.campaign_id AND (c.state <> 'cancelled' OR s.state = 'in_flight')
              AND s.state = ANY(%s)
            RETURNING s.campaign_id, s.count)
        SELECT campaign_id, count(*), sum(count)::bigint FROM doubted GROUP BY 1 ORDER BY 1
        """,
        [REASON, list(LOST_MOVE[0])],
    )
    changed("UPDATE slice SET proof = 'restore' WHERE state IN ('unknown', 'held') AND proof IS DISTINCT FROM 'restore'")
    changed(
        "UPDATE attempt a SET outcome = 'not_fenced' FROM slice s WHERE s.current_attempt_id = a.id AND s.proof = 'restore' "
        "AND s.state IN ('unknown', 'held') AND a.batch_id IS NOT NULL AND a.outcome IN ('unknown', 'fencing', 'fenced')"
    )
    return rows


def doubt_singles() -> dict[str, int]:
    """The same for single mails: table -> number of mails."""
    return {
        table: changed(
            f"UPDATE {table} SET state = 'unknown', reason = %s, lease_until = NULL, not_before = NULL "
            "WHERE state IN ('planned', 'claimed', 'in_flight')",
            [REASON],
        )
        for table in TABLES
    }


def hear_again(campaign_ids: Sequence[int]) -> int:
    """Apply the events of these campaigns again: when they came, their deliveries did not exist yet."""
    return changed("UPDATE event SET applied_at = NULL WHERE campaign_id = ANY(%s)", [list(campaign_ids)])


def uncertain_by_campaign() -> list[tuple[int, str, str, int, int]]:
    """(campaign, name, state, slices, people) of recipients that are uncertain because of a restore."""
    return query(
        """
        SELECT c.id, c.name, c.state, count(DISTINCT v.slice_id), count(*)
        FROM slice s JOIN campaign c ON c.id = s.campaign_id
        JOIN delivery_state v ON v.campaign_id = s.campaign_id AND v.slice_id = s.id
        WHERE s.state IN ('unknown', 'held') AND s.proof = 'restore' AND v.state IN ('unknown', 'held')
        GROUP BY c.id ORDER BY c.id
        """
    )


def count_uncertain_singles() -> dict[str, int]:
    """table -> single mails that are uncertain because of a restore."""
    return {table: number(f"SELECT count(*) FROM {table} WHERE state = 'unknown' AND reason = %s", [REASON]) for table in TABLES}


def count_uncertain() -> int:
    """The number of all uncertain recipients, whatever the reason."""
    return number(
        "SELECT count(*) FROM slice s JOIN delivery_state v ON v.campaign_id = s.campaign_id AND v.slice_id = s.id "
        "WHERE s.state IN ('unknown', 'held') AND v.state IN ('unknown', 'held')"
    )


def machines() -> list[str]:
    """The host names of the workers that sent the newest attempts."""
    return column(
        "SELECT DISTINCT split_part(worker, ':', 1) FROM (SELECT worker FROM attempt ORDER BY id DESC LIMIT 5000) AS newest "
        "ORDER BY 1"
    )
