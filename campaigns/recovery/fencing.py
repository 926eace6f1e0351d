"""Strict campaigns: an attempt without an answer is cancelled at the provider before its release, then planned again.

Once its release time has passed, a cancelled attempt has reached nobody. This module decides and records;
worker/cancelling/cancel_uncertain.py calls the provider. SendGrid documents what happens to a cancelled request, but we have not
proven it (docs/not-proven.md). So a campaign is strict only if staff ask for it. Margins: campaigns/sending/strict_mode.py.
"""

from datetime import timedelta

from django.db import transaction

from campaigns import hold_details
from campaigns.models import DeliveryLog
from campaigns.recovery import fencing_sql as sql
from campaigns.sending import strict_mode, strict_mode_sql
from campaigns.sending.strict_mode_sql import HeldBack
from campaigns.states import hold_campaign
from config.failpoints import failpoint
from publication import audit, clock

# The provider may process its queue a little late. Only after this margin is a cancelled request certainly discarded.
AFTER_RELEASE = strict_mode.SKEW + timedelta(minutes=1)
# The cancel itself is kept longer; that only costs a place.
KEEP_HANDLE = timedelta(minutes=10)

# Handles returned in one round.
AT_ONCE = 50
# One fencer at a time, because several would send the provider the same calls. Safety does not depend on it.
LOCK = 0x66656E63


# ---------------------------------------------------------------------------------------------------------------- fence
def begin() -> int:
    """Mark uncertain attempts, and mail of cancelled campaigns that the provider still keeps, to be taken back; how many.

    Committed before the provider is called: from here on a slow worker's answer to these attempts is ignored.
    """
    until = strict_mode.cancel_until()
    with transaction.atomic():
        marked = sql.begin_cancel(until)
        for attempt_id, campaign_id, slice_id in marked:
            _log("fencing", campaign_id, slice_id, attempt_id)
        strict_mode_sql.lock_places()
        room = max(0, strict_mode.MOST_PLACES - strict_mode_sql.count_places(clock.now()))
        recalled = sql.begin_recall(until, clock.now() - timedelta(days=4), room) if room else []
        for attempt_id, campaign_id, slice_id in recalled:
            _log("recalling", campaign_id, slice_id, attempt_id)
        failpoint("fence_before_mark")
    failpoint("fence_marked")
    return len(marked) + len(recalled)


def to_cancel() -> list[HeldBack]:
    """The attempts that are marked and not confirmed, as long as a cancel still counts."""
    return sql.to_cancel(strict_mode.cancel_until())


def confirm(doubtful: HeldBack) -> bool:
    """Record that the provider has just confirmed the cancel of the batch; False where that came too late to count."""
    with transaction.atomic():
        most_seconds = (strict_mode.HOLD - strict_mode.TOO_LATE - strict_mode.SKEW).total_seconds()
        outcome = sql.confirm(doubtful.id, clock.now(), strict_mode.cancel_until(), most_seconds)
        if outcome == "recalled":
            sql.drop_recalled(doubtful.id)
            _log("recalled", doubtful.campaign_id, None, doubtful.id)
        failpoint("fence_before_confirm")
    failpoint("fence_confirmed")
    return outcome is not None


def refused(doubtful: HeldBack, detail: str) -> None:
    """Hold the campaign because the key may not cancel: what is sent from here on could not be taken back either."""
    hold_campaign(audit.system(), doubtful.campaign_id, "credentials", hold_details.text("no-cancel", answer=detail))


# ----------------------------------------------------------------------------------------------------------------- free
def free() -> int:
    """Plan the recipients of cancelled attempts again once the release time has passed; the number of slices freed."""
    with transaction.atomic():
        freed = sql.free(clock.now() - AFTER_RELEASE)
        for slice_id, campaign_id, attempt_id in freed:
            _log("fenced", campaign_id, slice_id, attempt_id)
        failpoint("fence_before_free")
    failpoint("fence_freed")
    return len(freed)


def to_give_back() -> list[tuple[int, str]]:
    """(attempt, batch id) of cancels that the provider no longer needs to keep."""
    return sql.to_give_back(clock.now() - KEEP_HANDLE, AT_ONCE)


def end_handle(attempt_id: int) -> None:
    """Record that the provider no longer keeps a cancel of this attempt."""
    with transaction.atomic():
        ended = sql.end_handle(attempt_id)
        if ended is not None and ended[0] != "discarded":
            # Never confirmed: it may or may not have gone out. An event proves it, or staff decide.
            _log("not_fenced" if ended[0] == "not_fenced" else "not_recalled", ended[1], ended[2], attempt_id)
    failpoint("fence_returned")


def _log(kind: str, campaign_id: int, slice_id: int | None, attempt_id: int) -> None:
    DeliveryLog.objects.create(kind=kind, campaign_id=campaign_id, slice_id=slice_id, attempt_id=attempt_id)
