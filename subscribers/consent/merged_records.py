"""Records of people: which one a person has now, what those that were merged into it give away, and how they are locked."""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Q

from publication import personal_data
from publication.models import Actor
from subscribers import addresses
from subscribers.consent import former_addresses_sql, ledger
from subscribers.consent.ledger import Act, Proof
from subscribers.models import Subscriber
from subscribers.subscriber_details import Details

LOCK_TRIES = 3


def give_record_to(actor: Actor, gone: Subscriber, keep: Subscriber, *, source: str, proof: Proof) -> None:
    """Remove the personal data of the record `gone`, which means `keep` from now on. The caller has locked both.

    A chain of merges has one step, so that every old link needs one query.
    """
    Subscriber.objects.filter(merged_into=gone).update(merged_into=keep)
    former_addresses_sql.give(gone.pk, keep.pk)
    Subscriber.objects.filter(pk=gone.pk).update(**personal_data.erased(Subscriber), merged_into=keep)
    for record, other in ((keep, gone), (gone, keep)):
        ledger.record(actor, Act.MERGED, record.pk, source=source, proof=proof, other=other.pk, kept=keep.pk)


def current_id(subscriber_id: int) -> int:
    """The id of the person's record now: another one if this one was merged into it. Links of old mails keep the old id."""
    merged = Subscriber.objects.filter(pk=subscriber_id, merged_into__isnull=False).values_list("merged_into_id", flat=True)
    return merged.first() or subscriber_id


def locked_current_id(subscriber_id: int) -> int:
    """`current_id`, whose record stays locked until the caller's transaction ends, so that it is not merged before."""
    while True:
        with transaction.atomic():
            current = current_id(subscriber_id)
            locked = Subscriber.objects.select_for_update().filter(pk=current)
            if locked.values_list("merged_into_id", flat=True).first() is None:
                return current
            transaction.set_rollback(True)  # it was merged meanwhile: frees the lock, which is not in the order of the numbers


def current_ids(subscriber_ids: Sequence[int]) -> set[int]:
    """`current_id` of many."""
    merged = Subscriber.objects.filter(pk__in=subscriber_ids, merged_into__isnull=False).values_list("pk", "merged_into_id")
    newest = dict(merged)
    return {newest.get(number, number) for number in subscriber_ids}


def lock_people(subscriber_ids: Iterable[int], *, skip_locked: bool = False) -> list[int]:
    """Lock these people, before their subscriptions, as every change of a person does; returns who is locked."""
    people = Subscriber.objects.filter(pk__in=set(subscriber_ids)).order_by("id")
    return list(people.select_for_update(skip_locked=skip_locked).values_list("pk", flat=True))


def lock_or_create(address: addresses.Address, details: Details, *, follows_moves: bool = False) -> tuple[Subscriber, bool]:
    """The row of this address, created if there is none, and whether it was created. An earlier address means the present record
    of the person if `follows_moves`.

    If this waited for an erasure, a merge or the undo of an import that took the row or its key away, it begins again.
    """
    for _ in range(LOCK_TRIES):
        with transaction.atomic():
            if follows_moves:
                address = _present(address)
            new = Subscriber(address=address.address, address_key=address.key, domain=address.domain, **details.new())
            of_address = Subscriber.objects.filter(address_key=address.key)
            known = of_address.values_list("pk", flat=True).first()
            # Insert or find by the unique key, so that two requests at once get the same row.
            Subscriber.objects.bulk_create([new], ignore_conflicts=True)
            row = of_address.select_for_update().first()
            if row is not None and (row.pk == known or not follows_moves or _present(address) == address):
                return row, row.pk != known
            transaction.set_rollback(True)
    raise Subscriber.DoesNotExist


def _present(address: addresses.Address) -> addresses.Address:
    """The present address of the person whose earlier address this is; else the address itself."""
    return former_addresses_sql.present([address.key]).get(address.key, address)


def all_ids(subscriber_ids: Sequence[int]) -> set[int]:
    """The ids of all records of these people: the newest ones, and those that were merged into them."""
    current = current_ids(subscriber_ids)
    return set(Subscriber.objects.filter(Q(pk__in=current) | Q(merged_into__in=current)).values_list("pk", flat=True))
