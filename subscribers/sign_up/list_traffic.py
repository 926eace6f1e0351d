"""Compares the requests to subscribe to a list in this hour with the usual ones: far more, and the form asks a question; far
more than that, and they wait for staff."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction

from publication import audit, clock, policies
from publication.installation import publication
from publication.models import Actor
from subscribers.models import MailingList
from subscribers.sign_up import list_traffic_sql as sql

log = structlog.get_logger("mailroom.sign_up")


@dataclass(frozen=True)
class Thresholds:
    """Requests in an hour above which the form asks a question, and above which requests wait for staff."""

    question: float
    hold: float


def thresholds(usual: float) -> Thresholds:
    """The limits, from the median of a week's hours and the policies. A small list has a floor: its median is often zero."""
    row = publication()

    def above(name: str) -> float:
        return max(policies.number(f"{name}_factor", row) * usual, policies.number(f"{name}_floor", row))

    return Thresholds(above("challenge"), above("hold"))


def needs_question(mailing_list: MailingList) -> bool:
    """Whether the next request to this list must answer a question."""
    seen = sql.traffic(mailing_list.pk, _this_hour())
    return seen.requests >= thresholds(seen.usual).question


def count(actor: Actor, mailing_list: MailingList) -> None:
    """Count one request, and hold the list's requests from now on if there are far too many.

    `mailing_list` is the record with which the request goes on, and is updated.
    """
    hour = _this_hour()
    requests, seen = sql.count(mailing_list.pk, hour), sql.traffic(mailing_list.pk, hour)
    if requests > thresholds(seen.usual).hold and mailing_list.requests_held_at is None:
        _hold(actor, mailing_list, requests, seen.usual)


def _hold(actor: Actor, mailing_list: MailingList, requests: int, usual: float) -> None:
    now = clock.now()
    with transaction.atomic():
        free = MailingList.objects.filter(pk=mailing_list.pk, requests_held_at=None)
        if free.update(requests_held_at=now):
            audit.record(actor, "hold_requests", mailing_list, requests=requests, usual=usual)
            log.error("sign_up_requests_held", list=mailing_list.slug, requests=requests, usual=usual)
    mailing_list.requests_held_at = now


def restart(mailing_list: MailingList) -> None:
    """Begin to count this hour again: staff have decided about its requests."""
    sql.restart(mailing_list.pk, _this_hour())


def _this_hour() -> datetime:
    return clock.now().replace(minute=0, second=0, microsecond=0)
