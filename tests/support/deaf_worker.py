"""`celery -A tests.support.deaf_worker`: a worker that loses its sockets from the event loop, as after a restart of the broker."""

from celery.signals import worker_ready
from kombu.asynchronous import get_event_loop

from worker.app import app

__all__ = ["app"]


@worker_ready.connect
def _lose_the_sockets(**_signal: object) -> None:
    loop = get_event_loop()

    def lose() -> None:
        loop.on_tick.clear()
        for descriptor in list(loop.readers):
            loop.remove(descriptor)

    loop.call_later(2.0, lose)
