"""Waves of a cancelled campaign that the provider keeps for later: which to take back, and what became of their people.

This module decides and records; worker/cancel_waves.py asks the provider. A cancel counts only if the provider confirmed it
ten minutes before the release: what is nearer than that cannot be taken back, and is said so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from campaigns.models import DeliveryLog
from campaigns.sending import cancelling_sql
from campaigns.sending import waves_sql as sql
from campaigns.sending.strict_mode import cancel_until
from campaigns.sending.strict_mode_sql import HeldBack
from publication import clock

KEEP_HANDLE = timedelta(hours=1)  # after the release, should the provider be late; it keeps 100 cancels at most
# One process at a time: several would ask the provider the same. Not for safety: every step may be repeated.
LOCK = 0x72636C6C


@dataclass(frozen=True, slots=True)
class WithProvider:
    """How many recipients' mail the provider keeps for later: a cancel takes back the first, not the second."""

    recallable: int
    leaving: int

    def __bool__(self) -> bool:
        return bool(self.recallable or self.leaving)


def with_provider(campaign_id: int) -> WithProvider:
    return WithProvider(*sql.count_kept(campaign_id, clock.now(), cancel_until()))


def to_cancel() -> list[HeldBack]:
    return sql.to_cancel(cancel_until())


def confirm(kept: HeldBack) -> bool:
    """The provider has just said that it will discard the wave; False where that came too late to be relied on."""
    with transaction.atomic():
        confirmed = bool(sql.confirm(kept.id, clock.now(), cancel_until()))
        if confirmed:
            DeliveryLog.objects.create(kind="wave_cancelled", campaign_id=kept.campaign_id, detail={"wave": kept.id})
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
