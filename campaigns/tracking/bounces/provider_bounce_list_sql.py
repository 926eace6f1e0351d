"""SQL of removals from the provider's bounce list (unlistings)."""

from __future__ import annotations

from collections.abc import Sequence

from publication.database.statement_sql import changed


def plan(keys: Sequence[bytes]) -> int:
    """Plan each address once; the number of rows that are new or planned again."""
    return changed(
        """
        INSERT INTO unlisting AS old (address_key, state, detail, tries, planned_at)
        SELECT k.key, 'planned', '', 0, clock_timestamp() FROM unnest(%s::bytea[]) AS k (key) ORDER BY k.key
        ON CONFLICT (address_key) DO UPDATE
            SET state = 'planned', detail = '', tries = 0, not_before = NULL, planned_at = EXCLUDED.planned_at, ended_at = NULL
            WHERE old.state <> 'planned'
        """,
        [list(keys)],
    )
