"""The sandbox's wall clock, which a test can move forward. `send_at`, event times, the delays and retries of webhooks and
the lag of queries follow it; latencies and windows of faults run on real time."""

import contextlib
import os
import time
from pathlib import Path


class Clock:
    """Where it has been moved to is kept in `file`, so that a killed sandbox does not wake up in the past."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self.offset = 0.0
        if file is not None:
            with contextlib.suppress(OSError, ValueError):
                self.offset = float(file.read_text())

    def now(self) -> float:
        """Unix seconds, as the sandbox sees them."""
        return time.time() + self.offset

    def advance(self, seconds: float) -> None:
        self._move(self.offset + seconds)

    def reset(self) -> None:
        if self.offset:
            self._move(0.0)

    def _move(self, offset: float) -> None:
        self.offset = offset
        if self._file is not None:
            fresh = self._file.with_suffix(".new")
            fresh.write_text(repr(offset))
            os.replace(fresh, self._file)
