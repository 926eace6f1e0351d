"""Moves a person to another address: after both addresses have confirmed it, after the new one has if staff asked for them, or at
once on a statement by staff.

Only this module writes changes of address. Audit and ledger get ids, never an address. A suppression stays with its address.
"""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

from django.db import IntegrityError, transaction
from django.db.models import Q

from publication import audit, clock
from publication.domain_errors import DomainError
from publication.models import Actor
from subscribers import addresses, request_counts, tokens
from subscribers.attributes import read_comment
from subscribers.consent import confirmations, former_addresses_sql, ledger, merged_records, subscriptions, suppressions
from subscribers.consent.ledger import Act, Proof
from subscribers.consent.subscriptions import SubscriberStateError
from subscribers.consent.text_erasure import mask_address, mask_requested_addresses
from subscribers.errors import InputError
from subscribers.models import AddressChange, Notice, Subscriber, Subscription, Suppression
from subscribers.request_counts import Kind

State = AddressChange.State
PER_DAY = 3
OPEN_FOR = tokens.CONFIRM_WITHIN
DOUBLED = timedelta(minutes=1)  # the same change that staff entered since is this one: their button was pressed twice


class Side(StrEnum):
    """One of the two addresses, which is also the purpose of its notice and of the token in it."""

    OLD = "old_address"
    NEW = "new_address"


class MailOf(StrEnum):
    """Whether a person gets newsletters, which decides what a change of their address means."""

    GOES_ON = "goes_on"
    LEFT = "left"  # they unsubscribed from all they were on
    NONE = "none"  # they were never on a list


class AddressChangeError(DomainError):
    """A change of address that cannot be made."""


def ask(actor: Actor, subscriber: Subscriber, new_address: str, *, language: str = "") -> AddressChange:
    """Request that mail goes to `new_address`: both addresses get a mail with a link that confirms it.

    The mails are in the person's language; if it is not known, in `language`. It replaces an open change. The result does not
    depend on who has the new address, or on whether it is suppressed, because the person who asks may not be its owner.
    Raises AddressError, AddressChangeError(same | limit), SubscriberStateError(erased | merged).
    """
    address = addresses.validate(new_address)
    now = clock.now()
    with transaction.atomic():
        person = Subscriber.objects.select_for_update().get(pk=subscriber.pk)
        subscriptions.require_present(person)
        if address.key == bytes(person.address_key):
            raise AddressChangeError("same")
        _require_few(person)
        silent = "" if _may_get_mail(address) else "suppressed"
        # By several people, who may be erased in between: nobody can flood a stranger with mail.
        if not request_counts.take(Kind.ADDRESS_CHANGE, address.key.hex(), PER_DAY, timedelta(days=1)):
            silent = "limit"
        _end(Q(subscriber=person))
        change = AddressChange.objects.create(subscriber=person, address=address.address, address_key=address.key, asked_at=now)
        _plan_notices(person, change, silent, person.language or language)
        audit.record(actor, "ask_address_change", person, change=change.pk)
        ledger.record(
            actor, Act.ASKED_ADDRESS_CHANGE, person.pk, source="private page", proof=Proof.PRIVATE_LINK, change=change.pk
        )
    return change


def ask_as_staff(actor: Actor, subscriber: Subscriber, new_address: str, *, reason: str, language: str = "") -> AddressChange:
    """Request for a person, who asked staff for it, that mail goes to `new_address`, which must confirm it.

    The old address gets a notice that says so, with a link that stops the change; it need not confirm, because many people change
    an address that they cannot read any more. `reason` is kept with the change only. Staff, unlike the person, learn at once what
    prevents it.
    Raises AddressError, InputError(reason | comment), AddressChangeError(same | limit | taken | refused | suppressed),
    SubscriberStateError(erased | merged).
    """
    address, reason = addresses.validate(new_address), read_comment(reason)
    if not reason:
        raise InputError("reason", "there is no reason for the change", "write who asked for it, when and how")
    with transaction.atomic():
        person = _lock_with_owner(subscriber.pk, address.key)
        subscriptions.require_present(person)
        same = AddressChange.objects.filter(
            subscriber=person, state=State.OPEN, address=address.address, reason=reason, actor=actor
        )
        if (doubled := same.filter(asked_at__gt=clock.now() - DOUBLED).first()) is not None:
            return doubled
        _require_possible(person, address)
        _require_few(person)
        if not request_counts.take(Kind.ADDRESS_CHANGE, address.key.hex(), PER_DAY, timedelta(days=1)):
            raise AddressChangeError("limit")
        _end(Q(subscriber=person))
        change = AddressChange.objects.create(
            subscriber=person, address=address.address, address_key=address.key, asked_at=clock.now(), actor=actor, reason=reason
        )
        _plan_notices(person, change, "", person.language or language)
        audit.record(actor, "ask_address_change", person, change=change.pk)
        ledger.record(actor, Act.ASKED_ADDRESS_CHANGE, person.pk, source="staff", proof=Proof.STATEMENT, change=change.pk)
    return change


