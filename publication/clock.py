"""The one clock of wall-clock decisions (due, late, occurrence, settle), so that tests can move it. Leases never use it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings


def _system_time() -> datetime:
    return datetime.now(UTC) + _offset()


def _offset() -> timedelta:
    """Fault tests only: how far MAILROOM_CLOCK_FILE sets this installation's processes off, all of them at once."""
    path: Path | None = settings.CLOCK_FILE
    if path is None:
        return timedelta()
    try:
        return timedelta(seconds=float(path.read_text(encoding="ascii")))
    except FileNotFoundError:
        return timedelta()  # nobody has moved it yet


_source: Callable[[], datetime] = _system_time


def now() -> datetime:
    """The present moment, aware, UTC."""
    return _source()


def move(source: Callable[[], datetime] | None) -> None:
    """Tests only: take the time from `source`; None returns to the system's."""
    global _source
    _source = source or _system_time
