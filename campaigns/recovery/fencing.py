"""Strict campaigns: an attempt without an answer is cancelled at the provider before it is released, then planned again.

Once its release time is past, a cancelled attempt has reached nobody. This module decides and records;
worker/cancel_uncertain.py calls the provider. What the provider does with a cancelled request is documented, and not proven
here (docs/not-proven.md), so a campaign is strict only if staff ask for it. Margins: campaigns/sending/strict_mode.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from campaigns.models import DeliveryLog
from campaigns.recovery import fencing_sql as sql
from campaigns.sending import strict_mode, strict_mode_sql
from campaigns.states import hold_campaign
from config.failpoints import failpoint
from publication import audit, clock

# The provider may look at its queue a little late; only then is what it discarded gone for certain.
AFTER_RELEASE = strict_mode.SKEW + timedelta(minutes=1)
# The cancel itself stays for longer: it costs a place and nothing else.
KEEP_HANDLE = timedelta(minutes=10)

# Handles given back in one round.
AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Doubtful:
    """An attempt to be cancelled at the provider."""

    attempt_id: int
    campaign_id: int
    batch_id: str


# ---------------------------------------------------------------------------------------------------------------- fence
@contextmanager
def alone() -> Iterator[bool]:
    """Whether this process is the one that fences now. Not for safety: each step holds under any number of fencers."""
    mine = sql.take_fence_lock()
    try:
        yield mine
    finally:
        if mine:
            sql.leave_fence_lock()


def _cancel_until() -> datetime:
    """A cancel that is confirmed now counts for what is released later than this."""
    return clock.now() + strict_mode.TOO_LATE + strict_mode.SKEW


def begin() -> int:
    """Mark what is in doubt, and what a cancelled campaign left with the provider, as being taken back; how many.

    Committed before the provider is asked: no answer of a slow worker counts for them from here on.
    """
    until = _cancel_until()
    with transaction.atomic():
        marked = sql.begin_fence(until)
        for attempt_id, campaign_id, slice_id in marked:
            _log("fencing", campaign_id, slice_id, attempt_id)
        strict_mode_sql.lock_places()
        held, may_need = strict_mode_sql.count_places(clock.now())
        room = max(0, strict_mode.MOST_PLACES - held - may_need)
        recalled = sql.begin_recall(until, clock.now() - timedelta(days=4), room) if room else []
        for attempt_id, campaign_id, slice_id in recalled:
            _log("recalling", campaign_id, slice_id, attempt_id)
        failpoint("fence_before_mark")
    failpoint("fence_marked")
    return len(marked) + len(recalled)


def to_cancel() -> list[Doubtful]:
    """What is marked and not confirmed, as long as it is in time."""
    return [Doubtful(*row) for row in sql.to_cancel(_cancel_until())]


def confirm(doubtful: Doubtful) -> bool:
    """The provider has just said that the batch is cancelled; False where that came too late to be relied on."""
    with transaction.atomic():
        outcome = sql.confirm(
            doubtful.attempt_id,
            clock.now(),
            _cancel_until(),
            (strict_mode.HOLD - strict_mode.TOO_LATE - strict_mode.SKEW).total_seconds(),
        )
        if outcome == "recalled":
            sql.drop_recalled(doubtful.attempt_id)
            _log("recalled", doubtful.campaign_id, None, doubtful.attempt_id)
        failpoint("fence_before_confirm")
    failpoint("fence_confirmed")
    return outcome is not None


def refused(doubtful: Doubtful, detail: str) -> None:
    """The key may not cancel: what goes out from here on could not be taken back either."""
    hold_campaign(audit.system(), doubtful.campaign_id, "credentials", f"scheduled sends: {detail}")


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


# --------------------------------------------------------------------------------------------------------------- events


def _log(kind: str, campaign_id: int, slice_id: int | None, attempt_id: int) -> None:
    DeliveryLog.objects.create(kind=kind, campaign_id=campaign_id, slice_id=slice_id, attempt_id=attempt_id)