def _require_possible(person: Subscriber, address: addresses.Address) -> None:
    if address.key == bytes(person.address_key):
        raise AddressChangeError("same")
    if suppressions.said_no(bytes(person.address_key)):  # a change must not end what they decided
        raise AddressChangeError("suppressed")
    if Subscriber.objects.filter(address_key=address.key).filter(subscriptions.proved()).exists():
        raise AddressChangeError("taken")
    if not _may_get_mail(address):
        raise AddressChangeError("refused")


def _require_few(person: Subscriber) -> None:
    if AddressChange.objects.filter(subscriber=person, asked_at__gt=clock.now() - timedelta(days=1)).count() >= PER_DAY:
        raise AddressChangeError("limit")


def _may_get_mail(address: addresses.Address) -> bool:
    """Whether mail may go to this address: it is not suppressed, except for soft bounces, and nobody asked to be forgotten there.

    Only a sign-up at that address ends a request to be forgotten.
    """
    return suppressions.may_be_asked(address) and not suppressions.said_no(address.key)


def _plan_notices(person: Subscriber, change: AddressChange, silent: str, language: str) -> None:
    """The mails to both addresses; that to the new one is not sent if `silent` says why."""
    old = _notice(change, Side.OLD, person.address or "", "", language)
    Notice.objects.bulk_create([old, _notice(change, Side.NEW, change.address, silent, language)])


def _notice(change: AddressChange, side: Side, address: str, silent: str, language: str) -> Notice:
    return Notice(
        purpose=side.value, token=str(change.pk), subscriber_id=change.subscriber_id, address="" if silent else address,
        parameters={"change": change.pk, "language": language, "by_staff": change.actor_id is not None},
        reason=silent, created_at=change.asked_at, state=Notice.State.SKIPPED if silent else Notice.State.PLANNED,
    )  # fmt: skip


def is_open(change: AddressChange) -> bool:
    return change.state == State.OPEN and change.asked_at > clock.now() - OPEN_FOR


def open_change(person: Subscriber) -> AddressChange | None:
    """The change that the person's addresses can still confirm."""
    change = AddressChange.objects.filter(subscriber=person, state=State.OPEN).first()
    return change if change and is_open(change) else None


def hint(change: AddressChange) -> str:
    """The new address so far that its owner recognises it: the first letter and the domain."""
    return mask_address(change.address)


def mail_of(person: Subscriber) -> MailOf:
    """Whether mail goes to the new address after a change; if not, the change is only one of the record."""
    states = set(Subscription.objects.filter(subscriber=person).values_list("state", flat=True))
    if Subscription.State.CONFIRMED in states:
        return MailOf.GOES_ON
    return MailOf.LEFT if person.left_all_at or Subscription.State.UNSUBSCRIBED in states else MailOf.NONE


def find(claims: tokens.Claims | None) -> AddressChange | None:
    """The change that a link of one of its two mails is about, open or not."""
    change = AddressChange.objects.select_related("subscriber").filter(pk=claims.subject).first() if claims else None
    return change if change and claims and claims.is_of(change.asked_at) else None


def confirm(actor: Actor, change: AddressChange, side: Side) -> bool:
    """One of the two addresses agrees. True if the person has moved, False if the other address must still confirm.

    Idempotent. Raises AddressChangeError(ended | taken | refused), SubscriberStateError(erased); a change that fails has ended.
    """
    try:
        return _agree(actor, change, side)
    except AddressChangeError as fault:
        if fault.code != "ended":
            _end(Q(pk=change.pk))
        raise


def _agree(actor: Actor, change: AddressChange, side: Side) -> bool:
    with transaction.atomic():
        person, current = _locked(change)
        if current.state == State.DONE:
            return True
        # `move` ends open changes. Were one left, its links would be in mailboxes that the person may have left.
        if not is_open(current) or ledger.moved_since([person.pk], current.asked_at):
            raise AddressChangeError("ended")
        field = "old_confirmed_at" if side is Side.OLD else "new_confirmed_at"
        if getattr(current, field) is None:
            setattr(current, field, clock.now())
            current.save(update_fields=[field])
            audit.record(actor, "confirm_address_change", person, change=current.pk, side=side.value)
        if current.new_confirmed_at is None or (current.old_confirmed_at is None and current.actor_id is None):
            return False
        _take_effect(actor, person, current)
    return True


def _take_effect(actor: Actor, person: Subscriber, change: AddressChange) -> None:
    if change.address == mask_address(change.address):  # its owner was erased
        raise AddressChangeError("refused")
    address = addresses.validate(change.address)
    if not _may_get_mail(address):
        raise AddressChangeError("refused")
    suppressions.lift(actor, address.key, only=[Suppression.Reason.SOFT_BOUNCES], by_consent=True)
    _end(Q(pk=change.pk), State.DONE)
    source, proof = ("address page", Proof.BOTH_ADDRESSES) if change.actor_id is None else ("staff", Proof.CONFIRMATION_LINK)
    _store(actor, person, address, source=source, proof=proof, statement="")


