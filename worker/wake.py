"""Wakes the workers after a change has committed. If the broker is down, work waits for the next beat; no error is raised."""

import time

import structlog
from kombu.exceptions import OperationalError

from worker.app import app

log = structlog.get_logger("mailroom.wake")

# A broker that accepts connections but does not answer costs a caller ten seconds; every web thread would wait for it.
PAUSE_SECONDS = 15.0
_pause_until = 0.0  # 0: the last call succeeded


def wake(task: str, times: int = 1) -> bool:
    """Publish `worker.tasks.<task>`; False if the broker did not take it (beat will find the work).

    While the broker is down, one caller tries every 15 seconds, and the others do not wait for it.
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
