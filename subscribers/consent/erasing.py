"""Erases people who ask to be forgotten, and removes requests that nobody confirmed."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db import transaction

from publication import audit, clock, personal_data
from publication.models import Actor
from subscribers import tokens
from subscribers.consent import (
    address_changes,
    confirmations,
    former_addresses_sql,
    ledger,
    subscriptions,
    suppressions,
    text_erasure,
)
from subscribers.consent.ledger import Act, Proof
from subscribers.consent.text_erasure import PersonalIdentifiers, QuotingText
from subscribers.models import Subscriber, Subscription, Suppression
from subscribers.signals import address_forgotten, person_erased


class Erased(NamedTuple):
    """An erasure: the records that were emptied, and the texts of staff that still quote the person and were left as they are."""

    subscriber_ids: Sequence[int] = ()
    places: Sequence[QuotingText] = ()


def erase(actor: Actor, subscriber: Subscriber, *, source: str = "cli", proof: Proof = Proof.STATEMENT) -> Erased:
    """Erase a person (GDPR 17): no table keeps their address, name or attributes; the suppression stays, by keyed hash.

    The row stays without personal data, because past deliveries are counted by it. Its key becomes random, so that nothing
    links it to the address. Records that were merged into it are erased with it. Idempotent. If the same person signs up
    again, they are a new subscriber. docs/security.md says what is erased when.
    """
    with transaction.atomic():
        # Through the newest record: an old link may name one that was merged.
        current = Subscriber.objects.select_for_update().get(pk=subscriptions.current_id(subscriber.pk))
        if current.erased_at is not None:
            return Erased()
        people = [current, *Subscriber.objects.select_for_update().filter(merged_into=current).order_by("id")]
        identifiers, key = PersonalIdentifiers.of(people), bytes(current.address_key)
        subscriptions.unsubscribe(actor, current.pk, how="erased", proof=proof)
        other_keys = person_erased.send(Subscriber, address=current.address, key=key, subscriber_ids=identifiers.subscriber_ids)
        keys = {key, *_all(other_keys), *former_addresses_sql.forget(identifiers.subscriber_ids)}
        for erased_key in sorted(keys - owned_by_others(keys, identifiers.subscriber_ids)):
            suppressions.suppress(actor, erased_key, Suppression.Reason.ERASED)
            suppressions.forget_address(erased_key)
        for person in people:
            address_changes.forget(person)
        places = erase_quotations(identifiers)
        confirmations.keep_unanswered(current)  # after what is cancelled
        for person in people:
            Subscriber.objects.filter(pk=person.pk).update(**personal_data.erased(Subscriber), erased_at=clock.now())
        audit.record(actor, "erase", current)
        ledger.record(Act.ERASED, current.pk, source=source, proof=proof)
    return Erased(identifiers.subscriber_ids, places)


def owned_by_others(keys: Iterable[bytes], subscriber_ids: Sequence[int]) -> set[bytes]:
    """The keys of addresses that belong to somebody else now, because a person's earlier address may have a new owner.

    A mere request to subscribe makes nobody the owner, because anybody can type an address.
    """
    others = Subscriber.objects.filter(address_key__in=list(keys)).exclude(pk__in=subscriber_ids)
    return {bytes(key) for key in others.filter(subscriptions.proved()).values_list("address_key", flat=True)}


def erase_quotations(identifiers: PersonalIdentifiers) -> list[QuotingText]:
    """Remove the person's data from the texts of all packages; returns the texts that only staff can change."""
    places = text_erasure.erase_quotations(identifiers)
    return sorted({*places, *_all(address_forgotten.send(Subscriber, identifiers=identifiers))})


def _all(answers: Iterable[tuple[Any, Any]]) -> set[Any]:
    """Unite what the receivers of a signal returned."""
    return {returned for _, answer in answers for returned in answer or ()}


def expire_pending(actor: Actor, *, limit: int = 10_000) -> int:
    """Remove requests that nobody confirmed within 7 days; returns how many.

    The person's row and notices stay, because the limit on confirmations counts them. Only a person who was erased before is
    erased again, because a stranger may have typed their address.
    """
    with transaction.atomic():
        asked_before = clock.now() - tokens.CONFIRM_WITHIN
        old = Subscription.objects.filter(state=Subscription.State.PENDING, created_at__lt=asked_before)
        expired = [*old.select_for_update(skip_locked=True).order_by("id").only("id", "subscriber_id")[:limit]]
        if expired:
            Subscription.objects.filter(pk__in=[request.pk for request in expired]).delete()
            audit.record(actor, "expire_pending", None, count=len(expired))
            forget_again(actor, {request.subscriber_id for request in expired})
    return len(expired)


def forget_again(actor: Actor, subscriber_ids: set[int]) -> None:
    """Erase the people of ended requests who were erased before: a stranger may have typed their address."""
    people = Subscriber.objects.filter(pk__in=subscriber_ids, subscription=None, erased_at=None)
    keys = {bytes(person.address_key): person for person in people}
    for key in suppressions.erased(list(keys)):
        erase(actor, keys[key])
