"""The last open or click and the mailbox bounces of a person. Only this module writes these two columns."""

from __future__ import annotations

from datetime import datetime

from publication.database.statement_sql import query


def note_engaged(moments: dict[int, datetime]) -> None:
    """Set each subscriber's engaged_at to the moment given, where it is later than what stands there."""
    if moments:
        ids = sorted(moments)
        query(
            "UPDATE subscriber s SET engaged_at = e.at FROM unnest(%s::bigint[], %s::timestamptz[]) AS e (id, at) "
            "WHERE s.id = e.id AND (s.engaged_at IS NULL OR s.engaged_at < e.at)",
            [ids, [moments[each] for each in ids]],
        )


def note_soft_bounces(counts: dict[bytes, int]) -> None:
    """Set each subscriber's count, by address key, to the number given, which is counted from all stored events each time."""
    if counts:
        keys = sorted(counts)
        query(
            "UPDATE subscriber s SET soft_bounces = b.count FROM unnest(%s::bytea[], %s::int[]) AS b (key, count) "
            "WHERE s.address_key = b.key AND s.soft_bounces <> b.count",
            [keys, [counts[each] for each in keys]],
        )
