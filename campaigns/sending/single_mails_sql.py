"""SQL of single mails (notice, staff_mail, test_send): the same states and leases as for an attempt of one recipient."""

from datetime import datetime
from typing import Literal, NamedTuple

from publication.database.statement_sql import changed, first, query

Table = Literal["notice", "staff_mail", "test_send"]
TABLES: tuple[Table, ...] = ("notice", "staff_mail", "test_send")  # names of tables: never from user input


class SingleClaim(NamedTuple):
    """One mail claimed by a worker; `attempt` fences off workers that claimed it before."""

    table: Table
    id: int
    attempt: int


def claim(table: Table) -> SingleClaim | None:
    """The next due mail of this kind."""
    claimed = first(
        f"""
        UPDATE {table} SET state = 'claimed', attempt = attempt + 1,
               lease_until = clock_timestamp() + interval '30 seconds'
        WHERE id = (SELECT id FROM {table} WHERE state = 'planned'
                    AND (not_before IS NULL OR not_before <= clock_timestamp())
                    ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1)
        RETURNING id, attempt
        """
    )
    return SingleClaim(table, *claimed) if claimed else None


def pass_gate(single: SingleClaim) -> bool:
    moved = changed(
        f"UPDATE {single.table} SET state = 'in_flight', gate_at = clock_timestamp(), "
        "lease_until = clock_timestamp() + interval '60 seconds' "
        "WHERE id = %s AND attempt = %s AND state = 'claimed' AND lease_until > clock_timestamp() "
        "AND NOT EXISTS (SELECT 1 FROM publication WHERE quarantined_at IS NOT NULL)",
        [single.id, single.attempt],
    )
    return moved == 1


def settle(
    single: SingleClaim, state: str, reason: str, *, status: int | None = None, message_id: str = "", seconds: float = 0
) -> None:
    changed(
        f"UPDATE {single.table} SET state = %s, reason = %s, http_status = %s, message_id = %s, lease_until = NULL, "
        "ended_at = clock_timestamp(), "
        "not_before = CASE WHEN %s > 0 THEN clock_timestamp() + make_interval(secs => %s) END "
        "WHERE id = %s AND attempt = %s AND state IN ('claimed', 'in_flight', 'unknown')",
        [state, reason[:300], status, message_id, seconds, seconds, single.id, single.attempt],
    )


def reap() -> int:
    """claimed -> planned and in_flight -> unknown where the lease ran out; the number of rows moved."""
    return sum(
        changed(
            f"UPDATE {table} SET state = CASE state WHEN 'claimed' THEN 'planned' ELSE 'unknown' END, "
            "reason = 'the worker did not report', lease_until = NULL "
            "WHERE state IN ('claimed', 'in_flight') AND lease_until < clock_timestamp()"
        )
        for table in TABLES
    )


def prove(table: Table, ids: list[int]) -> None:
    query(
        f"UPDATE {table} SET state = 'accepted', reason = 'proved by event' "
        "WHERE id = ANY(%s) AND state IN ('in_flight', 'unknown')",
        [ids],
    )


def moment_after(seconds: float) -> datetime:
    """The database's clock plus `seconds`, for not_before, which is compared with that clock."""
    return query("SELECT clock_timestamp() + make_interval(secs => %s)", [seconds])[0][0]  # type: ignore[no-any-return]
