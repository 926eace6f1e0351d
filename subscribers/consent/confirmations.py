"""Confirmation mails and their limits, so that nobody can flood a stranger with mail by typing the address into a form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q
from django.db.models.functions import Coalesce

from publication import clock
from subscribers.models import MailingList, Notice, Subscriber, Subscription

PURPOSE = "confirm"
# Per address and over all lists: one in 15 minutes, three a day, five until one is answered; after that none.
PAUSE = timedelta(minutes=15)
PER_DAY = 3
UNANSWERED = 5


@dataclass(frozen=True)
class Sent:
    """The recent confirmations to one address, and the id of the latest notice (0: none)."""

    in_pause: int
    in_day: int
    unanswered: int
    latest: int

    @property
    def may_send(self) -> bool:
        return self.in_pause == 0 and self.in_day < PER_DAY and self.unanswered < UNANSWERED


def sent_to(subscriber: Subscriber, now: datetime) -> Sent:
    """Count with two queries in every case. The caller has locked the subscriber's row, so that nothing counts in parallel."""
    answered: datetime | None = Subscription.objects.filter(subscriber=subscriber).aggregate(at=Max("confirmed_at"))["at"]
    mailed = ~Q(state=Notice.State.SKIPPED)
    since_answer = mailed & Q(created_at__gt=answered) if answered else mailed
    counts = Notice.objects.filter(subscriber=subscriber, purpose=PURPOSE).aggregate(
        in_pause=Count("id", filter=mailed & Q(created_at__gt=now - PAUSE)),
        in_day=Count("id", filter=mailed & Q(created_at__gt=now - timedelta(days=1))),
        unanswered=Count("id", filter=since_answer),
        latest=Coalesce(Max("id"), 0),
    )
    return Sent(**counts)


def owe(subscriber: Subscriber, subscription: Subscription, list: MailingList, sent: Sent, silent: str) -> None:
    """Store the notice of one request: planned, or skipped with the reason `silent`, so that every request takes the same time.

    The token of a planned notice depends on the latest notice before it, so two requests at once give one notice. Skipped
    notices share one row per quarter of an hour, so that a flood of requests adds few rows.
    """
    now = clock.now()
    if not silent and not sent.may_send:
        silent = "limit"
    if silent:
        token = f"{subscription.pk}:skipped:{int(now.timestamp() // PAUSE.total_seconds())}"
    else:
        token = f"{subscriber.pk}:{sent.latest}"
    notice = Notice(
        purpose=PURPOSE,
        token=token,
        subscriber=subscriber,
        list=list,
        address=subscriber.address or "",
        parameters={"subscription": subscription.pk, "list": list.slug},
        state=Notice.State.SKIPPED if silent else Notice.State.PLANNED,
        reason=silent,
        created_at=now,
    )
    Notice.objects.bulk_create([notice], ignore_conflicts=True)


def is_planned(subscription: Subscription) -> bool:
    """Whether a mail that requests this confirmation is about to be sent."""
    planned = Notice.objects.filter(subscriber=subscription.subscriber_id, purpose=PURPOSE, state=Notice.State.PLANNED)
    return planned.filter(list=subscription.list_id).exists()


def cancel(reason: str, which: Q) -> int:
    """Skip confirmations and other notices that are planned and not yet being sent; returns how many."""
    return Notice.objects.filter(which, state=Notice.State.PLANNED).update(
        state=Notice.State.SKIPPED, reason=reason, ended_at=clock.now()
    )
