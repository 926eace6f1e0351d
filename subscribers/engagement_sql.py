"""The set-based statements behind `engagement`: one for any number of people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from publication.database.statement_sql import query


def raise_engaged(ids: Sequence[int], moments: Sequence[datetime]) -> None:
    query(
        "UPDATE subscriber s SET engaged_at = e.at FROM unnest(%s::bigint[], %s::timestamptz[]) AS e (id, at) "
        "WHERE s.id = e.id AND (s.engaged_at IS NULL OR s.engaged_at < e.at)",
        [list(ids), list(moments)],
    )


def set_soft_bounces(keys: Sequence[bytes], counts: Sequence[int]) -> None:
    query(
        "UPDATE subscriber s SET soft_bounces = b.count FROM unnest(%s::bytea[], %s::int[]) AS b (key, count) "
        "WHERE s.address_key = b.key AND s.soft_bounces <> b.count",
        [list(keys), list(counts)],
    )
