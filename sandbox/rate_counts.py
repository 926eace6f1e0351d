"""Counts the requests to each endpoint in windows of time, for X-RateLimit headers and the 429 at zero."""

import math
import threading
import time


class RateCounts:
    """Windows begin with an endpoint's first request. `reset_at` is in whole Unix seconds, as the header is."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._windows: dict[str, tuple[float, int]] = {}  # endpoint -> when its window ends, requests in it

    def count(self, endpoint: str, limit: int, window: float) -> tuple[bool, int, float]:
        """Count one request: whether it is within the limit, how many are left, and the seconds until the window ends."""
        now = time.time()
        with self._lock:
            ends, used = self._windows.get(endpoint, (0.0, 0))
            if now >= ends:
                ends, used = math.ceil(now + window), 0
            allowed = used < limit
            used += allowed
            self._windows[endpoint] = ends, used
        return allowed, limit - used, ends - now

    def reset(self) -> None:
        with self._lock:
            self._windows.clear()
