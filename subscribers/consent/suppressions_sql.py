"""The set-based statements behind `suppressions`: one statement for any number of addresses."""

from collections.abc import Sequence
from datetime import datetime

from publication.database.statement_sql import query

# The address is taken from the subscriber if there is one; an erased person's row has no address and stays without one.
# Repeated or reordered events give the same row:
# - only a stronger reason replaces a reason;
# - of two events with the same reason the earlier one stays; but `soft_bounces` is counted anew each time, so the last
#   count stays, and what staff decided (no evidence_at) replaces what an event found;
# - a suppression that ends by itself never replaces one without an end, and gives way to it, except to a count of bounces, which
#   a delivery would clear; staff may move the end;
# - events from before somebody lifted this reason, or a stronger one, do not suppress again;
# - of several rows with one key the strongest reason counts, then the decision of a person, then the earliest event. Rows from
#   before a lift are dropped first, because they must not hide a later one.
SUPPRESS = """
INSERT INTO suppression AS old
    (address_key, address, reason, detail, cause, evidence_at, created_at, origin, expires_at, actor_id)
SELECT DISTINCT ON (new.key)
       new.key, COALESCE(NULLIF(new.address, ''), s.address), new.reason, new.detail, new.cause, new.at, %(now)s, new.origin,
       new.until, %(actor)s::bigint
FROM unnest(%(keys)s::bytea[], %(addresses)s::text[], %(reasons)s::text[], %(details)s::text[], %(causes)s::text[],
            %(times)s::timestamptz[], %(origins)s::text[], %(ends)s::timestamptz[])
    AS new (key, address, reason, detail, cause, at, origin, until)
LEFT JOIN subscriber s ON s.address_key = new.key
WHERE NOT EXISTS (SELECT FROM suppression_lift l WHERE l.address_key = new.key AND l.at >= new.at
    AND array_position(%(ranking)s::text[], l.reason) >= array_position(%(ranking)s::text[], new.reason))
ORDER BY new.key, array_position(%(ranking)s::text[], new.reason) DESC, new.at NULLS FIRST, new.detail COLLATE "C"
ON CONFLICT (address_key) DO UPDATE
    SET reason = EXCLUDED.reason, detail = EXCLUDED.detail, cause = EXCLUDED.cause, evidence_at = EXCLUDED.evidence_at,
        origin = EXCLUDED.origin, expires_at = EXCLUDED.expires_at, actor_id = EXCLUDED.actor_id
WHERE array_position(%(ranking)s::text[], EXCLUDED.reason) > array_position(%(ranking)s::text[], old.reason)
        AND (EXCLUDED.expires_at IS NULL OR old.expires_at IS NOT NULL)
   OR old.expires_at IS NOT NULL AND EXCLUDED.expires_at IS NULL AND EXCLUDED.reason <> 'soft_bounces'
   OR EXCLUDED.reason = old.reason AND old.expires_at <> EXCLUDED.expires_at
   OR EXCLUDED.reason = old.reason AND old.evidence_at IS NOT NULL AND EXCLUDED.expires_at IS NULL AND CASE
        WHEN EXCLUDED.evidence_at IS NULL THEN true
        WHEN old.reason = 'soft_bounces'
            THEN (EXCLUDED.detail, EXCLUDED.cause, EXCLUDED.evidence_at) <> (old.detail, old.cause, old.evidence_at)
        ELSE (EXCLUDED.evidence_at, EXCLUDED.detail) < (old.evidence_at, old.detail) END
RETURNING old.reason
"""


def suppress(
    rows: Sequence[tuple[bytes, str, str, str, str, datetime | None, str, datetime | None]], ranking: Sequence[str],
    now: datetime, actor_id: int | None,
) -> list[str]:  # fmt: skip
    """Rows of (key, address or "", reason, detail, cause, time of the evidence, origin, end); the reasons of the changed keys.

    `actor_id`: the staff who decided it.
    """
    names = ("keys", "addresses", "reasons", "details", "causes", "times", "origins", "ends")
    columns = (list(column) for column in zip(*rows, strict=True))
    changed = query(SUPPRESS, {**dict(zip(names, columns, strict=True)), "ranking": list(ranking), "now": now, "actor": actor_id})
    return [reason for (reason,) in changed]


def remember_lifts(rows: Sequence[tuple[bytes, str, int | None]], now: datetime, detail: str) -> None:
    """Record the lifted (key, reason, actor) rows, so that old events do not suppress again, and why staff lifted them."""
    query(
        "INSERT INTO suppression_lift AS old (address_key, reason, at, detail, actor_id) "
        "SELECT l.key, l.reason, %s, %s, l.actor FROM unnest(%s::bytea[], %s::text[], %s::bigint[]) AS l (key, reason, actor) "
        "ON CONFLICT (address_key, reason) DO UPDATE SET at = GREATEST(old.at, EXCLUDED.at), detail = EXCLUDED.detail, "
        "actor_id = EXCLUDED.actor_id",
        [now, detail, *map(list, zip(*rows, strict=True))],
    )
