"""Reads and prunes the heartbeats of processes, by the database's clock."""

from datetime import datetime, timedelta

from publication.database.statement_sql import query

Row = tuple[str, str, int, str, datetime, datetime, bool, bool]


def processes(longest_silence: timedelta) -> list[Row]:
    """Kind, host, pid, version, first and last heartbeat, whether it is alive, and whether it was stopped; the newest first."""
    rows: list[Row] = query(
        """
        SELECT kind, host, pid, version, started_at, seen_at,
               stopped_at IS NULL AND seen_at > clock_timestamp() - %s, stopped_at IS NOT NULL
        FROM process_heartbeat ORDER BY seen_at DESC, id DESC
        """,
        [longest_silence],
    )
    return rows
