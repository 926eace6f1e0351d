"""The strict mode ("fence"): what was sent and never answered is taken back at the provider before it is released.

Each attempt of a strict campaign has a handle of its own and waits at the provider until `send_at`. One that is in doubt
is cancelled; once its release time is past it has reached nobody and its people are planned again. This module decides
and records; worker/cancel_uncertain.py asks the provider. What the provider does with a cancelled request is documented, and not
proven here (docs/not-proven.md): so the mode is off unless a campaign asks for it.

All times are of publication.clock. The margins:
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

import structlog
from django.db import transaction

from campaigns.models import DeliveryLog
from campaigns.recovery import fencing_sql as sql
from campaigns.states import hold_campaign
from config.failpoints import failpoint
from publication import audit, clock

log = structlog.get_logger("mailroom.fence")

# How long the provider keeps a request after the gate, at least.
HOLD = timedelta(minutes=20)
# Between the handle and the gate lies at most a claim's lease (30 s); send_at is in whole seconds.
BEFORE_THE_GATE = timedelta(minutes=1)
# Documented: a cancel works until 10 minutes before the release.
TOO_LATE = timedelta(minutes=10)
# Our clocks and the provider's may differ by so much, in either direction.
SKEW = timedelta(minutes=1)
# The provider may look at its queue a little late; only then is what it discarded gone for certain.
AFTER_RELEASE = SKEW + timedelta(minutes=1)
# The cancel itself stays for longer: it costs a place and nothing else.
KEEP_HANDLE = timedelta(minutes=10)

# The provider holds about 100 cancels at once; ten are left for whoever needs one by hand.
MOST_PLACES = 90
# Until a slice that found no place is due again.
WAIT_SECONDS = 15.0
# Handles given back in one round.
AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Doubtful:
    """An attempt to be cancelled at the provider."""

    attempt_id: int
    campaign_id: int
    batch_id: str


# ----------------------------------------------------------------------------------------------------------------- gate
is_strict = sql.is_strict


def release_time(not_before: datetime | None = None) -> datetime:
    """`send_at` for a request whose gate comes now: HOLD after it at least, in whole seconds; later for a later wave."""
    earliest = clock.now() + HOLD + BEFORE_THE_GATE
    wanted = max(earliest, not_before) if not_before else earliest
    return wanted.replace(microsecond=0) + timedelta(seconds=1 if wanted.microsecond else 0)


def has_place() -> bool:
    """Whether one more strict attempt could be taken back if it had to be. A look ahead; the gate decides."""
    held, may_need = sql.count_places(clock.now())
    return held + may_need < MOST_PLACES


def may_commit(campaign_id: int, send_at: datetime) -> bool:
    """Inside a gate's transaction: not strict, or its release is far enough away and there is a place for it.

    Whatever is on the wire counts as if it had to be taken back, and strict gates count one after the other: so there
    are never more than MOST_PLACES attempts that are held back, uncertain or on the wire together.
    """
    if not sql.is_strict(campaign_id):
        return True
    now = clock.now()
    if send_at - now < HOLD:
        return False
    sql.lock_places()
    held, may_need = sql.count_places(now)
    return held + may_need < MOST_PLACES


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
    return clock.now() + TOO_LATE + SKEW


def begin() -> int:
    """Mark what is in doubt, and what a cancelled campaign left with the provider, as being taken back; how many.

    Committed before the provider is asked: no answer of a slow worker counts for them from here on.
    """
    until = _cancel_until()
    with transaction.atomic():
        marked = sql.begin_fence(until)
        for attempt_id, campaign_id, slice_id in marked:
            _log("fencing", campaign_id, slice_id, attempt_id)
        sql.lock_places()
        held, may_need = sql.count_places(clock.now())
        room = max(0, MOST_PLACES - held - may_need)
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
        outcome = sql.confirm(doubtful.attempt_id, clock.now(), _cancel_until(), (HOLD - TOO_LATE - SKEW).total_seconds())
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
class Telling(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def attempt_id(self) -> int | None: ...


Event = TypeVar("Event", bound=Telling)


def heed(batch: Sequence[Event]) -> list[Event]:
    """The events without those that say, as they should, that mail we had taken back was dropped.

    Any other event of such an attempt says that the provider released it all the same. It is applied like every event
    (its people are accepted, and listed as a possible duplicate where they were sent to again), the campaign is held,
    and nobody more in it is freed on the provider's word.
    """
    named = {event.attempt_id for event in batch if event.attempt_id is not None and event.kind != "other"}
    dead = {row[0]: row for row in sql.dead_among(sorted(named))}
    if not dead:
        return list(batch)
    kept = [event for event in batch if not (event.kind == "dropped" and event.attempt_id in dead)]
    for attempt_id in sorted(dead.keys() & {event.attempt_id for event in kept if event.kind != "other"}):
        _, campaign_id, slice_id, told = dead[attempt_id]
        if not told:
            log.error("fence_broken", campaign=campaign_id, slice=slice_id, attempt=attempt_id)
            _log("fence_broken", campaign_id, slice_id, attempt_id)
            detail = f"the provider released attempt {attempt_id}, which it had confirmed as cancelled"
            hold_campaign(audit.system(), campaign_id, "provider", detail)
    return kept


def _log(kind: str, campaign_id: int, slice_id: int | None, attempt_id: int) -> None:
    DeliveryLog.objects.create(kind=kind, campaign_id=campaign_id, slice_id=slice_id, attempt_id=attempt_id)
