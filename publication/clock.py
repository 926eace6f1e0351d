"""The one clock of wall-clock decisions (due, late, occurrence, settle), so that tests can move it. Leases never use it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime


def _system_time() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system_time


def now() -> datetime:
    """The present moment, aware, UTC."""
    return _source()


def move(source: Callable[[], datetime] | None) -> None:
    """Tests only: take the time from `source`; None returns to the system's."""
    global _source
    _source = source or _system_time
