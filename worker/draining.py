"""The process-wide flag that stops claiming while the worker shuts down. Read before claim and gate."""

import threading

_flag = threading.Event()


def begin() -> None:
    _flag.set()


def is_on() -> bool:
    return _flag.is_set()


def wait(seconds: float) -> bool:
    """Sleep up to `seconds`; True at once if draining has begun."""
    return _flag.wait(seconds)
