"""A person agrees that their clicks are kept with their name, or withdraws it. Only this module writes `measured_since`.

Staff cannot agree for anybody: every function that agrees needs a proof that the person did it.
"""

from collections.abc import Sequence

from django.db import transaction

from publication import audit, clock
from publication.models import Actor
from subscribers.consent import ledger
from subscribers.consent.ledger import Act, Proof
from subscribers.consent.subscriptions import require_present
from subscribers.models import Subscriber
from subscribers.signals import measuring_withdrawn


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
        measuring_withdrawn.send(sender=None, subscriber_ids=_records_of(person))
        audit.record(actor, "measuring_withdraw", person)
        ledger.record(actor, Act.WITHDREW_MEASURING, person.pk, source=source, proof=proof)
    return True


def _records_of(person: Subscriber) -> Sequence[int]:
    """The number of the person's record, and of those that were merged into it."""
    return [person.pk, *Subscriber.objects.filter(merged_into=person).values_list("pk", flat=True)]


def _locked(subscriber: Subscriber) -> Subscriber:
    person = Subscriber.objects.select_for_update().get(pk=subscriber.pk)
    require_present(person)
    return person
