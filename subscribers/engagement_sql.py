"""Writes two columns of a subscriber: the last open or click, and the count of soft bounces. Their only writer."""

from datetime import datetime

from publication.database.statement_sql import query


def note_engaged(moments: dict[int, datetime]) -> None:
    """Set each subscriber's engaged_at to the given moment, if that is later than the stored one."""
    if moments:
        ids = sorted(moments)
        query(
            "UPDATE subscriber s SET engaged_at = e.at FROM unnest(%s::bigint[], %s::timestamptz[]) AS e (id, at) "
            "WHERE s.id = e.id AND (s.engaged_at IS NULL OR s.engaged_at < e.at)",
            [ids, [moments[subscriber_id] for subscriber_id in ids]],
        )


def note_soft_bounces(counts: dict[bytes, int]) -> None:
    """Set each subscriber's count, by address key, to the given number, which is always counted from all stored events."""
    if counts:
        keys = sorted(counts)
        query(
            "UPDATE subscriber s SET soft_bounces = b.count FROM unnest(%s::bytea[], %s::int[]) AS b (key, count) "
            "WHERE s.address_key = b.key AND s.soft_bounces <> b.count",
            [keys, [counts[key] for key in keys]],
        )
