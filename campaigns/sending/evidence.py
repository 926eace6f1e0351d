"""Proof that the provider accepted an attempt: it holds for everyone in that request, and for nobody in another.

The proof is an event that names the attempt, or its own late 202. Recipients who were sent to again meanwhile are listed.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

import structlog

from campaigns.models import DeliveryLog
from campaigns.sending import evidence_sql

log = structlog.get_logger("mailroom.evidence")


def prove(attempt_ids: Sequence[int], proof: Literal["event", "http"] = "event") -> int:
    """Accept everyone in these attempts, inside the caller's transaction; the number of slices moved."""
    if not attempt_ids:
        return 0
    # Lock before looking for duplicates: a gate that commits between the two would be missed.
    evidence_sql.lock_families(attempt_ids)
    doubled = evidence_sql.possible_duplicates(attempt_ids)
    moved = evidence_sql.prove(attempt_ids, proof)
    note_duplicates(doubled)
    return moved


def note_duplicates(doubled: Iterable[tuple[int, int, int, int]]) -> None:
    """Log slices, given as (campaign, slice, attempt, current attempt), in which somebody may have been sent two mails."""
    for campaign_id, slice_id, attempt_id, current in doubled:
        log.error("possible_duplicate", campaign=campaign_id, slice=slice_id, attempt=attempt_id, current=current)
        DeliveryLog.objects.create(
            kind="possible_duplicate", campaign_id=campaign_id, slice_id=slice_id, attempt_id=attempt_id,
            detail={"current_attempt": current},
        )  # fmt: skip
