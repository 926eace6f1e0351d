"""SQL of the synchronisation: the entries that were seen on the lists, and whose suppression the provider does not know yet."""

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


def list_unpushed(reasons: Sequence[str], unsubscribes: str, most: int) -> list[tuple[bytes, str]]:
    """(key, address) of people who are suppressed for good for one of these reasons, and were not put on the list yet.

    Left out: erased people, suppressions that end by themselves, addresses that the list has anyway, addresses that SendGrid
    and others do not accept (no @, not ASCII), and those whose lift is under way.
    """
    rows = query(
        """
        SELECT x.address_key, COALESCE(s.address, x.address) FROM suppression x
        LEFT JOIN subscriber s ON s.address_key = x.address_key
        WHERE x.reason = ANY(%(reasons)s) AND x.erased_at IS NULL AND x.expires_at IS NULL
          AND COALESCE(s.address, x.address) ~ '^[!-~]+@[!-~]+$'
          AND NOT EXISTS (SELECT FROM lift_request l WHERE l.address_key = x.address_key)
          AND NOT EXISTS (SELECT FROM provider_list_entry e WHERE e.address_key = x.address_key AND e.list = %(list)s)
          AND NOT EXISTS (SELECT FROM provider_list_change c
                          WHERE c.address_key = x.address_key AND c.list = %(list)s AND (c.change = 'add' OR c.state <> 'done'))
        ORDER BY x.id LIMIT %(most)s
        """,
        {"reasons": list(reasons), "list": unsubscribes, "most": most},
    )
    return [(bytes(key), address) for key, address in rows]
