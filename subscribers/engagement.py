"""The last open or click and the mailbox bounces of a person. Only this module writes these two columns."""

from __future__ import annotations

from datetime import datetime

from subscribers import engagement_sql


def note_engaged(moments: dict[int, datetime]) -> None:
    """Set each subscriber's engaged_at to the moment given, where it is later than what stands there."""
    if moments:
        ids = sorted(moments)
        engagement_sql.raise_engaged(ids, [moments[each] for each in ids])


def note_soft_bounces(counts: dict[bytes, int]) -> None:
    """Set each subscriber's count, by address key, to the number given (counted anew from the events each time)."""
    if counts:
        keys = sorted(counts)
        engagement_sql.set_soft_bounces(keys, [counts[each] for each in keys])
