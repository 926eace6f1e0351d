"""When the provider is to release what a worker hands over, and the handle that takes it back. Asked before the gate.

Nothing is on record of the attempt yet: where the provider gives no handle the slice goes back and nothing was sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn

import structlog

from campaigns.sending import claiming_sql, gate, strict_mode, waves
from publication import clock
from transport.errors import ProviderError
from transport.sendgrid import scheduled_sends
from transport.sendgrid.client import SendGrid

log = structlog.get_logger("mailroom.release")
WAIT_SECONDS = 15.0  # until a slice whose handle could not be had is due again
# The provider takes mail for up to 72 h ahead by its own clock.
FURTHEST = timedelta(hours=71, minutes=30)


@dataclass(frozen=True, slots=True)
class Release:
    """The provider keeps the request until `send_at` and discards it where `batch_id` was cancelled before."""

    send_at: datetime
    batch_id: str


class NotReady(Exception):
    """The slice was given back: there is no handle for it, or it is too early. Nothing was sent, nothing is on record."""


def prepare(claim: claiming_sql.Claim, client: SendGrid) -> Release | None:
    """What the request of this slice is to carry; None where it goes out at once. Raises NotReady."""
    wave = waves.of_slice(claim.slice_id)
    if strict_mode.is_strict(claim.campaign_id):
        return _prepare_strict(claim, client, wave.release_at if wave else None)
    now = clock.now()
    if wave is None or wave.release_at <= now:
        return None
    if wave.release_at - now > FURTHEST:
        # Opened by a clock that was ahead: the provider would refuse it.
        _give_back(claim, "too early")
    batch_id = wave.batch_id or waves.keep_batch(wave.wave_id, new_handle(claim, client))
    return Release(wave.release_at, batch_id)


def _prepare_strict(claim: claiming_sql.Claim, client: SendGrid, wave_release: datetime | None) -> Release:
    """Strict mode: a handle of its own for each attempt, and time enough to take it back. Raises NotReady."""
    if not strict_mode.has_place():
        _give_back(claim, "as many attempts are uncertain as the provider can take back at once")
    before = clock.now()
    batch_id, told = _handle(claim, client)
    # A clock that is wrong would have mail released before it can be taken back, or taken for released before it is.
    if told is not None and not before - strict_mode.SKEW <= told <= clock.now() + strict_mode.SKEW:
        gate.give_back(claim, "provider", f"the provider's clock says {told:%Y-%m-%d %H:%M:%S} UTC, ours {before:%H:%M:%S}")
        raise NotReady("clocks differ")
    return Release(strict_mode.release_time(wave_release), batch_id)


def new_handle(claim: claiming_sql.Claim, client: SendGrid) -> str:
    """A batch id from the provider. Raises NotReady, the slice given back; a key that may not do this holds the campaign."""
    return _handle(claim, client)[0]


def _handle(claim: claiming_sql.Claim, client: SendGrid) -> tuple[str, datetime | None]:
    try:
        return scheduled_sends.create_dated(client)
    except ProviderError as error:
        outcome = error.outcome
        if outcome.is_credentials or outcome.is_quota:
            gate.give_back(claim, "quota" if outcome.is_quota else "credentials", f"batch ids: {outcome.detail}")
            raise NotReady(str(error)) from error
        _give_back(claim, str(error))


def _give_back(claim: claiming_sql.Claim, why: str) -> NoReturn:
    log.warning("not_ready", campaign=claim.campaign_id, slice=claim.slice_id, why=why)
    claiming_sql.release(claim, seconds=WAIT_SECONDS)
    raise NotReady(why)
