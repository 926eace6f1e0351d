"""Strict mode at the provider: cancels uncertain attempts, frees recipients of cancelled ones, returns handles.

Runs at every beat. If killed, it continues at the next beat: marks stay, and a cancel may be requested
again. campaigns/recovery/fencing.py defines what counts as proof.
"""

import time

import structlog

from campaigns.recovery import fencing
from campaigns.sending.strict_mode_sql import HeldBack
from config.failpoints import failpoint
from publication.database.statement_sql import session_lock
from transport.errors import ProviderError
from transport.outcomes import Cause
from transport.provider import ScheduledSends
from worker import draining
from worker.provider_clients import scheduled_sends

log = structlog.get_logger("mailroom.fence")
ROUND_SECONDS = 30.0  # then wait for the next beat: a provider that hangs must not occupy an upkeep slot


def take_back() -> int:
    """Take back uncertain attempts within the time of a round; the number of attempts that made a step."""
    with session_lock(fencing.LOCK) as mine:
        if not mine:
            return 0
        until = time.monotonic() + ROUND_SECONDS
        failpoint("fence_begun")
        moved = fencing.begin()
        if doubtful := fencing.to_cancel():
            with scheduled_sends("fence") as batches:
                moved += _cancel(batches, doubtful, until) if batches else 0
        moved += fencing.free()
        if ended := fencing.to_give_back():
            with scheduled_sends("fence") as batches:
                moved += _give_back(batches, ended, until) if batches else 0
        failpoint("fence_ended")
        return moved


def _cancel(batches: ScheduledSends, doubtful: list[HeldBack], until: float) -> int:
    confirmed = 0
    for held_back in doubtful:
        if time.monotonic() > until or draining.is_on():
            break
        try:
            batches.cancel(held_back.batch_id)
        except ProviderError as error:
            # The cancel itself is in doubt: the next beat reads its status at the provider.
            log.warning("not_cancelled", campaign=held_back.campaign_id, attempt=held_back.id, error=str(error))
            if error.outcome.cause is Cause.CREDENTIALS:
                fencing.refused(held_back, error.outcome.detail)
        else:
            failpoint("fence_cancelled")
            confirmed += fencing.confirm(held_back)
    return confirmed


def _give_back(batches: ScheduledSends, ended: list[tuple[int, str]], until: float) -> int:
    given = 0
    for attempt_id, batch_id in ended:
        if time.monotonic() > until or draining.is_on():
            break
        try:
            batches.release(batch_id)
        except ProviderError as error:
            log.warning("handle_not_given_back", attempt=attempt_id, error=str(error))
            continue
        fencing.end_handle(attempt_id)
        given += 1
    return given
