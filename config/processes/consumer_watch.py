"""Ends a worker that has stopped taking messages although some are waiting, so that its supervisor starts a new one.

After the broker was restarted, a Celery worker can be left with an event loop that reads no socket: it runs, answers signals and
logs nothing, but takes no message ever again (celery#8030). `config.processes.broker_transport` removed the cause that is known;
this watch stays for those that are not.
"""

import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog
from celery import Celery
from celery.signals import task_postrun, task_prerun, worker_ready, worker_shutting_down

log = structlog.get_logger("mailroom.consumer")
LOOK_SECONDS = 5.0
DEAF_LOOKS = 5  # looks and not seconds: a process that was stopped for a while gets time to take what waits
EXIT_CODE = 75  # EX_TEMPFAIL of sysexits.h: try again


class ConsumerWatch:
    """Counts this process's tasks, and compares with what is waiting in its queues. `waiting` raises if the broker is away."""

    def __init__(self, waiting: Callable[[], int]) -> None:
        self._waiting = waiting
        self._lock = threading.Lock()
        self._running = 0
        self.changed_at = time.monotonic()  # when a task last began or ended
        self._looks = 0  # in a row at which messages were waiting, without a task that ran, began or ended in between

    def began(self, **_signal: object) -> None:
        with self._lock:
            self._running += 1
            self._looks, self.changed_at = 0, time.monotonic()

    def ended(self, **_signal: object) -> None:
        with self._lock:
            self._running -= 1
            self._looks, self.changed_at = 0, time.monotonic()

    @property
    def is_busy(self) -> bool:
        return self._running > 0

    def is_deaf(self) -> bool:
        """Look once. True if messages have been waiting at so many looks while this process, with no task to do, took none."""
        try:
            waiting = self._waiting()
        except Exception:  # whatever the client raises: without a broker there is nothing to take, and Celery reconnects
            waiting = 0
        with self._lock:
            self._looks = self._looks + 1 if waiting and not self._running else 0
            return self._looks >= DEAF_LOOKS


def install(app: Celery) -> ConsumerWatch:
    """Watch every worker process of this app; returns the watch of this process."""
    watch = ConsumerWatch(lambda: _waiting(app, list(app.amqp.queues.consume_from)))
    ending = threading.Event()
    task_prerun.connect(watch.began, weak=False)
    task_postrun.connect(watch.ended, weak=False)
    worker_shutting_down.connect(lambda **_signal: ending.set(), weak=False)
    looking = threading.Thread(target=_run, args=(watch, ending), name="consumer watch", daemon=True)

    def begin(**_signal: object) -> None:
        if not looking.is_alive():  # the signal comes again after each reconnection
            looking.start()

    worker_ready.connect(begin, weak=False)
    return watch


def _waiting(app: Celery, queues: Sequence[str]) -> int:
    count = 0
    with app.connection_for_read(connect_timeout=5) as connection:
        channel = connection.channel()
        for name in queues:
            with suppress(*connection.channel_errors):  # an empty queue does not exist
                count += channel.queue_declare(name, passive=True).message_count  # type: ignore[attr-defined]
    return count


def _run(watch: ConsumerWatch, ending: threading.Event) -> None:
    while not ending.wait(LOOK_SECONDS):
        if watch.is_deaf():
            log.error("consumer_deaf", waiting_seconds=(DEAF_LOOKS - 1) * LOOK_SECONDS)
            # No task is running, so nothing is under way that a later end could save.
            os._exit(EXIT_CODE)
