"""Recalls waves of a cancelled campaign that the provider keeps for later, and settles their recipients.

This module decides and records; worker/cancelling/cancel_waves.py calls the provider. A cancel counts only if the provider
confirmed it ten minutes before the release. Waves nearer to their release cannot be taken back, and are shown as such.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from campaigns.models import DeliveryLog
from campaigns.sending import cancelling_sql
from campaigns.sending import waves_sql as sql
from campaigns.sending.strict_mode import cancel_until
from campaigns.sending.strict_mode_sql import HeldBack
from publication import clock

KEEP_HANDLE = timedelta(hours=1)  # after the release, in case the provider is late; it keeps at most 100 cancels
# One process at a time, because several would send the provider the same calls. Safe either way: every step may be repeated.
LOCK = 0x72636C6C


@dataclass(frozen=True, slots=True)
class WithProvider:
    """How many recipients' mail the provider keeps for later: a cancel can still stop `recallable`, not `leaving`."""

    recallable: int
    leaving: int

    def __bool__(self) -> bool:
        return bool(self.recallable or self.leaving)


def with_provider(campaign_id: int) -> WithProvider:
    return WithProvider(*sql.count_kept(campaign_id, clock.now(), cancel_until()))


def to_cancel() -> list[HeldBack]:
    return sql.to_cancel(cancel_until())


def confirm(kept: HeldBack) -> bool:
    """Record that the provider has just confirmed to discard the wave; False where that came too late to count."""
    with transaction.atomic():
        confirmed = bool(sql.confirm(kept.id, clock.now(), cancel_until()))
        if confirmed:
            DeliveryLog.objects.create(kind="wave_cancelled", campaign_id=kept.campaign_id, detail={"wave": kept.id})
    return confirmed


def sweep() -> int:
    """Settle the recipients of cancelled waves, even if an answer came after the cancel; the number of slices moved.

    accepted -> dropped. Uncertain recipients will not get the mail either: they are planned, then skipped with the campaign.
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
