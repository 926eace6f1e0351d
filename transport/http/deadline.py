"""A moment after which nothing may go on: one for a whole call, from the look-up of the name to the last byte."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on `time.monotonic()` after which nothing may go on."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        """Seconds left, above 0. Raises TimeoutError when none are."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def sooner(self, at: float | None) -> Deadline:
        return self if at is None else Deadline(min(self.at, at))
