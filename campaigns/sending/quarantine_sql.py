"""The hand-written SQL of the database going back in time: which database this is, what it lacks, what became uncertain."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from campaigns.states import move_of
from publication.database.statement_sql import changed, query

# Ids that stand in mails and in the provider's events, and how far ahead of the lost ones they begin anew.
GAPS = {
    "attempt": 1_000_000, "campaign": 1_000, "subscriber": 1_000_000, "subscription": 1_000_000, "notice": 100_000,
    "test_send": 100_000,
}  # fmt: skip


# --------------------------------------------------------------------------------------------------------------- the look
def has_schema() -> bool:
    """Whether our tables are there: in a database that is being restored, or is new, they may not be."""
    return bool(query("SELECT to_regclass('attempt') IS NOT NULL AND to_regclass('audit') IS NOT NULL")[0][0])


def is_standby() -> bool:
    return bool(query("SELECT pg_is_in_recovery()")[0][0])


def identity() -> tuple[str, int, int]:
    """(system identifier, timeline, oid of the database). The timeline is that of the next WAL record: right from the
    promotion on, while pg_control_checkpoint() tells the old one until the next checkpoint.
    """
    system, file, database = query(
        "SELECT (SELECT system_identifier FROM pg_control_system())::text, pg_walfile_name(pg_current_wal_lsn()), "
        "(SELECT oid FROM pg_database WHERE datname = current_database())"
    )[0]
    return system, int(file[:8], 16), database


def last_attempt() -> tuple[int, Any]:
    """(id, gate time) of the highest attempt: by the primary key's index."""
    rows = query("SELECT id, gate_at FROM attempt ORDER BY id DESC LIMIT 1")
    return rows[0] if rows else (0, None)


def last_audit(verb: str) -> dict[str, Any]:
    """The detail and time of the last such line on the publication; {} where there is none."""
    rows = query(
        "SELECT detail::text, at, id FROM audit WHERE object_kind = 'publication' AND object_id = '1' AND verb = %s "
        "ORDER BY id + 0 DESC LIMIT 1",  # by the index on the object: its lines are few
        [verb],
    )
    return {**json.loads(rows[0][0]), "at": rows[0][1], "id": rows[0][2]} if rows else {}


def missing_attempts(ids: Sequence[int]) -> list[int]:
    """Of attempts that passed a gate, those that the database does not have."""
    rows = query(
        "SELECT n.id FROM unnest(%s::bigint[]) AS n (id) WHERE NOT EXISTS (SELECT 1 FROM attempt a WHERE a.id = n.id) ORDER BY 1",
        [list(ids)],
    )
    return [row[0] for row in rows]


def missing_singles(table: str, passed: Sequence[tuple[int, int]]) -> list[int]:
    """Of single mails (id, number of the attempt) that passed the gate, those that the database has not let pass so far.

    One that is gone altogether counts only above the highest id: below it, it may have been removed with its person.
    """
    rows = query(
        f"""
        SELECT p.id FROM unnest(%s::bigint[], %s::int[]) AS p (id, number) LEFT JOIN {table} m ON m.id = p.id
        WHERE CASE WHEN m.id IS NULL THEN p.id > COALESCE((SELECT max(id) FROM {table}), 0)
                   ELSE m.attempt < p.number OR (m.attempt = p.number AND m.state = 'claimed') END
        ORDER BY 1
        """,
        [[each[0] for each in passed], [each[1] for each in passed]],
    )
    return [row[0] for row in rows]


def strange_attempts(after_log: int) -> list[int]:
    """Attempts that events named and the database did not know, logged after that line."""
    rows = query(
        "SELECT DISTINCT (detail ->> 'attempt')::bigint FROM delivery_log WHERE kind = 'event_for_unknown_attempt' AND id > %s "
        "AND campaign_id IS NULL ORDER BY 1",
        [after_log],
    )
    return [row[0] for row in rows]


