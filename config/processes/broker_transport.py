"""Kombu's Redis transport without acknowledgements at the broker. A message only wakes a worker, so losing one costs seconds.

Kombu writes each unacknowledged message to the broker and removes it when its task has ended. If the broker went away meanwhile:

- after the worker had reconnected, removing it failed on the connection that was gone, and the worker ended
  (`AttributeError: 'NoneType' object has no attribute 'hostname'`);
- before, removing it failed too, and the message counted as unacknowledged for ever. A worker whose slots were all in use at that
  moment never asked for messages again (celery#8030).
"""

import time
from queue import Empty
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis, virtual

SCHEMES = ("redis", "rediss")


class Channel(redis.Channel):
    """Counts in memory how many messages a worker has taken, and gives none of them back."""

    QoS = virtual.QoS  # type: ignore[assignment]
    do_restore = False
    answered_at = 0.0  # of time.monotonic()

    def _brpop_read(self, **options: Any) -> Any:
        """Read the broker's answer to a request for messages. One comes every second, also if no message is waiting."""
        try:
            taken = super()._brpop_read(**options)  # type: ignore[misc]
        except Empty:
            self.answered_at = time.monotonic()
            raise
        self.answered_at = time.monotonic()
        return taken


class Transport(redis.Transport):
    """Registered in place of Kombu's, because a URL such as `redis+socket://` names its transport itself."""

    Channel = Channel


def install() -> None:
    """Use this transport for Redis and Valkey. Call it before the first connection."""
    TRANSPORT_ALIASES.update(dict.fromkeys(SCHEMES, f"{__name__}:Transport"))
