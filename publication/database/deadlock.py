"""Retries a transaction that the database cancelled to end a deadlock, so that users never see the error."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection

Result = TypeVar("Result")
_GIVEN_UP = {"40P01", "40001"}  # deadlock detected, could not serialise
TRIES = 5


def retried(step: Callable[[], Result]) -> Result:
    """Run `step`, which is one transaction; repeat it if the database cancelled it. Not possible inside another transaction."""
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
