"""Subscribes, confirms and unsubscribes people, and edits their details.

Only this module, `erasing`, `records.merging`, `unsubscribe_reasons`, `provider_unsubscribes` and `importing.importer_sql` write
subscriptions; `text_erasure` removes what their texts quote, and `welcomes` writes who waits for a welcome.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from publication import audit, clock
from publication.domain_errors import DomainError
from publication.models import Actor
from subscribers import addresses
from subscribers.attributes import read_comment, read_consent
from subscribers.consent import confirmations, former_addresses_sql, ledger, suppressions
from subscribers.consent.ledger import Act, Proof
from subscribers.consent.merged_records import current_id, lock_or_create, locked_current_id
from subscribers.models import ConsentRecord, MailingList, Subscriber, Subscription
from subscribers.subscriber_details import DetailChange, Details, store

State = Subscription.State
UNDO_FOR = timedelta(days=1)  # an unsubscribe by the link of a mail (`unsubscribe_undo`)


class SubscriberStateError(DomainError):
    """A change that the person's state does not allow."""


class Added(NamedTuple):
    """The result of adding somebody: whether the person is new, whether they joined now, and which details changed."""

    subscription: Subscription
    is_new: bool
    joined: bool
    changes: Sequence[DetailChange]


def find_subscriber(address: str) -> Subscriber | None:
    """The subscriber with this address, in any spelling."""
    return Subscriber.objects.filter(address_key=addresses.key_of_spelling(address)).first()


def require_present(person: Subscriber) -> None:
    """Raise SubscriberStateError(erased | merged) if the record has no person of its own any more."""
    if person.erased_at is not None:
        raise SubscriberStateError("erased")
    if person.merged_into_id is not None:
        raise SubscriberStateError("merged", subscriber=person.pk, into=person.merged_into_id)


def subscribe(
    actor: Actor, mailing_list: MailingList, address: str, *, name: str = "", language: str = "", source: str = "form",
    consent: str = "", wording_language: str = "", mail_language: str = "", attributes: Mapping[str, Any] | None = None,
    measuring_wish: str = "",
) -> Subscription:  # fmt: skip
    """Request that somebody joins `list`; they must confirm it by mail, in `mail_language`.

    A request by a subscriber (`audit.subscriber`) is the person's own. It takes the same queries and has the same result for
    every state (new, pending, confirmed, unsubscribed, suppressed, bounced, erased), so that a form does not reveal who is on
    a list. Only the person at the address learns more: people who are subscribed get a mail that says so. If staff request it,
    nothing is stored about people who were erased or must not be mailed. A request never overwrites details of a person who
    has confirmed one. `measuring_wish`: what the person also agrees to by confirming (`measuring_consent`); of requests for the
    same list the last one counts, and staff cannot wish it for them.

    Raises AddressError, InputError; for actors other than subscribers also SubscriberStateError(forgotten | suppressed).
    """
    valid_address = addresses.validate(address)
    details = Details.read(attributes, name=name, language=language)
    consent = read_consent(consent)
    now, is_own = clock.now(), actor.kind == Actor.Kind.SUBSCRIBER
    with transaction.atomic():
        subscriber, _ = lock_or_create(valid_address, details)
        if not is_own:  # after the lock: an erasure for which it waited forbids it
            require_mailable(valid_address, but_for=suppressions.LIFTED_BY_CONSENT)
        if is_own:
            _replace_unproved_details(subscriber, details)
        request = Subscription(
            subscriber=subscriber, list=mailing_list, state=State.PENDING, source=source, consent=consent, created_at=now
        )
        Subscription.objects.bulk_create([request], ignore_conflicts=True)
        subscription = Subscription.objects.get(subscriber=subscriber, list=mailing_list)
        purpose, silent = confirmations.answer_to(subscriber, subscription, valid_address, is_own_request=is_own)
        # A pending request is renewed, and its latest consent counts; a confirmed or ended subscription stays unchanged.
        Subscription.objects.filter(pk=subscription.pk, state=State.PENDING).update(
            source=source, consent=consent, created_at=now
        )
        # Also of somebody who left: they may come back by this request.
        Subscription.objects.filter(pk=subscription.pk).exclude(state=State.CONFIRMED).update(
            measuring_wish=measuring_wish if is_own else ""
        )
        ledger.wording(measuring_wish, wording_language)
        held = is_own and mailing_list.requests_held_at is not None
        confirmations.store_notice(subscriber, subscription, mailing_list, confirmations.sent_to(subscriber, now),
                                   purpose=purpose, silent=silent, held=held, language=mail_language,
                                   by_staff=actor.kind in (Actor.Kind.STAFF, Actor.Kind.CLI))  # fmt: skip
        # At most one line per quarter of an hour, whatever the state, so that a public form cannot fill the tables.
        since = now - confirmations.RECORDED_EVERY
        audit.record_unless_recent(actor, "subscribe", subscription, since=since, list=mailing_list.slug, source=source)
        ledger.record_unless_recent(
            actor, Act.REQUESTED, subscriber.pk, mailing_list.pk,
            since=since, source=source, proof=Proof.NONE, text=consent, language=wording_language,
        )  # fmt: skip
    return subscription


