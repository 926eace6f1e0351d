"""At most two passwords are hashed at once in a process: a hash takes a core for half a second, and anybody can ask for one.

One place is for devices that signed in before, so that a flood of unknown ones makes nobody wait who has work to do. Few
wait for a place: each that does holds a thread of the web server.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

WAITING = 2
PATIENCE = 3.0  # seconds


class NoFreePlace(Exception):
    """No place came free in time."""


class HashPlace:
    """Room for one hash at a time and a few that wait for it."""

    def __init__(self, waiting: int = WAITING, patience: float = PATIENCE) -> None:
        self._inside = BoundedSemaphore(1 + waiting)
        self._place = BoundedSemaphore(1)
        self._patience = patience

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold the place. Raises NoFreePlace at once where enough others wait, or after a bounded wait."""
        if not self._inside.acquire(blocking=False):
            raise NoFreePlace
        try:
            if not self._place.acquire(timeout=self._patience):
                raise NoFreePlace
            try:
                yield
            finally:
                self._place.release()
        finally:
            self._inside.release()


KNOWN_DEVICES = HashPlace()
UNKNOWN_DEVICES = HashPlace()
