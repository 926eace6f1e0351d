"""Erases people who ask to be forgotten, and removes requests that nobody confirmed."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Case, Exists, OuterRef, Value, When

from publication import audit, clock, personal_data
from publication.models import Actor
from subscribers import addresses, tokens
from subscribers.consent import (
    address_changes,
    confirmations,
    former_addresses_sql,
    ledger,
    merged_records,
    subscriptions,
    suppressions,
    text_erasure,
)
from subscribers.consent.ledger import Act, Proof
from subscribers.consent.text_erasure import PersonalIdentifiers, QuotingText
from subscribers.models import (
    AddressChange,
    ConsentRecord,
    FormerAddress,
    ImportedPerson,
    Notice,
    Subscriber,
    Subscription,
    Suppression,
)
from subscribers.signals import address_forgotten, erasure_begins, mail_since, people_erased

REFUSED = "refused"  # source of the erasure of somebody whose request staff refused
_EVER = datetime.min.replace(tzinfo=UTC)


class Erased(NamedTuple):
    """An erasure: the records that were emptied, and the texts of staff that still quote the people and were left as they are."""

    subscriber_ids: Sequence[int] = ()
    places: Sequence[QuotingText] = ()


class ErasedPerson(NamedTuple):
    """Somebody who is erased: their last address, its key, and the numbers of their records."""

    address: str | None
    key: bytes
    subscriber_ids: Sequence[int]


def erase(actor: Actor, subscriber: Subscriber, *, source: str = "cli", proof: Proof = Proof.STATEMENT) -> Erased:
    """Erase a person (GDPR 17): no table keeps their address, name or attributes; the suppression stays, by keyed hash.

    The row stays without personal data, because past deliveries are counted by it. Its key becomes random, so that nothing
    links it to the address. Records that were merged into it are erased with it. Idempotent. If the same person signs up
    again, they are a new subscriber. docs/security.md says what is erased when.
    """
    return erase_many(actor, [subscriber.pk], source=source, proof=proof)


def erase_many(
    actor: Actor, subscriber_ids: Sequence[int], *, source: str = "cli", proof: Proof = Proof.STATEMENT, keeps_out: bool = True
) -> Erased:  # fmt: skip
    """`erase` for several people in one transaction. Each statement is for all of them, because tables grow with the history.

    Those who are erased already, or unknown, are left out of the result. `keeps_out`: they asked for it, so that nobody else may
    add them again.
    """
    with transaction.atomic():
        records = _locked(subscriber_ids)
        if not records:
            return Erased()
        identifiers = [PersonalIdentifiers.of(of_person) for of_person in records.values()]
        people = [
            ErasedPerson(of_person[0].address, bytes(of_person[0].address_key), texts.subscriber_ids)
            for of_person, texts in zip(records.values(), identifiers, strict=True)
        ]
        ids = [number for person in people for number in person.subscriber_ids]
        subscriptions.unsubscribe_erased(actor, list(records), proof)
        other_keys = _all(people_erased.send(Subscriber, people=people))
        keys = {*(person.key for person in people), *other_keys, *former_addresses_sql.forget(ids)}
        suppressed = sorted(keys - owned_by_others(keys, ids))
        if keeps_out:
            suppressions.suppress_many(actor, [suppressions.Ground(key, Suppression.Reason.ERASED) for key in suppressed])
        suppressions.forget_addresses(suppressed, erased=keeps_out)
        address_changes.forget([record for of_person in records.values() for record in of_person])
        places = erase_quotations(identifiers)
        confirmations.keep_unanswered([of_person[0] for of_person in records.values()])  # after what is cancelled
        _empty(ids)
        for of_person in records.values():
            audit.record(actor, "erase", of_person[0])
        ledger.record_many(actor, Act.ERASED, [(number, None) for number in records], source=source, proof=proof)
    return Erased(tuple(ids), places)


def _locked(subscriber_ids: Sequence[int]) -> dict[int, list[Subscriber]]:
    """Lock the people of these records, in the order of their numbers; of each the newest record, then those merged into it.

    An old link may name one that was merged. People who are erased already are left out.
    """
    records: dict[int, list[Subscriber]] = {}
    for record in sorted(_locked_records(subscriber_ids), key=lambda record: (record.merged_into_id is not None, record.pk)):
        if record.merged_into_id is None and record.erased_at is None:
            records[record.pk] = [record]
        elif record.merged_into_id in records:
            records[record.merged_into_id].append(record)
    return dict(sorted(records.items()))


def _locked_records(subscriber_ids: Sequence[int]) -> list[Subscriber]:
    """Lock all records of these people. If a merge added one while this waited for the locks, it begins again."""
    while True:
        with transaction.atomic():
            known = merged_records.all_ids(subscriber_ids)
            meant = Subscriber.objects.filter(pk__in=known).order_by("id")
            erasure_begins.send(Subscriber, subscriber_ids=list(meant.filter(erased_at=None).values_list("pk", flat=True)))
            locked = list(meant.select_for_update())
            if merged_records.all_ids(subscriber_ids) == known:
                return locked
            transaction.set_rollback(True)  # frees the locks: new ones on top of them would not be in the order of the numbers


def _empty(ids: Sequence[int]) -> None:
    """Remove the personal data from the records themselves; each gets a random key of its own."""
    keys = Case(*(When(pk=number, then=Value(addresses.random_key())) for number in ids))
    values = personal_data.erased(Subscriber) | {"address_key": keys, "erased_at": clock.now()}
    Subscriber.objects.filter(pk__in=ids).update(**values)


def owned_by_others(keys: Iterable[bytes], subscriber_ids: Sequence[int]) -> set[bytes]:
    """The keys of addresses that belong to somebody else now, because a person's earlier address may have a new owner.

    A mere request to subscribe makes nobody the owner, because anybody can type an address.
    """
    others = Subscriber.objects.filter(address_key__in=list(keys)).exclude(pk__in=subscriber_ids)
    return {bytes(key) for key in others.filter(subscriptions.proved()).values_list("address_key", flat=True)}


def erase_quotations(people: Sequence[PersonalIdentifiers]) -> list[QuotingText]:
    """Remove the people's data from the texts of all packages; returns the texts that only staff can change."""
    places = text_erasure.erase_quotations(people)
    identifiers = PersonalIdentifiers.united(people)
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
        old = Subscription.objects.filter(state=Subscription.State.PENDING, created_at__lt=asked_before).order_by("id")
        asked = dict(old.values_list("pk", "subscriber_id")[:limit])
        people = merged_records.lock_people(asked.values(), skip_locked=True)
        expired = [*old.filter(pk__in=asked, subscriber__in=people).select_for_update(skip_locked=True)]
        if expired:
            Subscription.objects.filter(pk__in=[request.pk for request in expired]).delete()
            audit.record(actor, "expire_pending", None, count=len(expired))
            forget_again(actor, {request.subscriber_id for request in expired})
    return len(expired)


