"""Stores why somebody left a list, if they say so on the page after leaving."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Count, QuerySet

from publication import audit, clock
from publication.models import Actor
from subscribers import attributes
from subscribers.consent import ledger
from subscribers.consent.ledger import Act, Proof
from subscribers.consent.merged_records import current_id
from subscribers.consent.unsubscribing.unsubscribe_undo import BY_LINK
from subscribers.errors import InputError
from subscribers.models import MailingList, Subscription

CODES = ("too_many", "not_interested", "content", "never_signed_up", "other")
ASKED_FOR = timedelta(days=1)  # after leaving; the link may be in other hands later


def may_give(subscriber_id: int, campaign_id: int | None) -> bool:
    """Whether they just left through a link of this campaign and gave no reason yet."""
    return _unexplained(subscriber_id, campaign_id).exists()


def give(actor: Actor, subscriber_id: int, campaign_id: int | None, reason: str, comment: str = "") -> int:
    """Store the reason with the lists that they just left through a link of this campaign; returns how many lists.

    Only the first reason counts, so that a link cannot fill the ledger. The ledger holds the code, not the comment.
    Raises InputError(reason | comment).
    """
    if reason not in CODES:
        raise InputError("reason", "this is not one of the reasons", "choose one: " + ", ".join(CODES))
    comment = attributes.read_comment(comment)
    with transaction.atomic():
        unexplained = [*_unexplained(subscriber_id, campaign_id).select_for_update().order_by("id").only("id", "list_id")]
        if unexplained:
            Subscription.objects.filter(pk__in=[subscription.pk for subscription in unexplained]).update(
                unsubscribed_reason=reason, unsubscribed_comment=comment
            )
            person, ids = current_id(subscriber_id), [subscription.pk for subscription in unexplained]
            audit.record(actor, "give_reason", None, subscribers=[person], subscriptions=ids, reason=reason)
            whom = [(person, subscription.list_id) for subscription in unexplained]
            ledger.record_many(actor, Act.GAVE_REASON, whom, source="page", proof=Proof.MAIL_LINK, reason=reason)
    return len(unexplained)


def counts(mailing_list: MailingList) -> dict[str, int]:
    """How many people who are off this list now gave each reason; all codes, also those that nobody gave."""
    left = Subscription.objects.filter(list=mailing_list, state=Subscription.State.UNSUBSCRIBED).exclude(unsubscribed_reason="")
    people_by_reason = dict(left.values_list("unsubscribed_reason").annotate(Count("id")))
    return {code: people_by_reason.get(code, 0) for code in CODES}


def _unexplained(subscriber_id: int, campaign_id: int | None) -> QuerySet[Subscription]:
    return Subscription.objects.filter(
        subscriber_id=current_id(subscriber_id), state=Subscription.State.UNSUBSCRIBED, unsubscribed_how__in=BY_LINK,
        unsubscribed_campaign=campaign_id, unsubscribed_reason="", unsubscribed_at__gt=clock.now() - ASKED_FOR,
        subscriber__erased_at=None,
    )  # fmt: skip
