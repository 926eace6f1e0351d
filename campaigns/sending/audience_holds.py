"""Puts campaigns on hold whose recipients cannot be chosen: the segment, or a condition of the issue, cannot be used any more."""

from functools import reduce
from operator import or_

from django.db.models import Q

from campaigns.models import Campaign
from campaigns.states import hold_campaign
from publication import audit
from subscribers.segments import compiler, segment_fields
from subscribers.segments.grammar import SegmentError

NOT_MEASURED = "not_measured"  # the error of a field about what is not measured


def hold(campaign_id: int, error: SegmentError) -> bool:
    """Put the campaign on hold with the reason that fits the error; False where its state does not allow it."""
    reason = "unmeasured" if error.code == NOT_MEASURED else "audience"
    return hold_campaign(audit.system(), campaign_id, reason, str(error))


def hold_scheduled() -> list[int]:
    """Hold scheduled campaigns whose segment asks for what is not measured any more, long before they are due; the ids.

    Staff learn of it at once, not at the hour of sending.
    """
    fields = [field for field in segment_fields.newer("UTC").values() if field.scope]
    named = reduce(or_, [Q(segment_text__contains=field.name) for field in fields])
    scheduled = list(Campaign.objects.filter(named, state="scheduled").values_list("id", "segment_text"))
    if not scheduled or all(field.is_measured() for field in fields):
        return []
    return [
        campaign_id for campaign_id, text in scheduled if (error := _unmeasured(text)) is not None and hold(campaign_id, error)
    ]


def _unmeasured(text: str) -> SegmentError | None:
    try:
        compiler.compile_stored(text)
    except SegmentError as error:
        return error if error.code == NOT_MEASURED else None
    return None