def withdraw(actor: Actor, change: AddressChange) -> bool:
    """Stop an open change, at the wish of either address; False if it is not open any more."""
    with transaction.atomic():
        person, current = _locked(change)
        if not is_open(current):
            return False
        _end(Q(pk=current.pk))
        audit.record(actor, "withdraw_address_change", person, change=current.pk)
    return True


def move(actor: Actor, subscriber: Subscriber, new_address: str, *, source: str, proof: Proof, statement: str = "") -> Subscriber:
    """Give a person another address at once; `statement` says how they agreed. Subscriptions and deliveries stay.

    A bounce of the old address does not matter. Raises AddressError, AddressChangeError(same | taken | suppressed),
    SubscriberStateError(consent | erased | merged | suppressed | forgotten).
    """
    address = addresses.validate(new_address)
    if proof is Proof.STATEMENT and not statement.strip():
        raise SubscriberStateError("consent")
    with transaction.atomic():
        person = _lock_with_owner(subscriber.pk, address.key)
        subscriptions.require_present(person)
        if address.key == bytes(person.address_key):
            raise AddressChangeError("same")
        if suppressions.said_no(bytes(person.address_key)):
            raise AddressChangeError("suppressed")
        subscriptions.require_mailable(address)
        _end(Q(subscriber=person))
        _store(actor, person, address, source=source, proof=proof, statement=statement)
    return person


def _store(
    actor: Actor, person: Subscriber, address: addresses.Address, *, source: str, proof: Proof, statement: str
) -> None:  # fmt: skip
    having = Subscriber.objects.filter(address_key=address.key)
    if having.filter(subscriptions.proved()).exists():
        raise AddressChangeError("taken")
    if (request := having.first()) is not None:
        _give_up(actor, request, person, source=source, proof=proof)
    # A confirmation to the old address would be for a mailbox that the person has left.
    confirmations.cancel("address changed", Q(subscriber=person))
    former_addresses_sql.end(address.key)
    former_addresses_sql.remember(bytes(person.address_key), person.pk)
    person.address, person.address_key, person.domain = address.address, address.key, address.domain
    person.soft_bounces = 0  # they were the old mailbox's
    try:
        with transaction.atomic():
            person.save(update_fields=["address", "address_key", "domain", "soft_bounces"])
    except IntegrityError:  # somebody signed up with it in this moment
        raise AddressChangeError("taken") from None
    audit.record(actor, "change_address", person)
    ledger.record(actor, Act.CHANGED_ADDRESS, person.pk, source=source, proof=proof, text=statement)


def _give_up(actor: Actor, request: Subscriber, owner: Subscriber, *, source: str, proof: Proof) -> None:
    """Merge the record of a mere request into that of the person who owns the address. Its requests end, and no detail of it
    is taken over, because a stranger may have typed them.
    """
    subscriptions.drop_requests(request)
    _end(Q(subscriber=request))
    merged_records.give_record_to(actor, request, owner, source=source, proof=proof)


def _lock_with_owner(subscriber_id: int, key: bytes) -> Subscriber:
    """The person, locked together with the record that has the address of this key, always in the same order."""
    both = Subscriber.objects.select_for_update().filter(Q(pk=subscriber_id) | Q(address_key=key)).order_by("id")
    return next(person for person in both if person.pk == subscriber_id)


def _locked(change: AddressChange) -> tuple[Subscriber, AddressChange]:
    """Always the people first, as everywhere."""
    person = _lock_with_owner(change.subscriber_id, bytes(change.address_key))
    if person.erased_at is not None:
        raise SubscriberStateError("erased")
    if person.merged_into_id is not None:  # the record has no address any more, and gets none again
        raise AddressChangeError("ended")
    return person, AddressChange.objects.select_for_update().get(pk=change.pk)


def _end(which: Q, state: str = State.ENDED) -> int:
    """End open changes: remove the new address from them and from their notices, and mail nothing more about them."""
    with transaction.atomic():
        open_changes = [*AddressChange.objects.select_for_update().order_by("id").filter(which, state=State.OPEN).only("id")]
        if not open_changes:
            return 0
        numbers = [change.pk for change in open_changes]
        AddressChange.objects.filter(pk__in=numbers).update(state=state, address="", ended_at=clock.now())
        about = Q(purpose__in=list(Side), token__in=[str(number) for number in numbers])
        confirmations.cancel("address change ended", about)
        Notice.objects.filter(about, purpose=Side.NEW).update(address="")
    return len(open_changes)


def forget(people: Sequence[Subscriber]) -> None:
    """Part of an erasure: end the people's open changes, and hide their addresses in other people's changes to them."""
    _end(Q(subscriber__in=people))
    mask_requested_addresses(Q(address_key__in=[person.address_key for person in people]))


def end_expired(actor: Actor) -> int:
    """End changes that were not confirmed by both addresses within 7 days; returns how many."""
    with transaction.atomic():
        ended = _end(Q(asked_at__lte=clock.now() - OPEN_FOR))
        if ended:
            audit.record(actor, "expire_address_changes", None, count=ended)
    return ended
