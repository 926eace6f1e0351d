"""Requests to subscribe that the person has not confirmed: staff see them, send the confirmation again, or refuse them.

Staff cannot confirm for somebody. With a documented consent they add the person (`consent.subscriptions.add_confirmed`).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from publication import audit, clock
from publication.models import Actor
from subscribers import addresses
from subscribers.consent import confirmations, erasing, merged_records, subscriptions, suppressions
from subscribers.consent.subscriptions import SubscriberStateError
from subscribers.models import MailingList, Notice, Subscriber, Subscription

PENDING = Subscription.State.PENDING


class SendingAgain(StrEnum):
    """What became of the wish to send a confirmation again."""

    PLANNED = "planned"
    LIMIT = "limit"  # the address got as many unanswered mails as the policies allow
    NOT_MAILABLE = "not_mailable"  # suppressed or erased meanwhile
    GONE = "gone"  # confirmed, refused or expired meanwhile


class PendingRequest(NamedTuple):
    """A request with the newest mail that asks to confirm it, if there is one."""

    subscription: Subscription
    mailed_at: datetime | None
    is_held: bool


class RefusedRequests(NamedTuple):
    """How many requests were refused, and how many people are erased, because nothing else was known of them."""

    requests: int
    erased: int


def page(mailing_list: MailingList, after: int, most: int) -> list[PendingRequest]:
    """Requests of a list in the order of people, from the one after the person `after` on."""
    pending = Subscription.objects.filter(list=mailing_list, state=PENDING, subscriber_id__gt=after)
    shown = list(pending.select_related("subscriber").order_by("subscriber_id")[:most])
    return _with_mails(mailing_list, shown)


def find(mailing_list: MailingList, request_id: int) -> PendingRequest | None:
    """One request of a list; None if it is not pending any more."""
    shown = Subscription.objects.filter(pk=request_id, list=mailing_list, state=PENDING).select_related("subscriber")
    return next(iter(_with_mails(mailing_list, list(shown))), None)


def _with_mails(mailing_list: MailingList, shown: Sequence[Subscription]) -> list[PendingRequest]:
    asking = Notice.objects.filter(
        subscriber__in=[subscription.subscriber_id for subscription in shown], list=mailing_list, purpose=confirmations.PURPOSE
    ).exclude(state=Notice.State.SKIPPED)
    newest = {notice.subscriber_id: notice for notice in asking.order_by("subscriber_id", "-id").distinct("subscriber_id")}
    return [
        PendingRequest(
            subscription,
            notice.created_at if notice else None,
            notice is not None and notice.state == Notice.State.HELD,
        )
        for subscription in shown
        for notice in [newest.get(subscription.subscriber_id)]
    ]


def send_again(actor: Actor, mailing_list: MailingList, request_id: int) -> SendingAgain:
    """Plan another confirmation mail for a request, within the limits of the public form. The link in it is valid for 7 days."""
    with transaction.atomic():
        known = Subscription.objects.filter(pk=request_id, list=mailing_list).values_list("subscriber_id", flat=True).first()
        person = Subscriber.objects.select_for_update().filter(pk=known or 0, address__isnull=False).first()
        request = Subscription.objects.select_for_update().filter(pk=request_id, state=PENDING).first()
        if person is None or request is None:
            return SendingAgain.GONE
        try:
            address = addresses.Address(person.address or "", person.domain, bytes(person.address_key))
            subscriptions.require_mailable(address, but_for=suppressions.LIFTED_BY_CONSENT)
        except SubscriberStateError:
            return SendingAgain.NOT_MAILABLE
        now = clock.now()
        sent = confirmations.sent_to(person, now)
        if not sent.may_send:
            return SendingAgain.LIMIT
        before = Notice.objects.filter(subscriber=person, list=mailing_list, purpose=confirmations.PURPOSE).order_by("-id")
        language = next((str(notice.parameters.get("language", "")) for notice in before[:1]), "")
        Subscription.objects.filter(pk=request.pk).update(created_at=now)  # as long as the link, which begins now
        confirmations.store_notice(
            person, request, mailing_list, sent, purpose=confirmations.PURPOSE, silent="", held=False, language=language
        )
        audit.record(actor, "send_confirmation_again", request, list=mailing_list.slug)
    return SendingAgain.PLANNED


def refuse(actor: Actor, mailing_list: MailingList, request_ids: Iterable[int]) -> RefusedRequests:
    """Remove requests with the mails that ask to confirm them. The people may ask again. What they confirm meanwhile stays.

    No consent ends, because nobody had confirmed one. The ledger keeps that somebody asked. People are erased if
    there is no other data about them.
    """
    with transaction.atomic():
        pending = Subscription.objects.filter(pk__in=list(request_ids), list=mailing_list, state=PENDING)
        locked = merged_records.lock_people(pending.values_list("subscriber_id", flat=True))
        refused = [*pending.filter(subscriber__in=locked).select_for_update().order_by("id").only("id", "subscriber_id")]
        if not refused:
            return RefusedRequests(0, 0)
        people = {request.subscriber_id for request in refused}
        Subscription.objects.filter(pk__in=[request.pk for request in refused]).delete()
        confirmations.cancel("refused", Q(purpose=confirmations.PURPOSE, subscriber__in=people, list=mailing_list))
        ids = [request.pk for request in refused]
        audit.record(actor, "refuse_requests", mailing_list, list=mailing_list.slug, subscriptions=ids)
        erasing.forget_again(actor, people)
        erased = erasing.forget_unknown(actor, people)
    return RefusedRequests(len(refused), erased)
