"""A moment at which a whole call must end, from the name lookup to the last byte."""

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on `time.monotonic()` after which nothing may go on."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        """Seconds left, above 0. Raises TimeoutError if none are left."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def sooner(self, at: float | None) -> "Deadline":
        return self if at is None else Deadline(min(self.at, at))
