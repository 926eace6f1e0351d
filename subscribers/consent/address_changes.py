"""Moves a person to another address. Their record, subscriptions and deliveries stay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import transaction

from publication import audit
from publication.domain_errors import DomainError
from publication.models import Actor
from subscribers import addresses
from subscribers.consent import ledger, suppressions
from subscribers.consent.ledger import Act, Proof
from subscribers.models import Subscriber


class AddressChangeFault(DomainError):
    """taken: another record has the address. suppressed: it must not be mailed. erased: the person has no address any more."""

    codes: ClassVar[Mapping[str, tuple[str, ...]]] = {"taken": (), "suppressed": (), "erased": (), "same": ()}


def move(actor: Actor, subscriber: Subscriber, new_address: str, *, source: str, proof: Proof, statement: str = "") -> Subscriber:
    """Replace the address. A suppression of the old address stays with it. Raises AddressFault, AddressChangeFault."""
    found = addresses.validate(new_address)
    with transaction.atomic():
        current = Subscriber.objects.select_for_update().get(pk=subscriber.pk)
        if current.address is None:
            raise AddressChangeFault("erased")
        if current.address == found.address:
            raise AddressChangeFault("same")
        if Subscriber.objects.filter(address_key=found.key).exclude(pk=current.pk).exists():
            raise AddressChangeFault("taken")
        if suppressions.is_suppressed(found.key) or suppressions.is_domain_suppressed(found.domain):
            raise AddressChangeFault("suppressed")
        current.address, current.address_key, current.domain, current.soft_bounces = found.address, found.key, found.domain, 0
        current.save(update_fields=["address", "address_key", "domain", "soft_bounces"])
        audit.record(actor, "change_address", current)
        ledger.record(Act.CHANGED_ADDRESS, current.pk, source=source, proof=proof, text=statement)
    return current
