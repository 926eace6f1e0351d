"""The hand-written SQL of waves: opened when their hour is near, given one handle of the provider, taken back by it.

What a wall clock decides comes in as a parameter; leases and `not_before` are the database's own time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from publication.statement_sql import changed, query

# `not_before` of slices whose wave is not open: no clock of a database comes there, no driver stumbles over it.
SHUT = datetime(9999, 1, 1, tzinfo=UTC)


def insert(campaign_id: int, moments: Sequence[datetime]) -> None:
    """One wave per moment, numbered from 1 in their order."""
    changed(
        "INSERT INTO wave (campaign_id, number, release_at, batch_id) "
        "SELECT %s, m.number, m.at, '' FROM unnest(%s::timestamptz[]) WITH ORDINALITY AS m (at, number)",
        [campaign_id, list(moments)],
    )


def shut(campaign_id: int) -> int:
    """Keep the slices of waves from being claimed until their wave is opened."""
    return changed("UPDATE slice SET not_before = %s WHERE campaign_id = %s AND wave > 0", [SHUT, campaign_id])


def open_until(campaign_id: int, until: datetime) -> int:
    """Let the slices of all waves that are released at or before `until` be claimed; the slices opened."""
    return changed(
        """
        UPDATE slice s SET not_before = NULL FROM wave w
        WHERE s.campaign_id = %s AND s.state = 'planned' AND s.not_before = %s
          AND w.campaign_id = s.campaign_id AND w.number = s.wave AND w.release_at <= %s
        """,
        [campaign_id, SHUT, until],
    )


def due_to_open(until: datetime) -> list[tuple[int, datetime]]:
    """(campaign, the earliest release of a wave still shut) of sending campaigns with a wave to be opened by now."""
    return query(
        """
        SELECT c.id, min(w.release_at) FROM campaign c JOIN wave w ON w.campaign_id = c.id
        WHERE c.state = 'sending' AND c.local_time AND w.release_at <= %s
          AND EXISTS (SELECT 1 FROM slice s WHERE s.campaign_id = c.id AND s.wave = w.number AND s.state = 'planned'
                      AND s.not_before = %s)
        GROUP BY c.id ORDER BY c.id
        """,
        [until, SHUT],
    )


def of_slice(slice_id: int) -> tuple[int, datetime, str] | None:
    """(id, release, batch id) of the wave this slice belongs to; None where it has none."""
    rows = query(
        "SELECT w.id, w.release_at, w.batch_id FROM slice s JOIN wave w ON w.campaign_id = s.campaign_id AND w.number = s.wave "
        "WHERE s.id = %s AND s.wave > 0",
        [slice_id],
    )
    return rows[0] if rows else None


def keep_batch(wave_id: int, batch_id: str) -> str:
    """Give the wave this handle unless it has one by now; the one it has."""
    changed("UPDATE wave SET batch_id = %s WHERE id = %s AND batch_id = ''", [batch_id, wave_id])
    return str(query("SELECT batch_id FROM wave WHERE id = %s", [wave_id])[0][0])
