"""Why a person is not among the recipients of a campaign: one finding for each reason, with its time where it is known.

The conditions are those of `subscribers.segments.recipients`, one after the other. For a campaign whose recipients were
chosen, they are judged as of that moment as far as records allow; details of people are known as of now only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from campaigns.models import Campaign
from publication import clock
from subscribers.consent import ledger
from subscribers.consent.ledger import Act
from subscribers.models import (
    ConsentRecord,
    MailingList,
    Subscriber,
    Subscription,
    SuppressedDomain,
    Suppression,
    SuppressionLift,
)
from subscribers.segments import failing_clauses
from subscribers.segments.grammar import SegmentError

State = Subscription.State
_ON = (Act.CONFIRMED, Act.ADDED, Act.RETURNED)


class Finding(NamedTuple):
    """A code of `why_texts`; `at` is when it happened or began."""

    code: str
    at: datetime | None = None
    params: Mapping[str, Any] = {}

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "at": self.at, **self.params}


def of_stranger(key: bytes | None) -> list[Finding]:
    """Why nobody with this address, by its hash, can be a recipient: there is no record."""
    found = Suppression.objects.filter(address_key=key).first() if key else None
    if found is not None and (found.erased_at is not None or found.reason == Suppression.Reason.ERASED):
        return [Finding("erased", found.erased_at or found.created_at)]
    return [Finding("no_record"), *([_suppressed(found)] if found else [])]


def reasons(campaign: Campaign, person: Subscriber, segment: str | None, filled_at: datetime | None) -> list[Finding]:
    """Every reason, strongest first. `filled_at` None: as of now."""
    if person.merged_into_id is not None:
        return [Finding("merged", None, {"subscriber": person.merged_into_id})]
    if person.erased_at is not None:
        return [Finding("erased", person.erased_at)]
    lists = list(campaign.lists.order_by("id"))
    found = [*_of_lists(person, lists, filled_at), *_of_address(person, filled_at), *_of_pause(person, filled_at)]
    found += _of_segment(person, segment)
    return found or [*_of_lifts(person, filled_at)]


def now(person: Subscriber) -> list[Finding]:
    """What keeps the person from mail of any campaign now."""
    if person.erased_at is not None:
        return [Finding("erased", person.erased_at)]
    if person.merged_into_id is not None:
        return [Finding("merged", None, {"subscriber": person.merged_into_id})]
    return [*_of_address(person, None), *_of_pause(person, None)]


# -------------------------------------------------------------------------------------------------------------- lists
def _of_lists(person: Subscriber, lists: list[MailingList], at: datetime | None) -> list[Finding]:
    """Empty if the person was confirmed on one of the lists."""
    rows = {each.list_id: each for each in Subscription.objects.filter(subscriber=person, list__in=lists)}
    found = []
    for each in lists:
        if (row := rows.get(each.pk)) is None:
            continue
        finding = _of_list(row, each.name, at)
        if finding is None:
            return []
        found.append(finding)
    return found or [Finding("not_subscribed", None, {"lists": [each.name for each in lists]})]


def _of_list(row: Subscription, name: str, at: datetime | None) -> Finding | None:
    """Why they were not on the list; None if they were."""
    joined = row.confirmed_at or row.joined_at or row.created_at
    match row.state:
        case State.PENDING:
            return Finding("pending", row.created_at, {"list": name})
        case State.UNSUBSCRIBED:
            if at is None or row.unsubscribed_at is None or row.unsubscribed_at <= at:
                return Finding("left", row.unsubscribed_at, {"list": name, "how": row.unsubscribed_how})
    if at is None or joined <= at:
        return None
    last = _last_act(row, at)
    if last is not None and last.act == Act.LEFT:
        return Finding("left_then", last.at, {"list": name, "how": last.source, "returned": joined})
    if last is not None and last.act in _ON:
        return None
    return Finding("joined_later", joined, {"list": name})


def _last_act(row: Subscription, at: datetime) -> ConsentRecord | None:
    lines = ConsentRecord.objects.filter(subscriber_id=row.subscriber_id, list_id=row.list_id, at__lte=at)
    return lines.filter(act__in=[*_ON, Act.LEFT]).order_by("id").last()


# ------------------------------------------------------------------------------------------------------------ address
def _of_address(person: Subscriber, at: datetime | None) -> Iterator[Finding]:
    found = Suppression.objects.filter(address_key=person.address_key).first()
    if found is not None and (at is None or found.created_at <= at):
        yield _suppressed(found)
    domain = SuppressedDomain.objects.in_effect(at or clock.now()).filter(domain=person.domain).first()
    if domain is not None and (at is None or domain.created_at <= at):
        yield Finding("domain_suppressed", domain.created_at, {"domain": person.domain})


def _suppressed(found: Suppression) -> Finding:
    # Events have a time of their own, which is when it happened.
    return Finding("suppressed", found.evidence_at or found.created_at, {"reason": found.reason, "origin": found.origin})


def _of_lifts(person: Subscriber, at: datetime | None) -> Iterator[Finding]:
    """A suppression that was lifted after the recipients were chosen: it may have been there before them."""
    if at is not None:
        lift = SuppressionLift.objects.filter(address_key=person.address_key, at__gt=at).order_by("at").first()
        if lift is not None:
            yield Finding("suppressed_then", lift.at, {"reason": lift.reason})


def _of_pause(person: Subscriber, at: datetime | None) -> Iterator[Finding]:
    moment = at or clock.now()
    lines = [each for each in ledger.of_people([person.pk]) if each.act in (Act.PAUSED, Act.RESUMED)]
    before = [each for each in lines if each.at <= moment]
    began = before[-1].at if before and before[-1].act == Act.PAUSED else None
    if person.paused_until is not None and person.paused_until > moment and (began or not lines):
        yield Finding("paused", began, {"until": person.paused_until})
    elif began is not None and at is not None and (ended := next((each.at for each in lines if each.at > at), None)):
        yield Finding("paused", began, {"until": ended})


# ------------------------------------------------------------------------------------------------------------ segment
def _of_segment(person: Subscriber, segment: str | None) -> Iterator[Finding]:
    if not segment or not segment.strip():
        return
    try:
        for clause in failing_clauses.failing(segment, person.pk):
            yield Finding("segment", None, {"clause": clause})
    except SegmentError as error:
        yield Finding("segment_broken", None, {"problem": str(error)})
