"""What the database gives up to end a deadlock is done again: nobody who pressed a button is told of it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection

Result = TypeVar("Result")
_GIVEN_UP = {"40P01", "40001"}  # deadlock detected, could not serialise
TRIES = 5


def retried(step: Callable[[], Result]) -> Result:
    """`step`, which is one transaction; again where the database chose it as the victim. Inside another it cannot be."""
    if connection.in_atomic_block:
        return step()
    for left in reversed(range(TRIES)):
        try:
            return step()
        except OperationalError as error:
            if not left or getattr(error.__cause__, "sqlstate", "") not in _GIVEN_UP:
                raise
            time.sleep(random.uniform(0.01, 0.2))  # noqa: S311 - jitter
    raise AssertionError("unreachable")
