"""Requests to subscribe that wait for staff because there were far too many: staff release or discard them."""

from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet

from publication import audit, clock
from publication.models import Actor
from subscribers.consent import confirmations
from subscribers.models import MailingList, Notice, Subscription
from subscribers.sign_up import list_traffic


class HeldRequests(NamedTuple):
    """How many confirmations of one list wait, since when requests are held, and when the first and last were asked for."""

    waiting: int
    since: datetime | None
    first: datetime | None
    last: datetime | None


def held(mailing_list: MailingList) -> HeldRequests:
    waiting = _waiting(mailing_list)
    times = waiting.aggregate(first=Min("created_at"), last=Max("created_at"))
    return HeldRequests(waiting.count(), mailing_list.requests_held_at, times["first"], times["last"])


def counts() -> dict[int, int]:
    """List id -> confirmations that wait; lists without one are left out."""
    waiting = Notice.objects.filter(state=Notice.State.HELD, list__isnull=False, purpose__in=confirmations.ANSWERS)
    return dict(waiting.values_list("list_id").annotate(Count("id")).order_by())


def lists_with_held() -> list[MailingList]:
    """Lists whose requests wait for staff, also if only few were left when staff decided about the others."""
    waiting = Notice.objects.filter(list=OuterRef("pk"), state=Notice.State.HELD, purpose__in=confirmations.ANSWERS)
    return list(MailingList.objects.filter(Q(requests_held_at__isnull=False) | Exists(waiting)).order_by("slug"))


def release(actor: Actor, mailing_list: MailingList) -> int:
    """Send the mails that wait, one to each person, and let the next requests through. Returns how many mails.

    The link in the mail is valid for its full time, so the requests last as long; the ledger keeps when they were made.
    Mails are dropped if the request expired in the meantime, or if the person confirmed or left.
    """
    with transaction.atomic():
        was_held = _unblock(mailing_list)
        waiting = _waiting(mailing_list)
        of_list = Subscription.objects.filter(list=mailing_list)
        pending = of_list.filter(state=Subscription.State.PENDING)
        pending.filter(subscriber__in=waiting.values("subscriber")).update(created_at=clock.now())
        theirs = of_list.filter(subscriber=OuterRef("subscriber"))
        confirmed = Exists(theirs.filter(state=Subscription.State.CONFIRMED))
        to_confirm = Q(Exists(theirs), ~confirmed, purpose=confirmations.PURPOSE)
        fitting = waiting.filter(to_confirm | Q(confirmed, purpose=confirmations.ALREADY))
        newest = fitting.values("subscriber").annotate(newest=Max("id")).values("newest")
        _skip(waiting.exclude(pk__in=newest), "no longer needed")
        released = waiting.update(state=Notice.State.PLANNED)
        if was_held or released:
            audit.record(actor, "release_requests", mailing_list, list=mailing_list.slug, count=released)
    return released


def discard(actor: Actor, mailing_list: MailingList) -> int:
    """Send none of the confirmations that wait, and let the next requests through. Returns how many were discarded.

    The people can ask again: a discarded confirmation counts for no limit.
    """
    with transaction.atomic():
        was_held = _unblock(mailing_list)
        discarded = _skip(_waiting(mailing_list), "discarded")
        if was_held or discarded:
            audit.record(actor, "discard_requests", mailing_list, list=mailing_list.slug, count=discarded)
    return discarded


def _unblock(mailing_list: MailingList) -> bool:
    """Let requests through again; whether they were held."""
    was_held = MailingList.objects.filter(pk=mailing_list.pk, requests_held_at__isnull=False).update(requests_held_at=None)
    mailing_list.requests_held_at = None
    list_traffic.restart(mailing_list)
    return bool(was_held)


def _waiting(mailing_list: MailingList) -> QuerySet[Notice]:
    return Notice.objects.filter(list=mailing_list, state=Notice.State.HELD, purpose__in=confirmations.ANSWERS)


def _skip(waiting: QuerySet[Notice], reason: str) -> int:
    return waiting.update(state=Notice.State.SKIPPED, reason=reason, ended_at=clock.now())
