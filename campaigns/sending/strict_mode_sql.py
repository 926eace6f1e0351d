"""The hand-written SQL of strict campaigns: how many requests the provider may have to take back at once."""

from __future__ import annotations

from datetime import datetime

from publication.database.statement_sql import query

PLACE_LOCK = 0x706C6163  # strict gates count the provider's places one after the other

# Attempts of which the provider keeps a cancel, or may have to soon. The index attempt_held_back is made for this.
HELD_BACK = "('fencing', 'fenced', 'recalling', 'recalled')"

MAY_BE = f"a.batch_id IS NOT NULL AND (a.outcome IS NULL OR a.outcome = 'unknown' OR a.outcome IN {HELD_BACK})"


def is_strict(campaign_id: int) -> bool:
    return bool(query("SELECT 1 FROM campaign WHERE id = %s AND strict", [campaign_id]))


def lock_places() -> None:
    """Until the transaction ends no other strict gate counts or commits."""
    query("SELECT pg_advisory_xact_lock(%s)", [PLACE_LOCK])


def count_places(now: datetime) -> tuple[int, int]:
    """How many cancels the provider holds for us by what we know, and how many attempts may yet need one.

    The second: strict attempts on the wire, and uncertain ones whose release is to come.
    """
    row = query(
        f"""
        SELECT count(*) FILTER (WHERE a.outcome IN {HELD_BACK}),
               count(*) FILTER (WHERE a.outcome IS NULL OR (a.outcome = 'unknown' AND a.send_at > %s)),
               (SELECT count(*) FROM wave w WHERE w.cancelled_at IS NOT NULL AND w.batch_id <> '')
        FROM attempt a JOIN campaign c ON c.id = a.campaign_id AND c.strict WHERE {MAY_BE}
        """,
        [now],
    )[0]
    return int(row[0]) + int(row[2]), int(row[1])