def require_mailable(address: addresses.Address, *, but_for: Sequence[str] = ()) -> None:
    """Raise SubscriberStateError(forgotten | suppressed) if staff may not add this address; reasons in `but_for` are allowed."""
    if suppressions.erased([address.key]):
        raise SubscriberStateError("forgotten")
    if suppressions.reason_for(address.key) not in (None, *but_for) or suppressions.is_domain_suppressed(address.domain):
        raise SubscriberStateError("suppressed")


def _replace_unproved_details(subscriber: Subscriber, details: Details) -> None:
    """Store the details of the latest request of somebody who never confirmed one: an earlier one may be a stranger's joke."""
    Subscriber.objects.filter(~proved(), pk=subscriber.pk).update(name=details.name or "", language=details.language or "")


def proved() -> Exists:
    """Condition on Subscriber: there is more than requests, which anybody can make by typing an address into a form."""
    return Exists(Subscription.objects.filter(subscriber=OuterRef("pk")).exclude(state=State.PENDING))


def drop_requests(subscriber: Subscriber) -> None:
    """Remove requests to subscribe, with the mails about them, because the address has got a proved owner."""
    Subscription.objects.filter(subscriber=subscriber, state=State.PENDING).delete()
    confirmations.cancel("address changed", Q(subscriber=subscriber))


def confirm(actor: Actor, subscription: Subscription, *, asked_at: datetime | None = None) -> Subscription:
    """Confirm a subscription: pending -> confirmed. Idempotent.

    `asked_at` is the token's. Somebody who left comes back only through a confirmation requested after leaving, so that a
    scanner that opens an old mail subscribes nobody again. A link from before a change of address is in the old mailbox, which
    cannot confirm for the new one. Raises SubscriberStateError(too_late | erased).
    """
    mailed_for = subscription.subscriber_id
    with transaction.atomic():
        subscription = _of_current_record(subscription)
        subscriber = Subscriber.objects.select_for_update().get(pk=subscription.subscriber_id)
        current = Subscription.objects.select_for_update().filter(pk=subscription.pk).first()
        if subscriber.erased_at is not None:
            raise SubscriberStateError("erased")
        if current is None:  # the request expired in this moment
            raise SubscriberStateError("too_late")
        if asked_at is not None and ledger.moved_since([mailed_for, subscriber.pk], asked_at):
            raise SubscriberStateError("too_late")
        if current.state == State.CONFIRMED:
            return current
        left_at = current.unsubscribed_at
        if current.state == State.UNSUBSCRIBED and (asked_at is None or (left_at is not None and asked_at <= left_at)):
            raise SubscriberStateError("too_late")
        if current.state == State.UNSUBSCRIBED and (request := ledger.last_request(subscriber.pk, current.list_id)):
            current.source, current.consent = request  # they may have come back by another sentence
        suppressions.lift(actor, bytes(subscriber.address_key), only=suppressions.LIFTED_BY_CONSENT, by_consent=True)
        former_addresses_sql.end(bytes(subscriber.address_key))
        _confirm(current)
        audit.record(actor, "confirm", current, list_id=current.list_id)
        ledger.record(
            actor, Act.CONFIRMED, current.subscriber_id, current.list_id,
            source=current.source, proof=Proof.CONFIRMATION_LINK,
            text=current.consent, language=ledger.language_of(current.consent),
        )  # fmt: skip
        confirmations.plan_welcome(subscriber, current)
    return current


