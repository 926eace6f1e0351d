"""Wake-up calls to the workers after a verb has committed. A broker that is away costs one beat, never an error."""

from __future__ import annotations

import structlog
from kombu.exceptions import OperationalError

from worker.app import SENDING, app

log = structlog.get_logger("mailroom.wake")


def wake(task: str, times: int = 1) -> bool:
    """Publish `worker.tasks.<task>`; False where the broker did not take it (beat will find the work)."""
    try:
        for _ in range(times):
            app.send_task(f"worker.tasks.{task}", expires=60, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("broker_away", task=task, error=type(error).__name__)
        return False
    return True


__all__ = ["SENDING", "wake"]
