"""The scheduler of beat: keeps its schedule in memory, and writes its heartbeat from its loop.

Celery's own keeps the schedule in a file, whose folder may not exist and which a killed process may leave damaged. Here every
task is due when beat starts; each may run at any time.
"""

from datetime import UTC, datetime
from typing import Any

import structlog
from celery.beat import ScheduleEntry
from celery.beat import Scheduler as CeleryScheduler

from config.code_version import code_version
from publication import heartbeats
from publication.heartbeats_sql import HeartbeatWriter

log = structlog.get_logger("mailroom.beat")
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Scheduler(CeleryScheduler):
    """Publishes each task when it is due. While the broker is away, the loop goes on, and so does the heartbeat."""

    # Each message takes a connection of the application's pool: Celery's own producer waits until the broker answers.
    producer = None  # type: ignore[assignment]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._heartbeat = HeartbeatWriter([heartbeats.BEAT], code_version())

    def setup_schedule(self) -> None:
        super().setup_schedule()
        for entry in self.schedule.values():
            entry.last_run_at = LONG_AGO

    def tick(self, *arguments: Any, **options: Any) -> float:
        pause: float = super().tick(*arguments, **options)
        self._heartbeat.beat()
        return pause

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        try:
            self.apply_async(entry, advance=False)
        except Exception as error:  # of kombu, redis or the network; the task is due again in two seconds
            log.warning("broker_away", task=entry.name, error=type(error.__cause__ or error).__name__)

    def close(self) -> None:
        self._heartbeat.stop()
        super().close()
