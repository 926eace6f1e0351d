"""The mails that answer a request to subscribe, and their limits, so that nobody can flood a stranger with mail by typing the
address into a form: the confirmation, or the news that the address is subscribed already. Also the welcome after confirming.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, Max, OuterRef, Q
from django.db.models.functions import Coalesce

from publication import clock, policies
from publication.installation import publication
from subscribers import addresses, request_counts
from subscribers.consent import suppressions, welcomes
from subscribers.models import MailingList, Notice, Subscriber, Subscription

PURPOSE = "confirm"
ALREADY = "already_subscribed"
ANSWERS = (PURPOSE, ALREADY)  # to a request to subscribe; they share the limits
WELCOME = "welcome"
# Requests for one subscription are recorded, and skipped notices stored, at most this often.
RECORDED_EVERY = timedelta(minutes=15)
WELCOME_EVERY = timedelta(days=1)


@dataclass(frozen=True)
class Limits:
    """Mails to one address that nobody answered, over all lists: one in `pause`, so many a day, and so many in 90 days until
    the address confirms something.
    """

    pause: timedelta
    per_day: int
    unanswered: int

    @classmethod
    def current(cls) -> Limits:
        """The publication's policies. One query."""
        row = publication()
        minutes, per_day, unanswered = (
            policies.number(name, row) for name in ("confirm_minutes", "confirm_per_day", "confirm_unanswered")
        )
        return cls(timedelta(minutes=minutes), int(per_day), int(unanswered))


@dataclass(frozen=True)
class Sent:
    """The recent unanswered mails to one address, the id of the latest notice (0: none), and the limits that apply."""

    limits: Limits
    in_pause: int
    in_day: int
    unanswered: int
    latest: int

    @property
    def may_send(self) -> bool:
        return self.in_pause == 0 and self.in_day < self.limits.per_day and self.unanswered < self.limits.unanswered


def sent_to(subscriber: Subscriber, now: datetime) -> Sent:
    """Count with four queries in every case. The caller has locked the subscriber's row, so that nothing counts in parallel.

    A confirmation that was answered does not count: people who choose a second newsletter right after confirming the first get
    its mail, too. Those that nobody answered count for all lists, or a stranger could have one mail sent for each list.
    Unanswered confirmations count for 90 days, so that a stranger cannot lock an address out for ever. They also count if the
    record that they were mailed for was erased, because a stranger could make a new one by a request.
    """
    limits = Limits.current()
    answered: datetime | None = Subscription.objects.filter(subscriber=subscriber).aggregate(at=Max("confirmed_at"))["at"]
    mailed = ~Q(state=Notice.State.SKIPPED)
    since = now - request_counts.UNANSWERED_FOR
    since = max(since, answered) if answered else since
    erased = request_counts.unanswered(bytes(subscriber.address_key), since)
    confirmed = Subscription.objects.filter(
        subscriber=OuterRef("subscriber"), list=OuterRef("list"), confirmed_at__gte=OuterRef("created_at")
    )
    open_ones = mailed & ~Q(Exists(confirmed), purpose=PURPOSE)
    counts = Notice.objects.filter(subscriber=subscriber, purpose__in=ANSWERS).aggregate(
        in_pause=Count("id", filter=open_ones & Q(created_at__gt=now - limits.pause)),
        in_day=Count("id", filter=open_ones & Q(created_at__gt=now - timedelta(days=1))),
        unanswered=Count("id", filter=mailed & Q(created_at__gt=since)),
        latest=Coalesce(Max("id"), 0),
    )
    counts["unanswered"] += erased
    return Sent(limits, **counts)


def keep_unanswered(people: Sequence[Subscriber]) -> None:
    """Part of an erasure: the unanswered confirmations go on counting for the addresses, by their keyed hashes.

    The number of each is that of `sent_to`.
    """
    earliest = clock.now() - request_counts.UNANSWERED_FOR
    confirmed = Subscription.objects.filter(subscriber__in=people, confirmed_at__gt=earliest).values_list("subscriber_id")
    answered: dict[int, datetime] = dict(confirmed.annotate(Max("confirmed_at")))
    mailed = Notice.objects.filter(subscriber__in=people, purpose__in=ANSWERS, created_at__gt=earliest)
    moments = mailed.exclude(state=Notice.State.SKIPPED).values_list("subscriber_id", "created_at")
    counts = Counter(number for number, moment in moments if moment > answered.get(number, earliest))
    stored = request_counts.stored_unanswered([bytes(person.address_key) for person in people])
    for person in people:
        key = bytes(person.address_key)
        count, before = counts[person.pk], stored.get(key)
        if before is not None and before.began_at > answered.get(person.pk, earliest):
            count += before.requests
        if count or before is not None:
            request_counts.keep_unanswered(key, count)


