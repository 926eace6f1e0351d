"""Limits password hashing to two at once in a process: a hash takes a core for half a second, and anybody can cause one.

One slot is reserved for devices that have signed in before, so that a flood from unknown devices does not block staff. Few
requests may wait for a slot, because each holds a thread of the web server.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

WAITING = 2
PATIENCE = 3.0  # seconds


class NoFreeSlotError(Exception):
    """No slot became free in time."""


class HashSlot:
    """A slot for one hash at a time, with a few requests that wait for it."""

    def __init__(self, waiting: int = WAITING, patience: float = PATIENCE) -> None:
        self._inside = BoundedSemaphore(1 + waiting)
        self._slot = BoundedSemaphore(1)
        self._patience = patience

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold the slot. Raises NoFreeSlotError at once if too many wait, else after `patience` seconds."""
        if not self._inside.acquire(blocking=False):
            raise NoFreeSlotError
        try:
            if not self._slot.acquire(timeout=self._patience):
                raise NoFreeSlotError
            try:
                yield
            finally:
                self._slot.release()
        finally:
            self._inside.release()


KNOWN_DEVICES = HashSlot()
UNKNOWN_DEVICES = HashSlot()
