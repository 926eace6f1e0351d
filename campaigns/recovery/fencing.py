"""Strict campaigns: an attempt without an answer is cancelled at the provider before it is released, then planned again.

Once its release time is past, a cancelled attempt has reached nobody. This module decides and records;
worker/cancel_uncertain.py calls the provider. What the provider does with a cancelled request is documented, and not proven
here (docs/not-proven.md), so a campaign is strict only if staff ask for it. Margins: campaigns/sending/strict_mode.py.
"""

from __future__ import annotations

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

# The provider may look at its queue a little late; only then is what it discarded gone for certain.
AFTER_RELEASE = strict_mode.SKEW + timedelta(minutes=1)
# The cancel itself stays for longer: it costs a place and nothing else.
KEEP_HANDLE = timedelta(minutes=10)

# Handles given back in one round.
AT_ONCE = 50
# One fencer at a time: several would ask the provider the same. Not for safety: each step holds under any number of them.
LOCK = 0x66656E63


# ---------------------------------------------------------------------------------------------------------------- fence
def begin() -> int:
    """Mark what is in doubt, and what a cancelled campaign left with the provider, as being taken back; how many.

    Committed before the provider is asked: no answer of a slow worker counts for them from here on.
    """
    until = strict_mode.cancel_until()
    with transaction.atomic():
        marked = sql.begin_fence(until)
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
    """What is marked and not confirmed, as long as it is in time."""
    return sql.to_cancel(strict_mode.cancel_until())


def confirm(doubtful: HeldBack) -> bool:
    """The provider has just said that the batch is cancelled; False where that came too late to be relied on."""
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
    """The key may not cancel: what goes out from here on could not be taken back either."""
    hold_campaign(audit.system(), doubtful.campaign_id, "credentials", hold_details.text("no-cancel", answer=detail))


# ----------------------------------------------------------------------------------------------------------------- free
def free() -> int:
    """Plan the people again whose attempt was taken back and whose release time is past; the slices freed."""
    with transaction.atomic():
        freed = sql.free(clock.now() - AFTER_RELEASE)
        for slice_id, campaign_id, attempt_id in freed:
            _log("fenced", campaign_id, slice_id, attempt_id)
        failpoint("fence_before_free")
    failpoint("fence_freed")
    return len(freed)


def to_give_back() -> list[tuple[int, str]]:
    """(attempt, batch id) whose cancel the provider need not keep any more."""
    return sql.to_give_back(clock.now() - KEEP_HANDLE, AT_ONCE)


def end_handle(attempt_id: int) -> None:
    """The provider keeps no cancel of this attempt any more."""
    with transaction.atomic():
        ended = sql.end_handle(attempt_id)
        if ended is not None and ended[0] != "discarded":
            # Never confirmed: it may or may not have gone out. Events tell, or an operator decides.
            _log("not_fenced" if ended[0] == "not_fenced" else "not_recalled", ended[1], ended[2], attempt_id)
    failpoint("fence_returned")


def _log(kind: str, campaign_id: int, slice_id: int | None, attempt_id: int) -> None:
    DeliveryLog.objects.create(kind=kind, campaign_id=campaign_id, slice_id=slice_id, attempt_id=attempt_id)
