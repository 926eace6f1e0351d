"""Appends a line to the audit unless there is a recent one: one statement, whether it adds a line or not."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from publication.database.statement_sql import changed

RECORD_UNLESS_RECENT = """
INSERT INTO audit (at, actor_id, verb, object_kind, object_id, detail)
SELECT %(now)s, %(actor)s, %(verb)s, %(kind)s, %(id)s, %(detail)s::jsonb
WHERE NOT EXISTS (
    SELECT FROM audit WHERE object_kind = %(kind)s AND object_id = %(id)s AND verb = %(verb)s AND at > %(since)s
    AND (%(anyone)s OR actor_id = %(actor)s)
)
"""


def record_unless_recent(
    actor_id: int, verb: str, kind: str, object_id: str, detail: Mapping[str, Any], *, now: datetime, since: datetime,
    by_anyone: bool,
) -> bool:  # fmt: skip
    """Whether the line was added. Without `by_anyone` only recent lines of this actor count."""
    values = {"actor": actor_id, "verb": verb, "kind": kind, "id": object_id, "now": now, "since": since, "anyone": by_anyone}
    return changed(RECORD_UNLESS_RECENT, {**values, "detail": json.dumps(detail)}) == 1
