"""Asking the provider to discard the waves of a cancelled campaign, again and again until it confirms or it is too late."""

from __future__ import annotations

import time

import structlog
from django.conf import settings

from campaigns.recovery import recall
from config.failpoints import failpoint
from transport.errors import OperatorError, ProviderError
from transport.sendgrid import scheduled_sends
from transport.sendgrid.client import SendGrid
from worker import draining

log = structlog.get_logger("mailroom.recall")
CALL_SECONDS = 10.0
NOT_FOUND = 404
TASK_SECONDS = 60.0  # then the next beat goes on: a provider that hangs must not keep an upkeep slot


def is_due() -> bool:
    """Settle what was taken back; whether the provider has to be asked for anything more."""
    recall.sweep()
    return bool(recall.to_cancel() or recall.to_give_back())


def take_back() -> int:
    """Cancel at the provider what is to be taken back and give back handles that are not needed; the waves confirmed."""
    with recall.alone() as mine:
        if not mine:
            return 0
        try:
            client = SendGrid(settings.SENDGRID_API_KEY or "", settings.SENDGRID_HOST, timeout=CALL_SECONDS)
        except OperatorError as error:
            log.warning("recall_impossible", error=str(error))
            return 0
        until = time.monotonic() + TASK_SECONDS
        failpoint("recall_begun")
        try:
            confirmed = _cancel(client, until)
            recall.sweep()
            _give_back(client, until)
        finally:
            client.close()
        failpoint("recall_ended")
    return confirmed


def _cancel(client: SendGrid, until: float) -> int:
    confirmed = 0
    for kept in recall.to_cancel():
        if draining.is_on() or time.monotonic() > until:
            break
        try:
            scheduled_sends.cancel(client, kept.batch_id)
        except ProviderError as error:  # asked again by the next beat, which looks at the state before it sets it
            log.warning("recall_failed", campaign=kept.campaign_id, wave=kept.wave_id, error=str(error))
            continue
        if recall.confirm(kept):
            confirmed += 1
            log.info("recalled", campaign=kept.campaign_id, wave=kept.wave_id)
    return confirmed


def _give_back(client: SendGrid, until: float) -> None:
    for wave_id, batch_id in recall.to_give_back():
        if draining.is_on() or time.monotonic() > until:
            break
        try:
            scheduled_sends.release(client, batch_id)
        except ProviderError as error:
            if error.outcome.status != NOT_FOUND:
                log.warning("handle_kept", wave=wave_id, error=str(error))
                continue
        recall.end_handle(wave_id)
