"""Moves a person to another address. Their record, subscriptions and deliveries stay."""

from __future__ import annotations

from django.db import transaction

from publication import audit
from publication.models import Actor
from subscribers import addresses
from subscribers.consent import ledger, suppressions
from subscribers.consent.ledger import Act, Proof
from subscribers.consent.subscriptions import StandingFault
from subscribers.faults import InputFault
from subscribers.models import Subscriber


def move(actor: Actor, subscriber: Subscriber, new_address: str, *, source: str, proof: Proof, statement: str = "") -> Subscriber:
    """Replace the address. A suppression of the old address stays with it.

    Raises AddressFault, InputFault, StandingFault(erased | suppressed | consent).
    """
    found = addresses.validate(new_address)
    if proof == Proof.STATEMENT and not statement.strip():
        raise StandingFault("consent")
    with transaction.atomic():
        current = Subscriber.objects.select_for_update().get(pk=subscriber.pk)
        if current.address is None:
            raise StandingFault("erased")
        if current.address == found.address:
            raise InputFault("same", "this person has this address already", "give another address")
        if Subscriber.objects.filter(address_key=found.key).exclude(pk=current.pk).exists():
            raise InputFault("taken", "another record has this address", "merge the two records instead")
        if suppressions.is_suppressed(found.key) or suppressions.is_domain_suppressed(found.domain):
            raise StandingFault("suppressed")
        Subscriber.objects.filter(pk=current.pk).update(
            address=found.address, address_key=found.key, domain=found.domain, soft_bounces=0
        )
        current.refresh_from_db()
        audit.record(actor, "change_address", current)
        ledger.record(Act.CHANGED_ADDRESS, current.pk, source=source, proof=proof, text=statement)
    return current
