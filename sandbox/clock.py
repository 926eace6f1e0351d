"""The sandbox's wall clock, which a test can move forward. Only `send_at`, event times and the 24 hours of retries
follow it; pauses and windows of faults run on real time."""

import time


class Clock:
    def __init__(self) -> None:
        self.offset = 0.0

    def now(self) -> float:
        """Unix seconds, as the sandbox sees them."""
        return time.time() + self.offset

    def advance(self, seconds: float) -> None:
        self.offset += seconds
