"""The sandbox's wall clock, which a test can move forward. It controls `send_at`, event times, the delays and retries of
webhooks and the lag of queries. Latencies and time windows of faults use real time."""

import contextlib
import os
import time
from pathlib import Path


class Clock:
    """Its offset is kept in `file`, so that a killed sandbox does not restart in the past."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self.offset = 0.0
        if file is not None:
            with contextlib.suppress(OSError, ValueError):
                self.offset = float(file.read_text())

    def now(self) -> float:
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
