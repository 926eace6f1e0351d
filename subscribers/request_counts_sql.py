"""Counts of requests, one row for each network or address. One statement checks and counts, so parallel requests cannot exceed
the limit. Nothing else counts in network_count."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from publication.database.statement_sql import changed, first, query


class RequestCount(NamedTuple):
    key: str
    began_at: datetime
    requests: int


def take(key: str, most: int, period: timedelta, now: datetime) -> bool:
    """Count one request if the limit allows it, else change nothing. A count starts again after its period."""
    # A start that is a whole period in the future comes from a clock that was set back.
    over = "(c.began_at <= %(now)s - %(period)s OR c.began_at > %(now)s + %(period)s)"
    return changed(
        f"""
        INSERT INTO network_count AS c (key, began_at, requests) VALUES (%(key)s, %(now)s, 1)
        ON CONFLICT (key) DO UPDATE SET
            began_at = CASE WHEN {over} THEN EXCLUDED.began_at ELSE c.began_at END,
            requests = CASE WHEN {over} THEN 1 ELSE c.requests + 1 END
        WHERE {over} OR c.requests < %(most)s
        """,
        {"key": key, "most": most, "period": period, "now": now},
    ) > 0  # fmt: skip


def began_at(key: str) -> datetime | None:
    stored = first("SELECT began_at FROM network_count WHERE key = %s", [key])
    return stored[0] if stored else None


def take_once(key: str, now: datetime) -> bool:
    """Whether this key is new; it is one from now on."""
    return bool(query(
        "INSERT INTO network_count (key, began_at, requests) VALUES (%s, %s, 1) ON CONFLICT DO NOTHING RETURNING key", [key, now]
    ))  # fmt: skip


def count_of(key: str, since: datetime) -> int:
    """The number, if the count began after `since`; else 0."""
    stored = first("SELECT requests FROM network_count WHERE key = %s AND began_at > %s", [key, since])
    return int(stored[0]) if stored else 0


def stored(keys: Sequence[str]) -> list[RequestCount]:
    """The counts of those of these keys that have one."""
    rows = query("SELECT key, began_at, requests FROM network_count WHERE key = ANY(%s)", [list(keys)])
    return [RequestCount(*row) for row in rows]


def keep(key: str, count: int, now: datetime, since: datetime) -> None:
    """Replace the number. The time stays unless the number grows, so that a count that nothing is added to ends.

    A count from before `since` has ended.
    """
    if count == 0:
        changed("DELETE FROM network_count WHERE key = %s", [key])
        return
    changed(
        """
        INSERT INTO network_count AS c (key, began_at, requests) VALUES (%(key)s, %(now)s, %(count)s)
        ON CONFLICT (key) DO UPDATE SET requests = EXCLUDED.requests,
            began_at = CASE WHEN EXCLUDED.requests > c.requests OR c.began_at <= %(since)s
                       THEN EXCLUDED.began_at ELSE c.began_at END
        """,
        {"key": key, "count": count, "now": now, "since": since},
    )
