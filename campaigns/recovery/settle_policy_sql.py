"""SQL of the policy `settle`: attempts without evidence, and attempts of the same minute that have some.

An attempt is "due" once events of it can come: from its gate, or from its release if the provider was to wait.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from campaigns.states import move_of
from publication.database.statement_sql import column, exists, query

CONTROL_SECONDS = 60
# Ids are drawn in the order of the reads, at most one claim's lease before the gate. So even at a hundred attempts a second,
# attempts of the same minute and a half are at most this many ids apart.
ID_REACH = 10_000
AT_ONCE = 200


class Unproved(NamedTuple):
    """An uncertain slice whose attempt is not named by any event; the row is locked."""

    slice_id: int
    campaign_id: int
    attempt_id: int
    people: int
    cancelled: bool


_UNPROVED = """
    FROM slice s JOIN attempt a ON a.id = s.current_attempt_id JOIN campaign c ON c.id = s.campaign_id
    WHERE s.state IN ('unknown', 'held') AND s.proof IS DISTINCT FROM 'restore'
      AND a.outcome = 'unknown' AND a.evidence_at IS NULL AND GREATEST(a.gate_at, a.send_at) < %s
      AND NOT EXISTS (SELECT 1 FROM audit q WHERE q.object_kind = 'publication' AND q.verb = 'quarantine'
                      AND q.at > a.gate_at)
"""


def any_unproved(due_before: datetime) -> bool:
    return exists(f"SELECT 1 {_UNPROVED} LIMIT 1", [due_before])


def lock_unproved(due_before: datetime) -> list[Unproved]:
    """Uncertain slices whose attempt was due before that time and has no evidence.

    Excludes attempts from before a quarantine: they may have been sent again in the lost part. In random order, or slices
    without a control attempt at the head would keep the others from ever being checked.
    """
    rows = query(
        f"SELECT s.id, s.campaign_id, a.id, s.count, c.state = 'cancelled' {_UNPROVED} ORDER BY random() LIMIT {AT_ONCE} "
        "FOR UPDATE OF s SKIP LOCKED FOR SHARE OF c SKIP LOCKED",
        [due_before],
    )
    return [Unproved(*row) for row in rows]


def controlled(attempt_ids: Sequence[int], ripe: datetime) -> dict[int, int]:
    """Attempt -> how many other attempts of the same minute have events, where there are some and nothing contradicts.

    An accepted attempt of that minute that was due before `ripe` and has no events contradicts: the webhook missed events
    at that time. So does a webhook that has received nothing since the gate.
    """
    return dict(
        query(
            """
            SELECT c.id, count(*) FILTER (WHERE n.evidence_at IS NOT NULL)
            FROM attempt c JOIN attempt n ON n.id BETWEEN c.id - %s AND c.id + %s AND n.id <> c.id
             AND GREATEST(n.gate_at, n.send_at) BETWEEN GREATEST(c.gate_at, c.send_at) - make_interval(secs => %s)
                                                    AND GREATEST(c.gate_at, c.send_at) + make_interval(secs => %s)
            WHERE c.id = ANY(%s) AND c.gate_at < (SELECT received_at FROM provider_payload ORDER BY id DESC LIMIT 1)
            GROUP BY c.id
            HAVING count(*) FILTER (WHERE n.evidence_at IS NOT NULL) > 0
               AND count(*) FILTER (WHERE n.http_status = 202 AND n.evidence_at IS NULL
                                    AND GREATEST(n.gate_at, n.send_at) < %s) = 0
            """,
            [ID_REACH, ID_REACH, CONTROL_SECONDS, CONTROL_SECONDS, list(attempt_ids), ripe],
        )
    )


SILENT_MOVES = {
    "planned": move_of(("unknown", "held"), "planned"),
    "abandoned": move_of(("unknown", "held"), "abandoned"),
}


def end_silence(slice_ids: Sequence[int], target: Literal["planned", "abandoned"]) -> list[int]:
    """unknown, held -> planned, or abandoned where nothing more is sent, by the policy `settle`; the ids of slices moved."""
    sources, state = SILENT_MOVES[target]
    return column(
        "UPDATE slice SET state = %s, reason = 'no evidence', proof = 'policy settle', not_before = NULL, "
        "lease_until = NULL, claim = NULL WHERE id = ANY(%s) AND state = ANY(%s) RETURNING id",
        [state, list(slice_ids), list(sources)],
    )