def is_answered(subscription: Subscription, asked_at: datetime) -> bool:
    """Whether the person is subscribed, and this confirmation, requested at `asked_at`, went to their present mailbox."""
    try:
        current = _of_current_record(subscription)
    except SubscriberStateError:
        return False
    records = [subscription.subscriber_id, current.subscriber_id]
    return current.state == State.CONFIRMED and not ledger.moved_since(records, asked_at)


def _of_current_record(subscription: Subscription) -> Subscription:
    """The same person's subscription to this list, if their record was merged after the confirmation was mailed.

    Raises SubscriberStateError(too_late) if the request has expired there.
    """
    subscriber_id = current_id(subscription.subscriber_id)
    if subscriber_id == subscription.subscriber_id:
        return subscription
    current = Subscription.objects.filter(subscriber_id=subscriber_id, list_id=subscription.list_id).first()
    if current is None:
        raise SubscriberStateError("too_late")
    return current


def _confirm(subscription: Subscription) -> None:
    now = clock.now()
    subscription.state = State.CONFIRMED
    subscription.confirmed_at = now
    subscription.joined_at = now if subscription.unsubscribed_at else subscription.joined_at or now
    subscription.unsubscribed_at = subscription.unsubscribed_campaign = None
    subscription.unsubscribed_how = subscription.unsubscribed_reason = subscription.unsubscribed_comment = ""
    subscription.measuring_wish = ""
    subscription.save()
    Subscriber.objects.filter(pk=subscription.subscriber_id, left_all_at__isnull=False).update(left_all_at=None)


def add_confirmed(
    actor: Actor,
    mailing_list: MailingList,
    address: str,
    *,
    consent: str,
    source: str = "staff",
    name: str = "",
    language: str = "",
    attributes: Mapping[str, Any] | None = None,
) -> Added:
    """Add somebody who agreed elsewhere, as staff; `consent` says how, and is stored. Idempotent.

    As in an import, given values replace the person's details, and empty ones erase nothing; an earlier address of somebody means
    their present record.
    Raises SubscriberStateError(left | left_all | suppressed | forgotten | consent), AddressError, InputError.
    """
    if not consent.strip():
        raise SubscriberStateError("consent")
    consent = read_consent(consent)
    details = Details.read(attributes, name=name.strip() or None, language=language.strip() or None)
    with transaction.atomic():
        valid_address = addresses.validate(address)
        require_mailable(valid_address)
        subscriber, is_new = lock_or_create(valid_address, details, follows_moves=True)
        require_mailable(addresses.Address(subscriber.address or "", subscriber.domain, bytes(subscriber.address_key)))
        subscription, created = Subscription.objects.select_for_update().get_or_create(
            subscriber=subscriber,
            list=mailing_list,
            defaults={"state": State.PENDING, "source": source, "consent": consent, "created_at": clock.now()},
        )
        if subscription.state == State.UNSUBSCRIBED:
            raise SubscriberStateError("left")
        if subscriber.left_all_at is not None and subscription.state != State.CONFIRMED:
            raise SubscriberStateError("left_all")
        changes = store(actor, subscriber, details)
        joined = subscription.state == State.PENDING
        if joined:
            subscription.source, subscription.consent = source, consent
            _confirm(subscription)
            confirmations.cancel("confirmed", Q(purpose=confirmations.PURPOSE, subscriber=subscriber, list=mailing_list))
            audit.record(actor, "add_confirmed", subscription, list=mailing_list.slug, source=source, created=created)
            ledger.record(actor, Act.ADDED, subscriber.pk, mailing_list.pk, source=source, proof=Proof.STATEMENT, text=consent)
    return Added(subscription, is_new, joined, changes)


