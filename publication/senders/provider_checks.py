"""What the provider says about the account: what the key may do, and which domains are authenticated.

Staff ask, the worker calls the provider and stores the answer here. The key itself is never stored, only its last characters.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from django.db import transaction

from publication import audit, clock
from publication.models import Actor, ProviderCheck, Sender

RETRY = timedelta(minutes=5)
LOCK = 0x70726F76  # one worker asks the provider at a time
# Why there was no answer.
NO_KEY, REJECTED, UNREACHABLE, UNCLEAR = "no-key", "rejected", "unreachable", "unclear"


class ProviderAnswer(NamedTuple):
    """`missing`: purpose -> permissions that the key lacks for it. `domains` is None if the key may not read them."""

    permissions: Sequence[str]
    missing: Mapping[str, Sequence[str]]
    domains: Collection[str] | None


def latest() -> ProviderCheck:
    """The last check; an unsaved row if there was none."""
    return ProviderCheck.objects.filter(pk=1).first() or ProviderCheck(pk=1)


def ask(actor: Actor) -> ProviderCheck:
    """Let the worker check the account now."""
    with transaction.atomic():
        row = _locked()
        row.asked_at = clock.now()
        row.save(update_fields=["asked_at"])
        audit.record(actor, "ask_provider", row)
    return row


def is_due() -> bool:
    """Whether staff asked since the last check, or a sender waits and the provider did not answer some minutes ago."""
    row = latest()
    if is_open(row):
        return True
    is_old = row.checked_at is not None and row.checked_at < clock.now() - RETRY
    return is_old and Sender.objects.exclude(domain_asked_by=None).exists()


def is_open(row: ProviderCheck) -> bool:
    return row.asked_at is not None and (row.checked_at is None or row.checked_at < row.asked_at)


def store(key_end: str, answer: ProviderAnswer | None, fault: str = "") -> None:
    """Store what came of a check: the answer, or the code of the fault. The answer of before stays with its time."""
    now = clock.now()
    with transaction.atomic():
        row = _locked()
        row.checked_at, row.fault, row.key_end = now, fault, key_end
        if answer is not None:
            row.answered_at, row.permissions = now, sorted(answer.permissions)
            row.missing = {purpose: list(names) for purpose, names in answer.missing.items()}
            row.domains = None if answer.domains is None else sorted(answer.domains)
        row.save()


def authenticated_domains() -> Collection[str] | None:
    """The domains of the last check; none if the key may not read them. None if the provider did not answer."""
    row = latest()
    return None if row.fault or row.answered_at is None else row.domains or []


def _locked() -> ProviderCheck:
    ProviderCheck.objects.get_or_create(pk=1)
    return ProviderCheck.objects.select_for_update().get(pk=1)
