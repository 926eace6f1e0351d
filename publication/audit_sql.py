"""Appends a line to the audit unless there is a recent one, and finds lines, newest first."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from publication.database.statement_sql import changed, column

RECORD_UNLESS_RECENT = """
INSERT INTO audit (at, actor_id, verb, object_kind, object_id, detail)
SELECT %(now)s, %(actor)s, %(verb)s, %(kind)s, %(id)s, %(detail)s::jsonb
WHERE NOT EXISTS (
    SELECT FROM audit WHERE object_kind = %(kind)s AND object_id = %(id)s AND verb = %(verb)s AND at > %(since)s
    AND (%(anyone)s OR actor_id = %(actor)s)
)
"""

# Every statement reads at most `most` entries from one range of an index, or from one for each verb or thing. There are about 200
# verbs, whatever the number of lines: docs/decisions/audit-page.md.
_RANGE = "(line.at, line.id) < (%(before)s, %(before_id)s) AND line.at >= %(since)s"
_NEWEST = "ORDER BY at DESC, id DESC LIMIT %(most)s"
_ALL = f"SELECT line.id FROM audit line WHERE {_RANGE} {_NEWEST}"
_CONDITIONS = f"""
{_RANGE} AND (%(actor)s::bigint IS NULL OR line.actor_id = %(actor)s) AND (%(name)s = '' OR line.detail ->> 'name' = %(name)s)
"""
_OF_THINGS = f"""
SELECT of_thing.id FROM unnest(%(thing_kinds)s::text[], %(thing_ids)s::text[]) AS thing (kind, id)
CROSS JOIN LATERAL (
    SELECT line.at, line.id FROM audit line
    WHERE line.object_kind = thing.kind AND line.object_id = thing.id
      AND (%(verbs)s::text[] IS NULL OR line.verb = ANY(%(verbs)s)) AND {_CONDITIONS}
    {_NEWEST}
) of_thing
{_NEWEST}
"""
_OF_VERBS = f"""
SELECT of_verb.id FROM unnest(%(verbs)s::text[]) AS chosen (verb)
CROSS JOIN LATERAL (
    SELECT line.at, line.id FROM audit line WHERE line.verb = chosen.verb AND {_CONDITIONS} {_NEWEST}
) of_verb
{_NEWEST}
"""
# Every verb that there is, by one look-up in the index for each.
_VERBS = """
WITH RECURSIVE known AS (
    (SELECT verb FROM audit ORDER BY verb LIMIT 1)
    UNION ALL
    SELECT (SELECT line.verb FROM audit line WHERE line.verb > known.verb ORDER BY line.verb LIMIT 1) FROM known
    WHERE known.verb IS NOT NULL
)
SELECT verb FROM known WHERE verb IS NOT NULL
"""


def newest_ids(
    *, actor: int | None, verbs: Sequence[str] | None, things: Sequence[tuple[str, str]] | None, name: str, since: datetime,
    before: tuple[datetime, int], most: int,
) -> list[int]:  # fmt: skip
    """The ids of the newest lines before a line. None means any. `name`: what `detail` has under this key, empty for any."""
    statement = _OF_THINGS if things is not None else _OF_VERBS if verbs is not None or actor is not None or name else _ALL
    if statement == _OF_VERBS and verbs is None:
        verbs = column(_VERBS)
    return column(
        statement,
        {
            "actor": actor, "verbs": verbs, "name": name, "since": since, "before": before[0], "before_id": before[1],
            "most": most, "thing_kinds": [kind for kind, _ in things or ()], "thing_ids": [number for _, number in things or ()],
        },
    )  # fmt: skip


def record_unless_recent(
    actor_id: int, verb: str, kind: str, object_id: str, detail: Mapping[str, Any], *, now: datetime, since: datetime,
    by_anyone: bool,
) -> bool:  # fmt: skip
    """Whether the line was added. Without `by_anyone` only recent lines of this actor count."""
    values = {"actor": actor_id, "verb": verb, "kind": kind, "id": object_id, "now": now, "since": since, "anyone": by_anyone}
    return changed(RECORD_UNLESS_RECENT, {**values, "detail": json.dumps(detail)}) == 1
