"""Erases people who ask to be forgotten, and removes requests that nobody confirmed."""

from __future__ import annotations

import secrets

from django.db import transaction
from django.db.models import Q

from publication import audit, clock, retention
from publication.models import Actor
from subscribers import addresses
from subscribers.consent import address_changes, confirmations, ledger, subscriptions, suppressions
from subscribers.consent.ledger import Act, Proof
from subscribers.models import Notice, Subscriber, Subscription, Suppression
from subscribers.signals import person_erased


def erase(actor: Actor, subscriber: Subscriber, *, source: str = "cli", proof: Proof = Proof.STATEMENT) -> None:
    """Erase a person (GDPR 17): delete address, name and attributes; keep the suppression, by keyed hash.

    The row stays without personal data, because past deliveries are counted by it. Its key becomes random, so that nothing
    links it to the address. Idempotent. If the same person signs up again, they are a new subscriber.
    """
    with transaction.atomic():
        current = Subscriber.objects.select_for_update().get(pk=subscriber.pk)
        if current.erased_at is not None:
            return
        key = bytes(current.address_key)
        subscriptions.unsubscribe(actor, current.pk, how="erased", proof=proof)
        suppressions.suppress(actor, key, Suppression.Reason.ERASED)
        suppressions.forget_address(key)
        address_changes.forget(current)
        confirmations.cancel("erased", Q(subscriber=current))
        Notice.objects.filter(subscriber=current).update(address="", parameters={})
        person_erased.send(Subscriber, address=current.address)
        Subscriber.objects.filter(pk=current.pk).update(
            address=None,
            address_key=secrets.token_bytes(addresses.KEY_SIZE),
            domain="",
            name="",
            language="",
            country="",
            zone="",
            attributes={},
            engaged_at=None,
            soft_bounces=0,
            paused_until=None,
            erased_at=clock.now(),
        )
        audit.record(actor, "erase", current)
        ledger.record(Act.ERASED, current.pk, source=source, proof=proof)


def expire_pending(actor: Actor, *, limit: int = 10_000) -> int:
    """Remove requests that nobody confirmed within 7 days; returns how many.

    The person's row and notices stay, because the limit on confirmations counts them. Only a person who was erased before is
    erased again, because a stranger may have typed their address.
    """
    with transaction.atomic():
        asked_before = clock.now() - retention.PENDING_SUBSCRIPTIONS
        old = Subscription.objects.filter(state=Subscription.State.PENDING, created_at__lt=asked_before)
        found = [*old.select_for_update(skip_locked=True).order_by("id").only("id", "subscriber_id")[:limit]]
        if found:
            Subscription.objects.filter(pk__in=[each.pk for each in found]).delete()
            audit.record(actor, "expire_pending", None, count=len(found))
            _forget_again(actor, {each.subscriber_id for each in found})
    return len(found)


def _forget_again(actor: Actor, subscriber_ids: set[int]) -> None:
    people = Subscriber.objects.filter(pk__in=subscriber_ids, subscription=None, erased_at=None)
    keys = {bytes(person.address_key): person for person in people}
    for key in suppressions.erased(list(keys)):
        erase(actor, keys[key])
