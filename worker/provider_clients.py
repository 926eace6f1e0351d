"""The worker's connections to the provider. Nothing else in Mailroom connects to it."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import structlog

from config.failpoints import failpoint
from config.mail_provider import mail_provider, provider_with
from publication.database.statement_sql import session_lock
from transport.errors import OperatorError, ProviderError
from transport.key_purposes import KeyPermissions, KeyPurpose, MissingPermissions
from transport.outcomes import Cause
from transport.provider import Provider, ProviderClient, ScheduledSends

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
        return client.key_permissions().missing
    finally:
        client.close()


def check_account() -> int:
    """Ask the provider what staff want to know about the account, and confirm the senders that wait for it; 1 if asked."""
    # The doctor asks about a key before Django is set up.
    from publication.senders import provider_checks, sender_confirmations  # noqa: PLC0415

    with session_lock(provider_checks.LOCK) as mine:
        if not mine or not provider_checks.is_due():
            return 0
        provider, answer, fault = mail_provider(), None, ""
        try:
            permissions, domains = _account(provider)
            missing = {str(purpose): lacking for purpose, lacking in permissions.missing.items()}
            answer = provider_checks.ProviderAnswer(permissions.granted, missing, domains)
        except OperatorError as error:
            log.warning("provider_not_asked", error=str(error))
            fault = provider_checks.NO_KEY
        except ProviderError as error:
            log.warning("provider_without_answer", error=str(error))
            fault = provider_checks.UNREACHABLE if error.outcome.status is None else provider_checks.UNCLEAR
            if error.outcome.cause is Cause.CREDENTIALS:
                fault = provider_checks.REJECTED
        provider_checks.store(provider.key_end, answer, fault)
        sender_confirmations.settle_domains()
    return 1


def _account(provider: Provider) -> tuple[KeyPermissions, Sequence[str] | None]:
    """What the key may do, and the authenticated domains if it may read them.

    Raises OperatorError for an unusable key or host, and ProviderError.
    """
    client = provider.connect(UPKEEP_SECONDS)
    try:
        permissions = client.key_permissions()
        may_read = KeyPurpose.READ_DOMAINS not in permissions.missing
        return permissions, client.authenticated_domains() if may_read else None
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