def sent_again(told: Sequence[tuple[int, int | None, int | None]]) -> list[tuple[int, int, int, int]]:
    """(campaign, slice, lost attempt, current attempt) where someone in a lost attempt is in another that may have gone out.

    An attempt that is uncertain itself counts as none: that is listed already. Each is told once.
    """
    return query(
        """
        SELECT DISTINCT v.campaign_id, v.slice_id, n.id, v.attempt_id
        FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS n (id, campaign, subscriber)
        JOIN delivery_state v ON v.campaign_id = n.campaign AND v.subscriber_id = n.subscriber
        JOIN attempt a ON a.id = v.attempt_id AND a.id <> n.id AND (a.outcome IS NULL OR a.outcome = 'accepted')
        WHERE NOT EXISTS (SELECT 1 FROM delivery_log l WHERE l.kind = 'possible_duplicate' AND l.campaign_id = v.campaign_id
                          AND l.attempt_id = n.id AND l.slice_id = v.slice_id)
        """,
        [list(column) for column in zip(*told, strict=True)],
    )


def last_log() -> int:
    return int(query("SELECT COALESCE(max(id), 0) FROM delivery_log")[0][0])


def advance_ids(attempt_id: int) -> dict[str, int]:
    """Draw the next ids of everything that is named outside the database from far ahead; table -> its first new id.

    An id given twice would let an event, or a link in a mail, of the lost one speak for another person.
    """
    first = {}
    for table, gap in GAPS.items():
        known = attempt_id if table == "attempt" else 0
        sequence = f"pg_get_serial_sequence('{table}', 'id')"
        first[table] = query(f"SELECT setval({sequence}, GREATEST(nextval({sequence}), %s) + %s)", [known, gap])[0][0] + 1
    return first


# ------------------------------------------------------------------------------------------------------------ uncertain
LOST_MOVE = move_of(("planned", "claimed", "in_flight"), "unknown")
REASON = "after a restore: may have been sent in the part that was lost"


def doubt_slices() -> list[tuple[int, int, int]]:
    """planned, claimed, in_flight -> unknown in every campaign that may have been sending: (campaign, slices, people).

    Their open attempts end as unknown. What was uncertain before is from now on uncertain for this reason, too: in the
    lost part it may have been sent again. So no machine frees it, neither by the policy nor by the provider's word on an
    earlier attempt (strict mode).
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
    """The same for single mails: table -> how many."""
    return {
        table: changed(
            f"UPDATE {table} SET state = 'unknown', reason = %s, lease_until = NULL, not_before = NULL "
            "WHERE state IN ('planned', 'claimed', 'in_flight')",
            [REASON],
        )
        for table in ("notice", "test_send")
    }


def hear_again(campaign_ids: Sequence[int]) -> int:
    """Events of these campaigns are to be applied once more: when they came there were no deliveries to apply them to."""
    return changed("UPDATE event SET applied_at = NULL WHERE campaign_id = ANY(%s)", [list(campaign_ids)])


def uncertain_by_campaign() -> list[tuple[int, str, str, int, int]]:
    """(campaign, name, state, slices, people) of everyone who is uncertain since a restore."""
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
    """table -> single mails that are uncertain since a restore."""
    return {
        table: query(f"SELECT count(*) FROM {table} WHERE state = 'unknown' AND reason = %s", [REASON])[0][0]
        for table in ("notice", "test_send")
    }


def count_uncertain() -> int:
    """Everyone who may or may not have received a campaign, whatever the reason."""
    return int(
        query(
            "SELECT count(*) FROM slice s JOIN delivery_state v ON v.campaign_id = s.campaign_id AND v.slice_id = s.id "
            "WHERE s.state IN ('unknown', 'held') AND v.state IN ('unknown', 'held')"
        )[0][0]
    )


def machines() -> list[str]:
    """The machines whose workers sent the newest attempts."""
    rows = query(
        "SELECT DISTINCT split_part(worker, ':', 1) FROM (SELECT worker FROM attempt ORDER BY id DESC LIMIT 5000) AS newest "
        "ORDER BY 1"
    )
    return [row[0] for row in rows]
