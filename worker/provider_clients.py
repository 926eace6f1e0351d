"""The worker's connections to the provider. Nothing else in Mailroom connects to it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from config.failpoints import failpoint
from config.mail_provider import mail_provider, provider_with
from transport.errors import OperatorError
from transport.key_purposes import MissingPermissions
from transport.provider import ProviderClient, ScheduledSends

log = structlog.get_logger("mailroom.provider")
SEND_SECONDS = 30.0
# Upkeep makes many short calls; one that hangs must not occupy its slot.
UPKEEP_SECONDS = 10.0
_thread = threading.local()


def sending_client() -> ProviderClient:
    """This thread's client: one kept-alive connection. Raises OperatorError for an unusable key or host."""
    client: ProviderClient | None = getattr(_thread, "client", None)
    if client is None:
        client = _thread.client = mail_provider().connect(SEND_SECONDS, lambda stage: failpoint(f"wire_{stage}"))
    return client


def missing_permissions(key: str, host: str) -> MissingPermissions:
    """Ask the provider what a key may not do. Raises OperatorError for an unusable key or host, and ProviderError."""
    client = provider_with(key, host).connect(UPKEEP_SECONDS)
    try:
        return client.missing_permissions()
    finally:
        client.close()


@contextmanager
def scheduled_sends(task: str) -> Iterator[ScheduledSends | None]:
    """The provider's scheduled sends, for one round of a task; None if it has none or the key is unusable."""
    with upkeep_client(task) as client:
        yield client.scheduled_sends if client else None


@contextmanager
def upkeep_client(task: str) -> Iterator[ProviderClient | None]:
    """A connection for one round of a task; None if the key is unusable."""
    try:
        client = mail_provider().connect(UPKEEP_SECONDS)
    except OperatorError as error:
        log.warning("upkeep_without_provider", task=task, error=str(error))
        yield None
        return
    try:
        yield client
    finally:
        client.close()