def answer_to(
    subscriber: Subscriber, subscription: Subscription, address: addresses.Address, *, is_own_request: bool
) -> tuple[str, str]:
    """The purpose of the mail that answers a request, and why it is not sent ("": it is). The same queries in every case."""
    may_ask, reason = suppressions.standing(address)
    if subscription.state != Subscription.State.CONFIRMED:
        return PURPOSE, "" if may_ask else "suppressed"
    if not is_own_request:
        return PURPOSE, "confirmed"
    if not may_ask or reason is not None:
        return ALREADY, "suppressed"
    return ALREADY, "paused" if subscriber.is_paused(clock.now()) else ""


def store_notice(
    subscriber: Subscriber, subscription: Subscription, mailing_list: MailingList, sent: Sent, *,
    purpose: str, silent: str, held: bool, language: str, by_staff: bool = False,
) -> None:  # fmt: skip
    """Store the notice of one request: planned, or skipped with the reason `silent`, so that every request takes the same time.

    With `held` it waits for staff instead of being planned. `language` is that of the request (BCP 47); it comes from the
    publication's languages and is nothing that a stranger could have typed. `by_staff`: they registered the person.

    The token of a planned notice depends on the latest notice before it, so two requests at once give one notice. Skipped
    notices share one row per quarter of an hour, so that a flood of requests adds few rows.
    """
    now = clock.now()
    if not silent and not sent.may_send:
        silent = "limit"
    if silent:
        token = f"{subscription.pk}:skipped:{int(now.timestamp() // RECORDED_EVERY.total_seconds())}"
    else:
        token = f"{subscriber.pk}:{sent.latest}"
    notice = Notice(
        purpose=purpose,
        token=token,
        subscriber=subscriber,
        list=mailing_list,
        address=subscriber.address or "",
        parameters={"subscription": subscription.pk, "list": mailing_list.slug, "language": language, "by_staff": by_staff},
        state=Notice.State.SKIPPED if silent else Notice.State.HELD if held else Notice.State.PLANNED,
        reason=silent,
        created_at=now,
    )
    Notice.objects.bulk_create([notice], ignore_conflicts=True)


def plan_welcome(subscriber: Subscriber, subscription: Subscription, language: str = "") -> None:
    """Plan the welcome to somebody who has just confirmed, if the list sends one. The caller has locked the subscriber's row.

    The standard text goes out once a day, however often they come back, in `language`, by default that of the confirmation. If
    staff chose an issue, the worker makes the person a recipient of its campaign (`welcomes`).
    """
    if not subscription.list.welcome:
        return
    if subscription.list.welcome_campaign is not None:
        welcomes.note(subscription)
        return
    now = clock.now()
    welcomed = Notice.objects.filter(subscriber=subscriber, list=subscription.list, purpose=WELCOME)
    if welcomed.filter(created_at__gt=now - WELCOME_EVERY).exclude(state=Notice.State.SKIPPED).exists():
        return
    if not language:
        asked = Notice.objects.filter(subscriber=subscriber, list=subscription.list, purpose=PURPOSE).order_by("-id").first()
        language = str(asked.parameters.get("language", "")) if asked else ""
    notice = Notice(
        purpose=WELCOME, token=f"{subscription.pk}:{now.timestamp():.6f}", subscriber=subscriber, list=subscription.list,
        address=subscriber.address or "", parameters={"list": subscription.list.slug, "language": language}, created_at=now,
    )  # fmt: skip
    Notice.objects.bulk_create([notice], ignore_conflicts=True)


def is_planned(subscription: Subscription) -> bool:
    """Whether a mail that requests this confirmation is about to be sent."""
    planned = Notice.objects.filter(subscriber=subscription.subscriber_id, purpose=PURPOSE, state=Notice.State.PLANNED)
    return planned.filter(list=subscription.list_id).exists()


def is_wanted(notice: Notice) -> bool:
    """Whether a claimed answer or welcome should still go out: the person may have confirmed, left or paused meanwhile."""
    subscription = Subscription.objects.filter(subscriber_id=notice.subscriber_id, list_id=notice.list_id).first()
    if subscription is None:
        return False
    if notice.purpose == WELCOME:
        return subscription.state == Subscription.State.CONFIRMED
    if notice.purpose == ALREADY:
        person = notice.subscriber
        is_reachable = not person.is_paused(clock.now()) and not suppressions.is_suppressed(bytes(person.address_key))
        return subscription.state == Subscription.State.CONFIRMED and is_reachable
    return subscription.state != Subscription.State.CONFIRMED and (
        subscription.unsubscribed_at is None or subscription.unsubscribed_at <= notice.created_at
    )


def cancel(reason: str, which: Q) -> int:
    """Skip confirmations and other notices that are held, or planned and not yet being sent; returns how many."""
    return Notice.objects.filter(which, state__in=[Notice.State.HELD, Notice.State.PLANNED]).update(
        state=Notice.State.SKIPPED, reason=reason, ended_at=clock.now()
    )
