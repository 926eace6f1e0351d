"""Wake-up calls to the workers after a verb has committed. A broker that is away costs one beat, never an error."""

from __future__ import annotations

import time

import structlog
from kombu.exceptions import OperationalError

from worker.app import app

log = structlog.get_logger("mailroom.wake")

# A broker that accepts and is silent costs a caller ten seconds, and web threads would all stand still for it.
PAUSE_SECONDS = 15.0
_pause_until = 0.0  # 0: the last call got through


def wake(task: str, times: int = 1) -> bool:
    """Publish `worker.tasks.<task>`; False where the broker did not take it (beat will find the work).

    While the broker is away one caller tries every 15 seconds, and the others do not wait for it.
    """
    global _pause_until
    now = time.monotonic()
    if now < _pause_until:
        return False
    if _pause_until:
        _pause_until = now + PAUSE_SECONDS
    try:
        for _ in range(times):
            app.send_task(f"worker.tasks.{task}", expires=60, retry=False)
    except (OperationalError, OSError) as error:
        _pause_until = time.monotonic() + PAUSE_SECONDS
        log.warning("broker_away", task=task, error=type(error).__name__)
        return False
    _pause_until = 0.0
    return True
