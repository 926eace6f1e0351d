"""Applies unsubscribes made at the provider: people leave the lists of the campaign from whose mail they unsubscribed."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from publication import audit
from publication.models import Actor
from subscribers.consent import confirmations, ledger
from subscribers.consent.ledger import Act, Proof
from subscribers.models import Subscription

State = Subscription.State
PROVIDER = "provider"  # `unsubscribed_how` of people who used the provider's own link


class Departure(NamedTuple):
    """Somebody unsubscribed at the provider, at the time `at`, from a mail of a campaign to these lists."""

    subscriber_id: int
    campaign_id: int
    list_ids: frozenset[int]
    at: datetime


def leave_by_provider(actor: Actor, departures: Iterable[Departure]) -> int:
    """Unsubscribe people from the lists of the campaign whose mail they used; returns how many subscriptions changed.

    Safe to repeat, in any order. The first departure since the person joined counts; one from before they joined or came back
    changes nothing. A departure in the same second as the joining counts, because the provider's times are whole seconds.
    """
    known: dict[tuple[int, int], list[Departure]] = defaultdict(list)  # the earliest first
    for reported in sorted(departures, key=lambda departure: (departure.at, departure.campaign_id)):
        for list_id in reported.list_ids:
            known[reported.subscriber_id, list_id].append(reported)
    if not known:
        return 0
    which = Q(subscriber_id__in={person for person, _ in known}, list_id__in={list_id for _, list_id in known})
    with transaction.atomic():
        changed = []
        for current in Subscription.objects.filter(which).select_for_update().order_by("id"):
            joined_at = (current.confirmed_at or current.created_at).replace(microsecond=0)
            since = (reported for reported in known.get((current.subscriber_id, current.list_id), ()) if reported.at >= joined_at)
            departure = next(since, None)
            if departure is not None and _leaves_by(current, departure):
                current.state, current.unsubscribed_how = State.UNSUBSCRIBED, PROVIDER
                current.unsubscribed_at, current.unsubscribed_campaign = departure.at, departure.campaign_id
                changed.append(current)
        if changed:
            Subscription.objects.bulk_update(
                changed, ["state", "unsubscribed_how", "unsubscribed_at", "unsubscribed_campaign"], batch_size=1000
            )
            left = Q(purpose=confirmations.PURPOSE, subscriber_id__in={subscription.subscriber_id for subscription in changed})
            confirmations.cancel("unsubscribed", left & Q(list_id__in={subscription.list_id for subscription in changed}))
            people = sorted({subscription.subscriber_id for subscription in changed})
            ids = [subscription.pk for subscription in changed]
            audit.record(actor, "unsubscribe", None, subscribers=people, subscriptions=ids, how=PROVIDER)
            whom = [(subscription.subscriber_id, subscription.list_id) for subscription in changed]
            ledger.record_many(actor, Act.LEFT, whom, source=PROVIDER, proof=Proof.PROVIDER)
    return len(changed)


def _leaves_by(current: Subscription, departure: Departure) -> bool:
    if current.state != State.UNSUBSCRIBED:
        return True
    # Already left: an earlier event of the provider replaces a later one, but never an unsubscribe made here.
    known = (current.unsubscribed_at, current.unsubscribed_campaign or 0)
    return current.unsubscribed_how == PROVIDER and known[0] is not None and (departure.at, departure.campaign_id) < known
