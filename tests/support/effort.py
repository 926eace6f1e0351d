"""Bounds on what a call costs, for tests: in processor time, which a busy machine does not use up for others."""

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
