"""Asks the provider to discard the waves of a cancelled campaign, again at each beat until it confirms or it is too late."""

import time

import structlog

from campaigns.recovery import recall
from campaigns.sending import waves_sql
from config.failpoints import failpoint
from publication.database.statement_sql import session_lock
from transport.errors import ProviderError
from transport.provider import ScheduledSends
from worker import draining
from worker.provider_clients import scheduled_sends

log = structlog.get_logger("mailroom.recall")
TASK_SECONDS = 60.0  # then wait for the next beat: a provider that hangs must not occupy an upkeep slot


def is_due() -> bool:
    """Settle waves that were taken back; whether any call to the provider is still needed."""
    recall.sweep()
    return bool(recall.to_cancel() or recall.to_give_back())


def take_back() -> int:
    """Cancel waves at the provider, and return handles that are no longer needed; the number of waves confirmed."""
    with session_lock(recall.LOCK) as mine:
        if not mine:
            return 0
        with scheduled_sends("recall") as batches:
            if batches is None:
                return 0
            until = time.monotonic() + TASK_SECONDS
            failpoint("recall_begun")
            confirmed = _cancel(batches, until)
            recall.sweep()
            _give_back(batches, until)
        failpoint("recall_ended")
    return confirmed


def _cancel(batches: ScheduledSends, until: float) -> int:
    confirmed = 0
    for kept in recall.to_cancel():
        if draining.is_on() or time.monotonic() > until:
            break
        try:
            batches.cancel(kept.batch_id)
        except ProviderError as error:  # the next beat tries again, and reads the status before setting it
            log.warning("recall_failed", campaign=kept.campaign_id, wave=kept.id, error=str(error))
            continue
        if recall.confirm(kept):
            confirmed += 1
            log.info("recalled", campaign=kept.campaign_id, wave=kept.id)
    return confirmed


def _give_back(batches: ScheduledSends, until: float) -> None:
    for wave_id, batch_id in recall.to_give_back():
        if draining.is_on() or time.monotonic() > until:
            break
        try:
            batches.release(batch_id)
        except ProviderError as error:
            log.warning("handle_kept", wave=wave_id, error=str(error))
            continue
        waves_sql.end_handle(wave_id)
