"""Limits for tests on the processor time of a call, which does not depend on other load on the machine."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Fail if the block uses more processor time of this thread. Set limits several times higher than an idle machine needs."""
    began = time.thread_time()
    yield
    took = time.thread_time() - began
    assert took < seconds, f"took {took:.2f} s of processor time; {seconds} s are the most"
