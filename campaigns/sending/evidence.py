"""Proof that the provider accepted an attempt: it proves everyone in that request, and nobody in another.

The proof is an event that names the attempt, or its own 202 come too late. Whoever was sent to again meanwhile is listed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import structlog

from campaigns.models import DeliveryLog
from campaigns.sending import evidence_sql

log = structlog.get_logger("mailroom.evidence")


def prove(attempt_ids: Sequence[int], proof: Literal["event", "http"] = "event") -> int:
    """Everyone in these attempts is accepted, inside the caller's transaction; the slices moved."""
    if not attempt_ids:
        return 0
    # Locked before the look: a gate that commits between the two would go unlisted.
    evidence_sql.lock_families(attempt_ids)
    doubled = evidence_sql.possible_duplicates(attempt_ids)
    moved = evidence_sql.prove(attempt_ids, proof)
    for campaign_id, slice_id, attempt_id, current in doubled:
        log.error("possible_duplicate", campaign=campaign_id, slice=slice_id, attempt=attempt_id, current=current)
        DeliveryLog.objects.create(
            kind="possible_duplicate", campaign_id=campaign_id, slice_id=slice_id, attempt_id=attempt_id,
            detail={"current_attempt": current},
        )  # fmt: skip
    return moved
