"""Waves of a cancelled campaign that the provider keeps for later: which to take back, and what became of their people.

This module decides and records; worker/cancel_waves.py asks the provider. A cancel counts only if the provider confirmed it
ten minutes before the release: what is nearer than that cannot be taken back, and is said so.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from campaigns.models import DeliveryLog
from campaigns.sending import cancelling_sql
from campaigns.sending import waves_sql as sql
from campaigns.sending.strict_mode import SKEW, TOO_LATE
from publication import clock

KEEP_HANDLE = timedelta(hours=1)  # after the release, should the provider be late; it keeps 100 cancels at most


@dataclass(frozen=True, slots=True)
class Kept:
    """A wave the provider keeps, by its handle."""

    wave_id: int
    campaign_id: int
    batch_id: str


@dataclass(frozen=True, slots=True)
class WithProvider:
    """How many recipients' mail the provider keeps for later: a cancel takes back the first, not the second."""

    recallable: int
    leaving: int

    def __bool__(self) -> bool:
        return bool(self.recallable or self.leaving)


def _reach() -> datetime:
    """A cancel confirmed now counts for what is released later than this."""
    return clock.now() + TOO_LATE + SKEW


def with_provider(campaign_id: int) -> WithProvider:
    return WithProvider(*sql.count_kept(campaign_id, clock.now(), _reach()))


def to_cancel() -> list[Kept]:
    return [Kept(*row) for row in sql.to_cancel(_reach())]


def confirm(kept: Kept) -> bool:
    """The provider has just said that it will discard the wave; False where that came too late to be relied on."""
    with transaction.atomic():
        confirmed = bool(sql.confirm(kept.wave_id, clock.now(), _reach()))
        if confirmed:
            DeliveryLog.objects.create(kind="wave_cancelled", campaign_id=kept.campaign_id, detail={"wave": kept.wave_id})
    return confirmed


def sweep() -> int:
    """Settle the people of cancelled waves, those too whose answer came after the cancel; the slices moved.

    accepted -> dropped. Of who is unknown nobody will get it either: planned, and skipped with the cancelled campaign.
    """
    now = clock.now()
    with transaction.atomic():
        moved = sql.drop_accepted(now)
        for campaign_id in sql.free_unknown(now):
            moved += cancelling_sql.cancel_slices(campaign_id)
    return moved


def to_give_back() -> list[tuple[int, str]]:
    """(wave, batch id) whose cancel the provider need not keep any more."""
    return sql.with_handle(clock.now() - KEEP_HANDLE)


def end_handle(wave_id: int) -> None:
    sql.end_handle(wave_id)


@contextmanager
def alone() -> Iterator[bool]:
    """Whether this process is the one that takes back now. Not for safety: every step may be repeated."""
    mine = sql.take_recall_lock()
    try:
        yield mine
    finally:
        if mine:
            sql.leave_recall_lock()
