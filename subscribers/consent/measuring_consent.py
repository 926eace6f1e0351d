"""A person agrees that their clicks are kept with their name, or withdraws it. Nothing else writes `measured_since`.

Staff cannot agree for anybody: every function that agrees needs a proof that the person did it. The statement of an import is
one only if it names the document.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from publication import audit, clock, policies
from publication.models import Actor, Publication
from subscribers.consent import ledger, measuring_consent_sql, merged_records, subscriptions
from subscribers.consent.ledger import Act, Proof
from subscribers.consent.subscriptions import require_present
from subscribers.models import ConsentRecord, Subscriber, Subscription
from subscribers.signals import measuring_withdrawn

MERGED = "merged"  # source of what a merge ends


def is_offered(row: Publication | None = None) -> bool:
    """Whether people are asked: only while the publication keeps clicks with names."""
    return policies.choice("measuring", row) == "individual"


def agree(actor: Actor, subscriber: Subscriber, *, source: str, proof: Proof, wording: str, language: str = "") -> bool:
    """Keep this person's clicks with their name from now on; True if that is a change. `wording`: what they agreed to.

    Raises SubscriberStateError(erased | merged).
    """
    with transaction.atomic():
        person = _locked(subscriber)
        if person.measured_since is not None:
            return False
        person.measured_since = clock.now()
        person.save(update_fields=["measured_since"])
        audit.record(actor, "measuring_agree", person)
        ledger.record(actor, Act.AGREED_MEASURING, person.pk, source=source, proof=proof, text=wording, language=language)
    return True


def withdraw(actor: Actor, subscriber: Subscriber, *, source: str, proof: Proof) -> bool:
    """Keep no click with this person's name any more, and unlink those that are stored; False if they had not agreed.

    Raises SubscriberStateError(erased | merged).
    """
    with transaction.atomic():
        person = _locked(subscriber)
        if person.measured_since is None:
            return False
        person.measured_since = None
        person.save(update_fields=["measured_since"])
        measuring_withdrawn.send(sender=None, subscriber_ids=_records_of([person.pk]))
        audit.record(actor, "measuring_withdraw", person)
        ledger.record(actor, Act.WITHDREW_MEASURING, person.pk, source=source, proof=proof)
    return True


# ------------------------------------------------------------------------------------------------ requests to subscribe
def wish_of(subscription: Subscription) -> str:
    """What confirming this request also agrees to, as the form said it; empty if the last request did not have the tick."""
    if not is_offered():
        return ""
    requests = Subscription.objects.filter(
        subscriber_id=merged_records.current_id(subscription.subscriber_id), list_id=subscription.list_id,
        subscriber__measured_since=None,
    )  # fmt: skip
    return requests.exclude(state=Subscription.State.CONFIRMED).values_list("measuring_wish", flat=True).first() or ""


def confirm(actor: Actor, subscription: Subscription, *, asked_at: datetime, shown: str) -> bool:
    """Confirm a subscription. `shown`: what the person read beside the button and also agrees to; empty for nothing.

    Returns whether they agreed: not if a later request, which they did not see, left it out or said something else.
    Raises SubscriberStateError(too_late | erased).
    """
    with transaction.atomic():
        merged_records.locked_current_id(subscription.subscriber_id)
        wish = wish_of(subscription)
        current = subscriptions.confirm(actor, subscription, asked_at=asked_at)
        if not wish or wish != shown:
            return False
        person = Subscriber.objects.get(pk=current.subscriber_id)
        return agree(
            actor, person,
            source=current.source, proof=Proof.CONFIRMATION_LINK, wording=wish, language=ledger.language_of(wish),
        )  # fmt: skip


# --------------------------------------------------------------------------------------------------- imports and merges
def agree_by_import(actor: Actor, keys: Sequence[bytes], list_id: int, *, source: str, now: datetime) -> int:
    """Part of an import whose document names measuring: agree for the people whom it confirmed on the list at `now`; how many.

    `keys`: of the addresses in the rows. The ledger's lines name the import, which has the document. Nobody agrees if the policy
    has changed since staff named it.
    """
    agreed = measuring_consent_sql.agree(keys, list_id, source, now) if is_offered() else []
    ledger.record_lines(
        actor, Act.AGREED_MEASURING, [(number, None, {}) for number in agreed], source=source, proof=Proof.STATEMENT
    )
    return len(agreed)


def take_back(actor: Actor, subscriber_ids: Sequence[int], *, source: str) -> int:
    """Part of the undo of an import: end the agreements that it brought, also of people who stay on the list; how many.

    The caller has locked the people. It is no decision of theirs, so a later import may bring the agreement again.
    """
    ended = measuring_consent_sql.take_back(subscriber_ids, source)
    if ended:
        measuring_withdrawn.send(sender=None, subscriber_ids=_records_of(ended))
        ledger.record_lines(
            actor, Act.MEASURING_ENDED, [(number, None, {}) for number in ended], source=source, proof=Proof.STATEMENT
        )
    return len(ended)


def unite(actor: Actor, keep: Subscriber, gone: Subscriber) -> None:
    """Part of a merge, before the records are one: only an agreement of the record that stays counts.

    It ends if the person withdrew that of the other record later. The caller has locked both.
    """
    theirs, agreed_at = _records_of([gone.pk]), keep.measured_since
    withdrawals = ConsentRecord.objects.filter(subscriber_id__in=theirs, act=Act.WITHDREW_MEASURING)
    ends = agreed_at is not None and withdrawals.filter(at__gt=agreed_at).exists()
    if agreed_at is not None and not ends:
        return
    if ends:
        Subscriber.objects.filter(pk=keep.pk).update(measured_since=None)
    if ends or gone.measured_since is not None:
        measuring_withdrawn.send(sender=None, subscriber_ids=[*theirs, *(_records_of([keep.pk]) if ends else ())])
        ledger.record(actor, Act.MEASURING_ENDED, keep.pk, source=MERGED, proof=Proof.STATEMENT)


def _records_of(subscriber_ids: Sequence[int]) -> list[int]:
    """The numbers of these people's records, and of those that were merged into them."""
    return sorted(merged_records.all_ids(subscriber_ids))


def _locked(subscriber: Subscriber) -> Subscriber:
    person = Subscriber.objects.select_for_update().get(pk=subscriber.pk)
    require_present(person)
    return person
