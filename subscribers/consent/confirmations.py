"""Confirmation mails and their limits, so that typing a stranger's address into a form sends the stranger little."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q
from django.db.models.functions import Coalesce

from publication import clock
from subscribers.models import MailingList, Notice, Subscriber, Subscription

PURPOSE = "confirm"
# Per address and over all lists: one in 15 minutes, three in a day, five until one is answered; after that, silence.
PAUSE = timedelta(minutes=15)
PER_DAY = 3
UNANSWERED = 5


@dataclass(frozen=True)
class Sent:
    """How many confirmations went to one address lately, and the id of the latest notice (0: none)."""

    in_pause: int
    in_day: int
    unanswered: int
    latest: int

    @property
    def may_send(self) -> bool:
        return self.in_pause == 0 and self.in_day < PER_DAY and self.unanswered < UNANSWERED


def sent_to(subscriber: Subscriber, now: datetime) -> Sent:
    """Two queries, whatever there is to count. The caller holds the subscriber's row, so that nobody counts beside it."""
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
    """The notice of one request: planned, or skipped with the reason `silent`, so that every request costs the same.

    A planned one is named after the latest before it, so two at once are one. Skipped ones share one row per quarter of
    an hour: a flood leaves a trickle.
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
    """Whether a mail that asks for this confirmation is about to be sent."""
    planned = Notice.objects.filter(subscriber=subscription.subscriber_id, purpose=PURPOSE, state=Notice.State.PLANNED)
    return planned.filter(list=subscription.list_id).exists()


def cancel(reason: str, which: Q) -> int:
    """Confirmations and other notices that are planned and not yet under way are skipped; returns how many."""
    return Notice.objects.filter(which, state=Notice.State.PLANNED).update(
        state=Notice.State.SKIPPED, reason=reason, ended_at=clock.now()
    )
