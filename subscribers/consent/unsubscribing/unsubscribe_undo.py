"""Undoes an unsubscribe made through the link in a mail, for a limited time."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet

from publication import audit, clock
from publication.models import Actor, Audit
from subscribers.consent import ledger, suppressions
from subscribers.consent.ledger import Act, Proof
from subscribers.consent.merged_records import current_id, locked_current_id
from subscribers.consent.subscriptions import UNDO_FOR, SubscriberStateError, left_for_good, restore
from subscribers.models import Subscriber, Subscription, Suppression

State = Subscription.State
VERB = "undo_unsubscribe"
MOST_UNDOS = 3
BY_LINK = ("one-click", "page", "preferences")  # ways of leaving through a link of a mail


def is_on(subscriber_id: int, list_ids: Sequence[int] | None = None) -> bool:
    """Whether there is a subscription to leave, or a request for one, on these lists or on any."""
    open_subscriptions = Subscription.objects.filter(subscriber_id=current_id(subscriber_id)).exclude(state=State.UNSUBSCRIBED)
    return (open_subscriptions if list_ids is None else open_subscriptions.filter(list_id__in=list_ids)).exists()


def can_undo(subscriber_id: int, campaign_id: int | None, list_ids: Sequence[int] | None = None) -> bool:
    """Whether `undo` would restore anything now."""
    return any(_undoable(subscription) for subscription in _left_by_link(current_id(subscriber_id), campaign_id, list_ids))


def undo(
    actor: Actor, subscriber_id: int, campaign_id: int | None, list_ids: Sequence[int] | None = None, *, consent: str
) -> int:
    """Restore the subscriptions that somebody left through a link by mistake. Returns how many lists.

    With `list_ids` only these: the link of a welcome belongs to its list, and to no campaign.
    Possible for one day and three times; after that they must confirm by mail, because the link may be in other hands. Not
    possible if they left by their private link, or left again by another link.
    Their earlier consent stays; `consent` is the wording of the button, for the audit. Idempotent.
    Raises SubscriberStateError(erased | complained | suppressed).
    """
    with transaction.atomic():
        subscriber_id = locked_current_id(subscriber_id)
        subscriber = Subscriber.objects.filter(pk=subscriber_id).first()
        if subscriber is None or subscriber.erased_at is not None:
            raise SubscriberStateError("erased")
        reason = suppressions.reason_for(bytes(subscriber.address_key))
        if reason is not None:
            raise SubscriberStateError("complained" if reason == Suppression.Reason.COMPLAINT else "suppressed")
        left = _left_by_link(subscriber_id, campaign_id, list_ids)
        back = [subscription for subscription in left.select_for_update() if _undoable(subscription)]
        for subscription in back:
            audit.record(
                actor, VERB, subscription, list_id=subscription.list_id, left=subscription.unsubscribed_how, consent=consent
            )
        restore([subscription.pk for subscription in back])
        whom = [(subscription.subscriber_id, subscription.list_id) for subscription in back]
        ledger.record_many(actor, Act.RETURNED, whom, source="page", proof=Proof.MAIL_LINK, text=consent if back else "")
    return len(back)


def _left_by_link(subscriber_id: int, campaign_id: int | None, list_ids: Sequence[int] | None) -> QuerySet[Subscription]:
    """Confirmed subscriptions, on these lists if any are given, that they recently ended through a link of this campaign."""
    left = Subscription.objects.filter(
        subscriber_id=subscriber_id, state=State.UNSUBSCRIBED, unsubscribed_how__in=BY_LINK,
        unsubscribed_campaign=campaign_id, confirmed_at__isnull=False, unsubscribed_at__gt=clock.now() - UNDO_FOR,
    ).exclude(left_for_good()).order_by("id")  # fmt: skip
    return left if list_ids is None else left.filter(list_id__in=list_ids)


def _undoable(subscription: Subscription) -> bool:
    done = Audit.objects.filter(
        object_kind="subscription", object_id=str(subscription.pk), verb=VERB, at__gt=clock.now() - UNDO_FOR
    )
    return done.count() < MOST_UNDOS
