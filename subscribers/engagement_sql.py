"""Writes the count of soft bounces of a subscriber. Its only writer."""

from publication.database.statement_sql import query


def note_soft_bounces(counts: dict[bytes, int]) -> None:
    """Set each subscriber's count, by address key, to the given number, which is always counted from all stored events."""
    if counts:
        keys = sorted(counts)
        query(
            "UPDATE subscriber s SET soft_bounces = b.count FROM unnest(%s::bytea[], %s::int[]) AS b (key, count) "
            "WHERE s.address_key = b.key AND s.soft_bounces <> b.count",
            [keys, [counts[key] for key in keys]],
        )
