"""Waves: the same hour of the clock in each recipient's own zone. The moments, when each is opened, what takes it back.

A wave is handed to the provider some time before its moment (policy `handover_minutes`), with that moment as `send_at`
and one handle per wave, by which it can be taken back until ten minutes before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from campaigns import waves_sql as sql


@dataclass(frozen=True, slots=True)
class Handover:
    """What a request of a wave needs: the wave, when the provider is to release it, the handle ("" until there is one)."""

    wave_id: int
    release_at: datetime
    batch_id: str


def of_slice(slice_id: int) -> Handover | None:
    found = sql.of_slice(slice_id)
    return Handover(*found) if found else None


def keep_batch(wave_id: int, batch_id: str) -> str:
    """The wave's handle: this one, or the one that another worker was faster to make."""
    return sql.keep_batch(wave_id, batch_id)
