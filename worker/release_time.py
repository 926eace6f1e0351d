"""Determines when the provider is to release a request, and gets the handle to take it back. Runs before the gate.

The attempt is not on record yet: if the provider gives no handle, the slice is released and nothing was sent.
"""

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
WAIT_SECONDS = 15.0  # until a slice without a handle is due again
# The provider accepts mail for up to 72 h ahead by its own clock.
FURTHEST = timedelta(hours=71, minutes=30)


class NotReadyError(Exception):
    """The slice was released: there is no handle for it, or it is too early. Nothing was sent, nothing is on record."""


def prepare(claim: claiming_sql.Claim, client: ProviderClient) -> Release | None:
    """The release of this slice's request; None if it goes out at once. Raises NotReadyError."""
    wave = waves_sql.of_slice(claim.slice_id)
    if strict_mode.is_strict(claim.campaign_id):
        return _prepare_strict(claim, client, wave.release_at if wave else None)
    now = clock.now()
    if wave is None or wave.release_at <= now:
        return None
    if wave.release_at - now > FURTHEST:
        # A clock that was ahead opened the wave: the provider would reject the request.
        _give_back(claim, "too early: the release is more than 71.5 hours ahead")
    batch_id = wave.batch_id or waves_sql.keep_batch(wave.wave_id, _handle(claim, client)[0])
    return Release(wave.release_at, batch_id)


def _prepare_strict(claim: claiming_sql.Claim, client: ProviderClient, wave_release: datetime | None) -> Release:
    """Strict mode: each attempt gets its own handle, and enough time to take it back. Raises NotReadyError."""
    if not strict_mode.has_place():
        _give_back(claim, "strict mode: the provider cannot keep another cancel at present")
    before = clock.now()
    batch_id, provider_time = _handle(claim, client)
    # With a wrong clock, mail would be released before it can be taken back, or count as released before it is.
    if provider_time is not None and not before - strict_mode.SKEW <= provider_time <= clock.now() + strict_mode.SKEW:
        seconds = round((provider_time - before).total_seconds())
        gate.give_back(claim, "provider", hold_details.text("clocks", seconds=f"{seconds:+d}"))
        raise NotReadyError("clocks differ")
    return Release(strict_mode.release_time(wave_release), batch_id)


def _handle(claim: claiming_sql.Claim, client: ProviderClient) -> tuple[str, datetime | None]:
    """A batch id. Raises NotReadyError with the slice released; a key that may not create batches holds the campaign."""
    batches = client.scheduled_sends
    if batches is None:
        gate.give_back(claim, "provider", hold_details.text("no-scheduling"))
        raise NotReadyError("no scheduled sends")
    try:
        return batches.create_batch()
    except ProviderError as error:
        outcome = error.outcome
        if outcome.cause is not None and outcome.needs_operator:
            gate.give_back(claim, outcome.cause.value, hold_details.text("no-batch", answer=outcome.detail))
            raise NotReadyError(str(error)) from error
        _give_back(claim, str(error))


def _give_back(claim: claiming_sql.Claim, why: str) -> NoReturn:
    log.warning("not_ready", campaign=claim.campaign_id, slice=claim.slice_id, why=why)
    claiming_sql.release(claim, seconds=WAIT_SECONDS)
    raise NotReadyError(why)