def forget_again(actor: Actor, subscriber_ids: set[int]) -> None:
    """Erase the people of ended requests who were erased before: a stranger may have typed their address."""
    people = Subscriber.objects.filter(pk__in=subscriber_ids, subscription=None, erased_at=None)
    keys = {bytes(person.address_key): person.pk for person in people}
    if erased := suppressions.erased(list(keys)):
        erase_many(actor, [keys[key] for key in erased])


def forget_unknown(actor: Actor, subscriber_ids: set[int]) -> int:
    """Erase the people of refused requests if there is no other data about them; returns how many.

    They did not ask to be forgotten, so their addresses are not kept out.
    """
    with transaction.atomic():
        merged_records.lock_people(subscriber_ids)
        if unknown := _unknown(subscriber_ids):
            erase_many(actor, unknown, source=REFUSED, keeps_out=False)
    return len(unknown)


def _unknown(subscriber_ids: set[int]) -> list[int]:
    """Those of these people who only asked to subscribe: who have no subscription, and got no mail but the question."""
    theirs = {"subscriber": OuterRef("pk")}
    mailed = _all(mail_since.send(Subscriber, subscriber_ids=list(subscriber_ids), since=_EVER))
    people = Subscriber.objects.filter(
        ~Exists(Subscription.objects.filter(**theirs)),
        ~Exists(Notice.objects.filter(**theirs).exclude(purpose=confirmations.PURPOSE)),
        ~Exists(AddressChange.objects.filter(**theirs)),
        ~Exists(FormerAddress.objects.filter(**theirs)),
        ~Exists(Subscriber.objects.filter(merged_into=OuterRef("pk"))),
        ~Exists(ConsentRecord.objects.filter(subscriber_id=OuterRef("pk")).exclude(act=Act.REQUESTED)),
        ~Exists(ImportedPerson.objects.filter(subscriber_id=OuterRef("pk"))),
        ~Exists(Suppression.objects.filter(address_key=OuterRef("address_key"))),
        pk__in=subscriber_ids - mailed, erased_at=None, merged_into=None, attributes={},
    )  # fmt: skip
    return list(people.order_by("id").values_list("pk", flat=True))
