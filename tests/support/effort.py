"""Limits on the cost of a call, for tests: in processor time, which other load on the machine does not change."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Fail when the block takes more processor time of this thread. Bounds are several times what a quiet machine needs."""
    began = time.thread_time()
    yield
    took = time.thread_time() - began
    assert took < seconds, f"took {took:.2f} s of processor time; {seconds} s are the most"
