"""The strict mode's part that talks to the provider: cancel what is in doubt, free what is proved dead, give handles back.

Runs at every beat. Killed anywhere it goes on at the next: what is marked stays marked, and a cancel may be asked for
again. campaigns/recovery/fencing.py says what counts as proof.
"""

from __future__ import annotations

import time

import structlog
from django.conf import settings

from campaigns.recovery import fencing
from config.failpoints import failpoint
from transport.errors import OperatorError, ProviderError
from transport.sendgrid import scheduled_sends
from transport.sendgrid.client import SendGrid
from worker import draining

log = structlog.get_logger("mailroom.fence")
CALL_SECONDS = 10.0
ROUND_SECONDS = 30.0  # then the next beat goes on: a provider that hangs must not keep an upkeep slot
NOT_FOUND = 404


def fence() -> int:
    """Take back what is in doubt as far as there is time for it; the number of attempts that went a step further."""
    with fencing.alone() as mine:
        if not mine:
            return 0
        until = time.monotonic() + ROUND_SECONDS
        failpoint("fence_begun")
        moved = fencing.begin()
        moved += _cancel(fencing.to_cancel(), until)
        moved += fencing.free()
        moved += _give_back(fencing.to_give_back(), until)
        failpoint("fence_ended")
        return moved


def _client() -> SendGrid | None:
    try:
        return SendGrid(settings.SENDGRID_API_KEY or "", settings.SENDGRID_HOST, timeout=CALL_SECONDS)
    except OperatorError as error:
        log.warning("fence_without_provider", error=str(error))
        return None


def _cancel(doubtful: list[fencing.Doubtful], until: float) -> int:
    client = _client() if doubtful else None
    if client is None:
        return 0
    confirmed = 0
    try:
        for one in doubtful:
            if time.monotonic() > until or draining.is_on():
                break
            try:
                scheduled_sends.cancel(client, one.batch_id)
            except ProviderError as error:
                # In doubt about the cancel itself: the next beat looks what the provider made of it.
                log.warning("not_cancelled", campaign=one.campaign_id, attempt=one.attempt_id, error=str(error))
                if error.outcome.is_credentials:
                    fencing.refused(one, error.outcome.detail)
            else:
                failpoint("fence_cancelled")
                confirmed += fencing.confirm(one)
    finally:
        client.close()
    return confirmed


def _give_back(ended: list[tuple[int, str]], until: float) -> int:
    client = _client() if ended else None
    if client is None:
        return 0
    given = 0
    try:
        for attempt_id, batch_id in ended:
            if time.monotonic() > until or draining.is_on():
                break
            try:
                scheduled_sends.release(client, batch_id)
            except ProviderError as error:
                if error.outcome.status != NOT_FOUND:  # that says that it keeps none
                    log.warning("handle_not_given_back", attempt=attempt_id, error=str(error))
                    continue
            fencing.end_handle(attempt_id)
            given += 1
    finally:
        client.close()
    return given
