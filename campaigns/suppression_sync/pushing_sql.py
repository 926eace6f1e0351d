"""SQL of pushes: whose suppression the provider does not know yet."""

from collections.abc import Sequence

from publication.database.statement_sql import query


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
