"""Waiting for something that another process or thread does: for a condition, never for a moment."""

from __future__ import annotations

import time
from collections.abc import Callable


def wait_until(condition: Callable[[], object], seconds: float = 30.0, what: str = "", pause: float = 0.05) -> None:
    """Return once `condition()` is true. AssertionError after `seconds`, which a busy machine must not reach."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what or condition}")
        time.sleep(pause)
