"""The set-based statements behind `suppressions`: one statement for any number of addresses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

# The address is taken from the subscriber where there is one; an erased person's row has none, and stays without.
# A reason gives way only to a stronger one, so repeating or reordering events ends in the same row.
SUPPRESS = """
INSERT INTO suppression AS old (address_key, address, reason, detail, created_at)
SELECT new.key, COALESCE(NULLIF(new.address, ''), s.address), new.reason, new.detail, %(now)s
FROM unnest(%(keys)s::bytea[], %(addresses)s::text[], %(reasons)s::text[], %(details)s::text[])
    AS new (key, address, reason, detail)
LEFT JOIN subscriber s ON s.address_key = new.key
ORDER BY new.key
ON CONFLICT (address_key) DO UPDATE SET reason = EXCLUDED.reason, detail = EXCLUDED.detail
WHERE array_position(%(ranking)s::text[], EXCLUDED.reason) > array_position(%(ranking)s::text[], old.reason)
RETURNING old.address_key
"""


def suppress(rows: Sequence[tuple[bytes, str, str, str]], ranking: Sequence[str], now: datetime) -> list[bytes]:
    """rows of (key, address or "", reason, detail), each key once; returns the keys that are new or stronger now."""
    keys, addresses, reasons, details = (list(column) for column in zip(*rows, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            SUPPRESS,
            {
                "keys": keys,
                "addresses": addresses,
                "reasons": reasons,
                "details": details,
                "ranking": list(ranking),
                "now": now,
            },
        )
        return [bytes(key) for (key,) in cursor.fetchall()]
