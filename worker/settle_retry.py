"""Records an answer, repeating until it is committed, so that no answer is lost to a short failure of the database."""

import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from django.db import DatabaseError, InterfaceError, connection

log = structlog.get_logger("mailroom.recording")
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
Result = TypeVar("Result")


def settle_until_committed(settle: Callable[[], Result], **about: object) -> Result:
    """Call `settle` until it returns. `about` identifies in the log what is being recorded.

    An exception does not prove that nothing was committed; settling again with the same outcome changes nothing.
    """
    pause = FIRST_PAUSE
    while True:
        try:
            return settle()
        except (DatabaseError, InterfaceError) as error:
            log.warning("settle_retry", **about, error=type(error).__name__)
            connection.close()
            # Draining does not end this: a late record is better than a whole attempt that stays uncertain.
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
