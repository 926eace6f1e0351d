"""SQL of pulls: the entries that were seen on the provider's lists."""

from collections.abc import Sequence
from datetime import datetime

from publication.database.statement_sql import query


def note_entries(which: str, rows: Sequence[tuple[bytes, datetime | None]], now: datetime) -> None:
    """Store which addresses are on a list, and since when: rows of (key, time), each key once."""
    query(
        """
        INSERT INTO provider_list_entry AS old (address_key, list, listed_at, seen_at)
        SELECT e.key, %s, e.at, %s FROM unnest(%s::bytea[], %s::timestamptz[]) AS e (key, at) ORDER BY e.key
        ON CONFLICT (address_key, list) DO UPDATE SET listed_at = EXCLUDED.listed_at, seen_at = EXCLUDED.seen_at
        """,
        [which, now, [key for key, _ in rows], [at for _, at in rows]],
    )


def forget_unseen(which: str, since: datetime) -> None:
    """Remove entries that a complete pull which began at `since` did not see: the provider has removed them."""
    query("DELETE FROM provider_list_entry WHERE list = %s AND seen_at < %s", [which, since])
