"""When the provider is to release what a worker hands over, and the handle that takes it back. Asked before the gate.

Nothing is on record of the attempt yet: where the provider gives no handle the slice goes back and nothing was sent.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NoReturn

import structlog

from campaigns import hold_details
from campaigns.sending import claiming_sql, gate, strict_mode, waves_sql
from publication import clock
from transport.errors import ProviderError
from transport.message import Release
from transport.provider import ProviderClient

log = structlog.get_logger("mailroom.release")
WAIT_SECONDS = 15.0  # until a slice whose handle could not be had is due again
# The provider takes mail for up to 72 h ahead by its own clock.
FURTHEST = timedelta(hours=71, minutes=30)


class NotReady(Exception):
    """The slice was given back: there is no handle for it, or it is too early. Nothing was sent, nothing is on record."""


def prepare(claim: claiming_sql.Claim, client: ProviderClient) -> Release | None:
    """What the request of this slice is to carry; None where it goes out at once. Raises NotReady."""
    wave = waves_sql.of_slice(claim.slice_id)
    if strict_mode.is_strict(claim.campaign_id):
        return _prepare_strict(claim, client, wave.release_at if wave else None)
    now = clock.now()
    if wave is None or wave.release_at <= now:
        return None
    if wave.release_at - now > FURTHEST:
        # Opened by a clock that was ahead: the provider would refuse it.
        _give_back(claim, "too early")
    batch_id = wave.batch_id or waves_sql.keep_batch(wave.wave_id, _handle(claim, client)[0])
    return Release(wave.release_at, batch_id)


def _prepare_strict(claim: claiming_sql.Claim, client: ProviderClient, wave_release: datetime | None) -> Release:
    """Strict mode: a handle of its own for each attempt, and time enough to take it back. Raises NotReady."""
    if not strict_mode.has_place():
        _give_back(claim, "as many attempts are uncertain as the provider can take back at once")
    before = clock.now()
    batch_id, told = _handle(claim, client)
    # A clock that is wrong would have mail released before it can be taken back, or taken for released before it is.
    if told is not None and not before - strict_mode.SKEW <= told <= clock.now() + strict_mode.SKEW:
        seconds = round((told - before).total_seconds())
        gate.give_back(claim, "provider", hold_details.text("clocks", seconds=f"{seconds:+d}"))
        raise NotReady("clocks differ")
    return Release(strict_mode.release_time(wave_release), batch_id)


def _handle(claim: claiming_sql.Claim, client: ProviderClient) -> tuple[str, datetime | None]:
    """A batch id. Raises NotReady with the slice given back; a key that may not create batches holds the campaign."""
    batches = client.scheduled_sends
    if batches is None:
        gate.give_back(claim, "provider", hold_details.text("no-scheduling"))
        raise NotReady("no scheduled sends")
    try:
        return batches.create_batch()
    except ProviderError as error:
        outcome = error.outcome
        if outcome.cause is not None and outcome.needs_operator:
            gate.give_back(claim, outcome.cause.value, hold_details.text("no-batch", answer=outcome.detail))
            raise NotReady(str(error)) from error
        _give_back(claim, str(error))


def _give_back(claim: claiming_sql.Claim, why: str) -> NoReturn:
    log.warning("not_ready", campaign=claim.campaign_id, slice=claim.slice_id, why=why)
    claiming_sql.release(claim, seconds=WAIT_SECONDS)
    raise NotReady(why)
