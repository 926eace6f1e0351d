"""SQL of strict campaigns: how many requests the provider may have to take back at once."""

from datetime import datetime
from typing import NamedTuple

from publication.database.statement_sql import exists, number, query

PLACE_LOCK = 0x706C6163  # strict gates count the provider's places one after the other

# Attempts of which the provider keeps a cancel, or may have to soon; the index attempt_held_back serves this.
HELD_BACK = "('fencing', 'fenced', 'recalling', 'recalled')"

MAY_BE = f"a.batch_id IS NOT NULL AND (a.outcome IS NULL OR a.outcome = 'unknown' OR a.outcome IN {HELD_BACK})"


class HeldBack(NamedTuple):
    """An attempt or wave that the provider keeps until its release, and the handle to cancel it."""

    id: int
    campaign_id: int
    batch_id: str


def is_strict(campaign_id: int) -> bool:
    return exists("SELECT 1 FROM campaign WHERE id = %s AND strict", [campaign_id])


def lock_places() -> None:
    """Prevent other strict gates from counting or committing until the transaction ends."""
    query("SELECT pg_advisory_xact_lock(%s)", [PLACE_LOCK])


def count_places(now: datetime) -> int:
    """The number of cancels that the provider keeps for us, as far as we know, plus the attempts that may still need one.

    The latter are strict attempts whose request is under way, and uncertain ones whose release is still to come.
    """
    return number(
        f"""
        SELECT count(*) FILTER (WHERE a.outcome IN {HELD_BACK})
             + count(*) FILTER (WHERE a.outcome IS NULL OR (a.outcome = 'unknown' AND a.send_at > %s))
             + (SELECT count(*) FROM wave w WHERE w.cancelled_at IS NOT NULL AND w.batch_id <> '')
        FROM attempt a JOIN campaign c ON c.id = a.campaign_id AND c.strict WHERE {MAY_BE}
        """,
        [now],
    )
