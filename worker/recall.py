"""Asking the provider to discard the waves of a cancelled campaign, again and again until it confirms or it is too late."""

from __future__ import annotations

import time

import structlog

from campaigns import recall
from transport import batches
from transport.errors import OperatorError, ProviderError
from worker import draining
from worker.send import provider

log = structlog.get_logger("mailroom.recall")
TASK_SECONDS = 60.0


def is_due() -> bool:
    """Settle what was taken back; whether the provider has to be asked for anything more."""
    recall.sweep()
    return bool(recall.to_cancel() or recall.to_give_back())


def take_back() -> int:
    """Cancel at the provider what is to be taken back and give back handles that are not needed; the waves confirmed."""
    until = time.monotonic() + TASK_SECONDS
    confirmed = 0
    with recall.alone() as mine:
        if not mine:
            return 0
        try:
            client = provider()
        except OperatorError as error:
            log.warning("recall_impossible", error=str(error))
            return 0
        for kept in recall.to_cancel():
            if draining.is_on() or time.monotonic() > until:
                return confirmed
            try:
                batches.cancel(client, kept.batch_id)
            except ProviderError as error:  # asked again by the next beat: it looks at the state before it sets it
                log.warning("recall_failed", campaign=kept.campaign_id, wave=kept.wave_id, error=str(error))
                continue
            if recall.confirm(kept):
                confirmed += 1
                log.info("recalled", campaign=kept.campaign_id, wave=kept.wave_id)
        recall.sweep()
        for wave_id, batch_id in recall.to_give_back():
            if draining.is_on() or time.monotonic() > until:
                break
            try:
                batches.release(client, batch_id)
            except ProviderError as error:
                if error.outcome.status != 404:
                    log.warning("handle_kept", wave=wave_id, error=str(error))
                    continue
            recall.end_handle(wave_id)
    return confirmed