def join(
    actor: Actor, subscriber: Subscriber, mailing_list: MailingList, *,
    consent: str, source: str, wording_language: str = "", mail_language: str = "",
) -> Subscription:  # fmt: skip
    """Subscribe a person at once, because they came through their private link, which proves the address. Idempotent.

    The welcome is in `mail_language`. Raises SubscriberStateError(erased | suppressed).
    """
    with transaction.atomic():
        person = Subscriber.objects.select_for_update().get(pk=subscriber.pk)
        if person.erased_at is not None or person.address is None:
            raise SubscriberStateError("erased")
        key = bytes(person.address_key)
        if not suppressions.may_be_asked(addresses.Address(person.address, person.domain, key)):
            raise SubscriberStateError("suppressed")
        subscription, _ = Subscription.objects.select_for_update().get_or_create(
            subscriber=person, list=mailing_list,
            defaults={"state": State.PENDING, "source": source, "consent": consent, "created_at": clock.now()},
        )  # fmt: skip
        if subscription.state == State.CONFIRMED:
            return subscription
        suppressions.lift(actor, key, only=suppressions.LIFTED_BY_CONSENT, by_consent=True)
        former_addresses_sql.end(key)
        subscription.source, subscription.consent = source, consent
        _confirm(subscription)
        confirmations.cancel("confirmed", Q(purpose=confirmations.PURPOSE, subscriber=person, list=mailing_list))
        audit.record(actor, "join", subscription, list=mailing_list.slug, source=source)
        ledger.record(
            actor, Act.CONFIRMED, person.pk, mailing_list.pk,
            source=source, proof=Proof.PRIVATE_LINK, text=consent, language=wording_language,
        )  # fmt: skip
        confirmations.plan_welcome(person, subscription, mail_language)
    return subscription


def edit(
    actor: Actor, subscriber: Subscriber, *, name: str | None = None, language: str | None = None, country: str | None = None,
    zone: str | None = None, attributes: Mapping[str, Any] | None = None, without: Iterable[str] = (),
) -> list[DetailChange]:  # fmt: skip
    """Change a subscriber's details: None leaves a field, "" empties it; `without` names attributes to remove.

    Returns what changed; address and subscriptions stay. Raises InputError, SubscriberStateError(erased | merged).
    """
    return change_details(
        actor, subscriber, Details.read(attributes, without, name=name, language=language, country=country, zone=zone)
    )


def change_details(actor: Actor, subscriber: Subscriber, details: Details) -> list[DetailChange]:
    """`edit` with values that were read before. Raises SubscriberStateError(erased | merged)."""
    with transaction.atomic():
        current = Subscriber.objects.select_for_update().get(pk=subscriber.pk)
        require_present(current)
        return store(actor, current, details)


def unsubscribe(
    actor: Actor,
    subscriber_id: int,
    *,
    list_ids: Sequence[int] | None = None,
    how: str,
    campaign_id: int | None = None,
    proof: Proof = Proof.MAIL_LINK,
    comment: str = "",
) -> int:
    """Unsubscribe somebody from the given lists, or from all, at once. Returns how many lists they left by this call.

    Idempotent. Returns 0 for somebody unknown or erased, so that a link in an old mail never fails. `how`: one-click, page,
    preferences, provider, staff. A pending request ends too. A link to a record that was merged into another one means
    that one. Leaving again in another way, or by the link of another mail, ends the undo of lists that they left before.
    Somebody who left all lists at once joins no list until they confirm one themselves. `comment`: why, as the person told
    staff; it is kept with the subscriptions only. Raises InputError(comment).
    """
    comment = read_comment(comment)
    with transaction.atomic():
        subscriber_id = locked_current_id(subscriber_id)  # first, because others lock the person before the subscriptions
        which = Q(subscriber_id=subscriber_id)
        if list_ids is not None:
            which &= Q(list_id__in=list_ids)
        else:
            Subscriber.objects.filter(pk=subscriber_id, erased_at=None).update(left_all_at=clock.now())
        # Always locked in the same order, so that two requests of one person wait instead of causing a deadlock.
        rows = [
            *Subscription.objects.filter(which).select_for_update().order_by("id").only("id", "list_id", "subscriber_id", "state")
        ]
        leaving = [subscription for subscription in rows if subscription.state != State.UNSUBSCRIBED]
        if len(leaving) < len(rows):
            _leave_again(actor, which, how, campaign_id, proof)
        if not leaving:
            return 0
        _end(actor, which, leaving, how, proof, campaign_id=campaign_id, comment=comment)
    return len(leaving)


