"""Appends a line to the consent ledger unless there is a recent one: one statement, whether it adds a line or not."""

import json
from collections.abc import Mapping
from datetime import datetime

from publication.database.statement_sql import changed

RECORD_UNLESS_RECENT = """
INSERT INTO consent_record (at, subscriber_id, list_id, act, source, proof, wording_id, detail)
SELECT %(now)s, %(person)s, %(list)s, %(act)s, %(source)s, %(proof)s, %(wording)s, %(detail)s::jsonb
WHERE NOT EXISTS (
    SELECT FROM consent_record WHERE subscriber_id = %(person)s AND list_id = %(list)s AND act = %(act)s AND at > %(since)s
    AND wording_id IS NOT DISTINCT FROM %(wording)s
)
"""


def record_unless_recent(
    act: str, person: int, list_id: int, source: str, proof: str, wording_id: int | None, detail: Mapping[str, int], *,
    now: datetime, since: datetime,
) -> bool:  # fmt: skip
    """Whether the line was added. Another wording is another line."""
    values = {"act": act, "person": person, "list": list_id, "source": source, "proof": proof, "wording": wording_id}
    return changed(RECORD_UNLESS_RECENT, {**values, "detail": json.dumps(detail), "now": now, "since": since}) == 1
