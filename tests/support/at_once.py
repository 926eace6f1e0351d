"""Two changes at the same moment, each in a thread and a transaction of its own: the second one begins in the middle of the first."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from django.db import connection

from tests.support.waiting import somebody_waits, wait_until

PATIENCE = 30  # seconds


def during(first: Callable[[], Any], module: Any, name: str, second: Callable[[], Any]) -> tuple[Any, Any]:
    """What both return, or the errors that they raise.

    The first one stops where it calls `module.name`, until the second one waits for a lock or has ended.
    """
    reached, may_go_on = Event(), Event()
    original = getattr(module, name)

    def stop_once(*given: Any, **named: Any) -> Any:
        if not reached.is_set():
            reached.set()
            assert may_go_on.wait(PATIENCE)
        return original(*given, **named)

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(2) as threads:
        patch.setattr(module, name, stop_once)
        try:
            changing = threads.submit(_result, first)
            wait_until(lambda: reached.is_set() or changing.done())
            assert reached.is_set(), changing.result()
            other = threads.submit(_result, second)
            wait_until(lambda: other.done() or somebody_waits())
        finally:
            may_go_on.set()
        return changing.result(PATIENCE), other.result(PATIENCE)


def _result(change: Callable[[], Any]) -> Any:
    try:
        return change()
    except Exception as error:
        return error
    finally:
        connection.close()
