"""Merges two records that turned out to be one person. Links and deliveries of both keep working."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from publication import audit, clock, personal_data
from publication.domain_errors import DomainError
from publication.models import Actor, Audit
from subscribers.consent import (
    confirmations,
    erasing,
    former_addresses_sql,
    ledger,
    measuring_consent,
    merged_records,
    suppressions,
)
from subscribers.consent.ledger import Act, Proof
from subscribers.consent.text_erasure import PersonalIdentifiers, QuotingText
from subscribers.models import AddressChange, Subscriber, Subscription
from subscribers.records import merging_sql

State = Subscription.State
MERGED = "merged"  # `unsubscribed_how` of the subscriptions that the other record has now


class MergeError(DomainError):
    """Two records that cannot be merged."""


class MergedRecords(NamedTuple):
    """A merge: the lists that the kept record joined and left by it, the details that it got, and why the other address stays
    suppressed (None: it was not). `places`: texts of staff that still quote the other address.
    """

    kept: int
    gone: int
    joined: Sequence[str]
    left: Sequence[str]
    filled: Sequence[str]
    suppressed: str | None
    places: Sequence[QuotingText]


def merge(actor: Actor, keep: Subscriber, gone: Subscriber) -> MergedRecords:
    """Give `keep` the subscriptions of `gone`, and the details that it lacks. `gone` loses address, name and attributes.

    Of two states for one list the unsubscribe wins, unless the person confirmed later themselves; nobody is subscribed again.
    If one of the records left everything, that ends the subscriptions of both, but for those confirmed later.
    Deliveries stay with the record they were made for; links of its mails act on `keep`. A suppression of the other address
    stays with that address and is reported, because it was about that mailbox: staff decide whether it means the person.
    Raises MergeError.
    """
    if keep.pk == gone.pk:
        raise MergeError("same")
    with transaction.atomic():
        locked = {person.pk: person for person in _locked(keep.pk, gone.pk)}
        keep, gone = locked[keep.pk], locked[gone.pk]
        key = bytes(gone.address_key)
        reason, identifiers = suppressions.reason_for(key), PersonalIdentifiers.of([Subscriber(pk=gone.pk, address=gone.address)])
        open_before = {*_lists(keep, ended=False), *_lists(gone, ended=False)}
        with merging_sql.counted_as_merge():
            joined, left = _unite_subscriptions(keep, gone)
        # Otherwise the lines of both records would say that the person is on a list which they left by one of them.
        ended = [(keep.pk, list_id) for list_id in _lists(keep, ended=True) if list_id in open_before]
        ledger.record_many(actor, Act.LEFT, ended, source=MERGED, proof=Proof.STATEMENT)
        filled = _fill_details(keep, gone)
        confirmations.cancel(MERGED, Q(subscriber=gone))
        open_changes = AddressChange.objects.filter(subscriber=gone, state=AddressChange.State.OPEN)
        open_changes.update(state=AddressChange.State.ENDED, address="", ended_at=clock.now())
        measuring_consent.unite(actor, keep, gone)
        merged_records.give_record_to(actor, gone, keep, source=actor.kind, proof=Proof.STATEMENT)
        former_addresses_sql.remember(key, keep.pk)
        suppressions.forget_address(key, erased=False)
        # The person has another address now, and no later erasure would know this one.
        places = erasing.erase_quotations([identifiers])
        audit.record(actor, "merge", keep, gone=gone.pk, joined=joined, left=left, filled=filled)
    return MergedRecords(keep.pk, gone.pk, joined, left, filled, reason, places)


def preview(keep: Subscriber, gone: Subscriber) -> MergedRecords:
    """What `merge` would do now. It changes nothing. Raises MergeError."""
    if keep.pk == gone.pk:
        raise MergeError("same")
    with transaction.atomic():
        locked = {person.pk: person for person in _locked(keep.pk, gone.pk)}
        keep, gone = locked[keep.pk], locked[gone.pk]
        joined, left = _unite_subscriptions(keep, gone)
        filled = _fill_details(keep, gone)
        transaction.set_rollback(True)
    return MergedRecords(keep.pk, gone.pk, joined, left, filled, suppressions.reason_for(bytes(gone.address_key)), ())


def _lists(person: Subscriber, *, ended: bool) -> list[int]:
    rows = Subscription.objects.filter(subscriber=person).order_by("list_id")
    rows = rows.filter(state=State.UNSUBSCRIBED) if ended else rows.exclude(state=State.UNSUBSCRIBED)
    return list(rows.values_list("list_id", flat=True))


def _locked(*ids: int) -> list[Subscriber]:
    """Lock both records, always in the same order. Raises MergeError(merged | erased)."""
    people = list(Subscriber.objects.select_for_update().filter(pk__in=ids).order_by("id"))
    for person in people:
        if person.merged_into_id is not None:
            raise MergeError("merged", subscriber=person.pk, into=person.merged_into_id)
        if person.erased_at is not None:
            raise MergeError("erased", subscriber=person.pk)
    return people


def _unite_subscriptions(keep: Subscriber, gone: Subscriber) -> tuple[list[str], list[str]]:
    """The short names of the lists that `keep` joined and left by it. The rows of `gone` stay, ended, for the reports."""
    locked = Subscription.objects.select_for_update().filter(subscriber__in=[keep, gone]).select_related("list").order_by("id")
    rows = list(locked)
    left = _leave_everything(keep, gone, rows)
    kept = {row.list_id: row for row in rows if row.subscriber_id == keep.pk}
    joined = []
    for other in rows:
        if other.subscriber_id == keep.pk:
            continue
        own = kept.get(other.list_id)
        before = own.state if own else None
        if own is None or _outweighs(other, own):
            own = own or Subscription(subscriber=keep, list=other.list)
            for name, value in personal_data.merged(own, other).items():
                setattr(own, name, value)
            own.save()
        if own.state == State.CONFIRMED and before != State.CONFIRMED:
            joined.append(other.list.slug)
        elif own.state == State.UNSUBSCRIBED and before == State.CONFIRMED:
            left.append(other.list.slug)
        if other.state != State.UNSUBSCRIBED:
            other.state, other.unsubscribed_how, other.unsubscribed_at = State.UNSUBSCRIBED, MERGED, clock.now()
            other.save(update_fields=["state", "unsubscribed_how", "unsubscribed_at"])
    return sorted(joined), sorted(left)


def _leave_everything(keep: Subscriber, gone: Subscriber, rows: Sequence[Subscription]) -> list[str]:
    """End the subscriptions of both if one of them left everything since; the short names of the lists that `keep` left.

    Sets `left_all_at` of `keep` as if there had always been one record: their own later consent empties it.
    """
    left_at = max((person.left_all_at for person in (keep, gone) if person.left_all_at), default=None)
    if left_at is None:
        return []
    ended = [row for row in rows if row.state != State.UNSUBSCRIBED and not _decided_after(row, left_at)]
    returned = any(row.state == State.CONFIRMED and row not in ended for row in rows)
    how = next((row.unsubscribed_how for row in rows if row.unsubscribed_at == left_at), "staff")
    left = [row.list.slug for row in ended if row.subscriber_id == keep.pk and row.state == State.CONFIRMED]
    for row in ended:
        row.state, row.unsubscribed_at, row.unsubscribed_how = State.UNSUBSCRIBED, left_at, how
        row.save(update_fields=["state", "unsubscribed_at", "unsubscribed_how"])
    Subscriber.objects.filter(pk=keep.pk).update(left_all_at=None if returned else left_at)
    return left


def _outweighs(other: Subscription, own: Subscription) -> bool:
    """Whether the state of `other` replaces that of `own`, a subscription to the same list."""
    match (other.state, own.state):
        case (State.UNSUBSCRIBED, State.CONFIRMED | State.PENDING):
            return not _confirmed_after(own, other)
        case (State.CONFIRMED, State.PENDING):
            return True
        case (State.CONFIRMED, State.UNSUBSCRIBED):
            return _confirmed_after(other, own)
    return False


def _confirmed_after(confirmed: Subscription, left: Subscription) -> bool:
    """Whether the person confirmed one subscription themselves after they left the other. An import is no such decision."""
    if confirmed.state != State.CONFIRMED or left.unsubscribed_at is None:
        return False
    return _decided_after(confirmed, left.unsubscribed_at)


def _decided_after(subscription: Subscription, moment: datetime) -> bool:
    """Whether the person confirmed this subscription, or asked for the one that waits, after a moment."""
    if subscription.state == State.PENDING:
        return subscription.created_at > moment
    own = Audit.objects.filter(
        object_kind="subscription", object_id=str(subscription.pk), verb__in=["confirm", "join", "undo_unsubscribe"]
    )
    return own.filter(at__gt=moment).exists()


def _fill_details(keep: Subscriber, gone: Subscriber) -> list[str]:
    """Give `keep` the details that it lacks; returns their names."""
    values = personal_data.merged(keep, gone)
    Subscriber.objects.filter(pk=keep.pk).update(**values)
    texts = [name for name, value in values.items() if isinstance(value, str) and value != getattr(keep, name)]
    return sorted([*texts, *(gone.attributes.keys() - keep.attributes.keys())])