def unsubscribe_erased(actor: Actor, subscriber_ids: Sequence[int], proof: Proof) -> None:
    """Part of an erasure: end all subscriptions of these people, whom the caller has locked."""
    which = Q(subscriber_id__in=subscriber_ids)
    rows = Subscription.objects.filter(which).exclude(state=State.UNSUBSCRIBED).select_for_update().order_by("id")
    if leaving := list(rows.only("id", "list_id", "subscriber_id")):
        _end(actor, which, leaving, "erased", proof)


def _end(
    actor: Actor, which: Q, leaving: Sequence[Subscription], how: str, proof: Proof, *, campaign_id: int | None = None,
    comment: str = "",
) -> None:  # fmt: skip
    """End these subscriptions, which the caller has locked, and the mails that wait for an answer about `which`."""
    ids = [subscription.pk for subscription in leaving]
    Subscription.objects.filter(pk__in=ids).update(
        state=State.UNSUBSCRIBED, unsubscribed_at=clock.now(), unsubscribed_how=how, unsubscribed_campaign=campaign_id,
        unsubscribed_reason="", unsubscribed_comment=comment,
    )  # fmt: skip
    confirmations.cancel("unsubscribed", which & Q(purpose__in=[*confirmations.ANSWERS, confirmations.WELCOME]))
    people = sorted({subscription.subscriber_id for subscription in leaving})
    audit.record(actor, "unsubscribe", None, subscribers=people, subscriptions=ids, how=how)
    whom = [(subscription.subscriber_id, subscription.list_id) for subscription in leaving]
    ledger.record_many(actor, Act.LEFT, whom, source=how, proof=proof)


def _leave_again(actor: Actor, which: Q, how: str, campaign_id: int | None, proof: Proof) -> None:
    """Record that somebody leaves lists that they just left by the link of another mail, which cannot undo it any more.

    At most one line for each departure, so that repeated requests store nothing.
    """
    left = Subscription.objects.filter(which, state=State.UNSUBSCRIBED, unsubscribed_at__gt=clock.now() - UNDO_FOR)
    if proof is Proof.MAIL_LINK:
        left = left.exclude(unsubscribed_campaign=campaign_id)
    again = [*left.exclude(left_for_good()).order_by("id").only("id", "subscriber_id", "list_id")]
    if again:
        people = sorted({subscription.subscriber_id for subscription in again})
        ids = [subscription.pk for subscription in again]
        audit.record(actor, "unsubscribe", None, subscribers=people, subscriptions=ids, how=how, again=True)
        whom = [(subscription.subscriber_id, subscription.list_id) for subscription in again]
        ledger.record_many(actor, Act.LEFT, whom, source=how, proof=proof, again=True)


def left_for_good() -> Exists:
    """Whether the person left by their private link, or left again later, so that no link of a mail may undo it."""
    merged = Subscriber.objects.filter(merged_into=OuterRef(OuterRef("subscriber_id"))).values("pk")
    lines = ConsentRecord.objects.filter(
        Q(subscriber_id=OuterRef("subscriber_id")) | Q(subscriber_id__in=merged),
        list_id=OuterRef("list_id"), act=Act.LEFT, at__gte=OuterRef("unsubscribed_at"),
    )  # fmt: skip
    return Exists(lines.filter(Q(proof=Proof.PRIVATE_LINK) | Q(detail__again=True)))


def restore(subscription_ids: Sequence[int]) -> None:
    """Restore subscriptions to their state before leaving. Part of `unsubscribe_undo.undo`, which checks and audits it."""
    Subscription.objects.filter(pk__in=subscription_ids).update(
        state=State.CONFIRMED, unsubscribed_at=None, unsubscribed_how="", unsubscribed_campaign=None,
        unsubscribed_reason="", unsubscribed_comment="",
    )  # fmt: skip
    people = Subscription.objects.filter(pk__in=subscription_ids).values("subscriber_id")
    Subscriber.objects.filter(pk__in=people, left_all_at__isnull=False).update(left_all_at=None)
