"""Events of attempts whose cancel the provider confirmed: expected drops are ignored, a release holds the campaign."""

import structlog

from campaigns import hold_details
from campaigns.models import DeliveryLog
from campaigns.states import hold_campaign
from campaigns.tracking import events_sql as sql
from campaigns.tracking.event_effects import EFFECTS
from campaigns.tracking.event_inbox_sql import StoredEvent
from publication import audit
from transport.provider_events import EventKind

log = structlog.get_logger("mailroom.fence")


def filter_and_hold_released(batch: list[StoredEvent]) -> list[StoredEvent]:
    """Remove the expected events: those that report as dropped what we had taken back.

    Any other event of such an attempt means that the provider released it nevertheless. That event is applied like any
    other: its people become accepted, and possible duplicates if they were sent to again. The campaign is put on hold, and
    no more of its recipients are freed by the provider's confirmations.
    """
    named = {
        event.attempt_id for event in batch if event.attempt_id is not None and EFFECTS[event.kind].proves_acceptance
    }  # fmt: skip
    dead = {row[0]: row for row in sql.dead_among(sorted(named))}
    if not dead:
        return batch
    kept = [event for event in batch if not (event.kind == EventKind.DROPPED and event.attempt_id in dead)]
    for attempt_id in sorted(dead.keys() & {event.attempt_id for event in kept if EFFECTS[event.kind].proves_acceptance}):
        _, campaign_id, slice_id, is_logged = dead[attempt_id]
        if not is_logged:
            log.error("fence_broken", campaign=campaign_id, slice=slice_id, attempt=attempt_id)
            DeliveryLog.objects.create(kind="fence_broken", campaign_id=campaign_id, slice_id=slice_id, attempt_id=attempt_id)
            detail = hold_details.text("released", attempt=attempt_id)
            hold_campaign(audit.system(), campaign_id, "provider", detail)
    return kept
