"""The process-wide flag that stops claiming when the worker is told to end. Read by claim and gate."""

from __future__ import annotations

import threading

_flag = threading.Event()


def begin() -> None:
    _flag.set()


def is_on() -> bool:
    return _flag.is_set()


def wait(seconds: float) -> bool:
    """Sleep up to `seconds`; True at once where draining began."""
    return _flag.wait(seconds)
