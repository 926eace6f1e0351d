"""Recording an answer: repeated until it lands. An answer that was heard is never lost to a database hiccup."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from django.db import DatabaseError, InterfaceError, connection

log = structlog.get_logger("mailroom.recording")
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
Result = TypeVar("Result")


def until_it_lands(settle: Callable[[], Result], **about: object) -> Result:
    """Call `settle` until it returns. `about` names in the log what is being recorded.

    "Not committed" is never inferred from an exception: settling again with the same outcome changes nothing twice.
    """
    pause = FIRST_PAUSE
    while True:
        try:
            return settle()
        except (DatabaseError, InterfaceError) as error:
            log.warning("settle_retry", **about, error=type(error).__name__)
            connection.close()
            # Not cut short by draining: what is on record late is still better than a whole attempt that is uncertain.
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
