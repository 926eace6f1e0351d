"""Celery's consumer with a heartbeat from its event loop, which reconnects to the broker within seconds."""

import time
from typing import Any

import structlog
from celery.worker.consumer import Consumer
from celery.worker.state import maybe_shutdown
from kombu import Connection

from config.code_version import code_version
from publication import heartbeats
from publication.heartbeats_sql import HeartbeatWriter
from worker.app import SENDING, UPKEEP, app, watch

log = structlog.get_logger("mailroom.consumer")
KINDS = {SENDING: heartbeats.SENDING, UPKEEP: heartbeats.UPKEEP}
LOOK_SECONDS = 1.0
ANSWER_SECONDS = 5.0  # the broker answers every second
# Tasks that send end within three minutes, and most others within seconds. A large campaign takes one slot for longer.
STUCK_SECONDS = 600.0
LONGEST_PAUSE = 5  # seconds between two tries to reach the broker; Kombu's own grow to 30


class MessageConsumer(Consumer):
    """Takes messages, and writes the heartbeat of this worker as long as it does."""

    hub: Any
    task_consumer: Any

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        kinds = [KINDS[queue] for queue in app.amqp.queues.consume_from if queue in KINDS]
        self._heartbeat = HeartbeatWriter(kinds, code_version())
        self._looks: Any = None

    def on_ready(self) -> None:
        super().on_ready()
        if self._looks is None:  # after a reconnection the loop keeps its timers
            self._looks = self.hub.timer.call_repeatedly(LOOK_SECONDS, self._look)

    def _look(self) -> None:
        """In the event loop, but not by its timer alone: a loop that reads no socket still has timers."""
        if self._takes_messages():
            self._heartbeat.beat()

    def _takes_messages(self) -> bool:
        """Whether the broker answered this loop's request for messages lately, or all slots are in use and their tasks get on."""
        if self.task_consumer is None:
            return False
        channel, now = self.task_consumer.channel, time.monotonic()
        if now - channel.answered_at < ANSWER_SECONDS:
            return True
        return not channel.qos.can_consume() and watch.is_busy and now - watch.changed_at < STUCK_SECONDS

    def ensure_connected(self, conn: Connection) -> Connection:
        """Try until the broker answers. Meanwhile the worker is alive: it waits for the broker, and /health names that."""

        def note(error: Exception, seconds: float) -> None:
            log.warning("broker_away", error=type(error).__name__, next_try_in=seconds)

        conn.ensure_connection(
            note, interval_start=1, interval_step=1, interval_max=LONGEST_PAUSE, callback=self._wait_for_broker
        )
        self.first_connection_attempt = False
        return conn

    def _wait_for_broker(self) -> None:
        maybe_shutdown()
        self._heartbeat.beat()

    def stop(self) -> None:
        self._heartbeat.stop()
        super().stop()
