"""Why a person is not among the recipients of a campaign: one fact for each reason, with its time where it is known.

The conditions are those of `subscribers.segments.recipients`, one after the other. For a campaign whose recipients were
chosen, they are judged as of that moment as far as records allow; details of people are known as of now only.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q

from campaigns.audience.audiences import Exclusion, conditions_of
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
from subscribers.segments import compiler, failing_clauses
from subscribers.segments.grammar import Negation, SegmentError, printed

State = Subscription.State
_ON = (Act.CONFIRMED, Act.ADDED, Act.RETURNED)


class DeliveryFact(NamedTuple):
    """A code of `why_texts`; `at` is when it happened or began."""

    code: str
    at: datetime | None = None
    params: Mapping[str, Any] = {}

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "at": self.at, **self.params}


def reasons_without_record(key: bytes | None) -> list[DeliveryFact]:
    """Why nobody with this address, by its hash, can be a recipient: there is no record."""
    suppression = Suppression.objects.filter(address_key=key).first() if key else None
    if suppression is not None and (suppression.erased_at is not None or suppression.reason == Suppression.Reason.ERASED):
        return [DeliveryFact("erased", suppression.erased_at or suppression.created_at)]
    return [DeliveryFact("no_record"), *([_suppressed(suppression)] if suppression else [])]


def reasons(campaign: Campaign, person: Subscriber, filled_at: datetime | None) -> list[DeliveryFact]:
    """Every reason, strongest first. `filled_at` None: as of now."""
    if person.merged_into_id is not None:
        return [DeliveryFact("merged", None, {"subscriber": person.merged_into_id})]
    if person.erased_at is not None:
        return [DeliveryFact("erased", person.erased_at)]
    lists = list(campaign.lists.order_by("id"))
    if campaign.welcome_to_id is not None:
        filled_at = None  # its recipients are chosen as they confirm
    facts = [*_of_lists(person, lists, filled_at), *_of_address(person, filled_at), *_of_pause(person, filled_at)]
    facts += _of_conditions(campaign, person)
    if not facts and campaign.welcome_to_id is not None:
        return [DeliveryFact("not_welcomed", None, {"list": lists[0].name})]
    return facts or [*_of_lifts(person, filled_at)]


def reasons_now(person: Subscriber) -> list[DeliveryFact]:
    """What keeps the person from mail of any campaign now."""
    if person.erased_at is not None:
        return [DeliveryFact("erased", person.erased_at)]
    if person.merged_into_id is not None:
        return [DeliveryFact("merged", None, {"subscriber": person.merged_into_id})]
    return [*_of_address(person, None), *_of_pause(person, None)]


# -------------------------------------------------------------------------------------------------------------- lists
def _of_lists(person: Subscriber, lists: list[MailingList], at: datetime | None) -> list[DeliveryFact]:
    """Empty if the person was confirmed on one of the lists."""
    subscriptions = {
        subscription.list_id: subscription for subscription in Subscription.objects.filter(subscriber=person, list__in=lists)
    }
    facts = []
    for mailing_list in lists:
        if (subscription := subscriptions.get(mailing_list.pk)) is None:
            continue
        fact = _of_list(subscription, mailing_list.name, at)
        if fact is None:
            return []
        facts.append(fact)
    return facts or [DeliveryFact("not_subscribed", None, {"lists": [mailing_list.name for mailing_list in lists]})]


def _of_list(row: Subscription, name: str, at: datetime | None) -> DeliveryFact | None:
    """Why they were not on the list; None if they were."""
    joined = row.confirmed_at or row.joined_at or row.created_at
    match row.state:
        case State.PENDING:
            return DeliveryFact("pending", row.created_at, {"list": name})
        case State.UNSUBSCRIBED:
            if at is None or row.unsubscribed_at is None or row.unsubscribed_at <= at:
                return DeliveryFact("left", row.unsubscribed_at, {"list": name, "how": row.unsubscribed_how})
    if at is None or joined <= at:
        return None
    last = _last_act(row, at)
    if last is not None and last.act == Act.LEFT:
        return DeliveryFact("left_then", last.at, {"list": name, "how": last.source, "returned": joined})
    if last is not None and last.act in _ON:
        return None
    return DeliveryFact("joined_later", joined, {"list": name})


def _last_act(row: Subscription, at: datetime) -> ConsentRecord | None:
    lines = ConsentRecord.objects.filter(subscriber_id=row.subscriber_id, list_id=row.list_id, at__lte=at)
    return lines.filter(act__in=[*_ON, Act.LEFT]).order_by("id").last()


# ------------------------------------------------------------------------------------------------------------ address
def _of_address(person: Subscriber, at: datetime | None) -> Iterator[DeliveryFact]:
    suppression = Suppression.objects.filter(address_key=person.address_key).first()
    if suppression is not None and (at is None or suppression.created_at <= at):
        yield _suppressed(suppression)
    domain = SuppressedDomain.objects.in_effect(at or clock.now()).filter(domain=person.domain).first()
    if domain is not None and (at is None or domain.created_at <= at):
        yield DeliveryFact("domain_suppressed", domain.created_at, {"domain": person.domain})


def _suppressed(suppression: Suppression) -> DeliveryFact:
    # Events have a time of their own, which is when it happened.
    return DeliveryFact(
        "suppressed",
        suppression.evidence_at or suppression.created_at,
        {"reason": suppression.reason, "origin": suppression.origin},
    )


def _of_lifts(person: Subscriber, at: datetime | None) -> Iterator[DeliveryFact]:
    """A suppression that was lifted after the recipients were chosen: it may have been there before them."""
    if at is not None:
        lift = SuppressionLift.objects.filter(address_key=person.address_key, at__gt=at).order_by("at").first()
        if lift is not None:
            yield DeliveryFact("suppressed_then", lift.at, {"reason": lift.reason})


def _of_pause(person: Subscriber, at: datetime | None) -> Iterator[DeliveryFact]:
    moment = at or clock.now()
    lines = [record for record in ledger.of_people([person.pk]) if record.act in (Act.PAUSED, Act.RESUMED)]
    before = [record for record in lines if record.at <= moment]
    began = before[-1].at if before and before[-1].act == Act.PAUSED else None
    if person.paused_until is not None and person.paused_until > moment and (began or not lines):
        yield DeliveryFact("paused", began, {"until": person.paused_until})
    elif began is not None and at is not None and (ended := next((record.at for record in lines if record.at > at), None)):
        yield DeliveryFact("paused", began, {"until": ended})


# ------------------------------------------------------------------------------------------------ segment and exclusions
def _of_conditions(campaign: Campaign, person: Subscriber) -> Iterator[DeliveryFact]:
    try:
        segment, excluded, among = conditions_of(campaign)
        for clause in failing_clauses.failing(printed(segment), person.pk) if segment else ():
            yield DeliveryFact("segment", None, {"clause": clause})
        for exclusion in excluded:
            inside, outside = compiler.conditions([exclusion.condition, Negation(exclusion.condition)])
            if not Subscriber.objects.filter(outside, pk=person.pk).exists():
                yield _left_out(exclusion, is_inside=Subscriber.objects.filter(inside, pk=person.pk).exists())
        if campaign.followed is not None and not Subscriber.objects.filter(among or Q(), pk=person.pk).exists():
            yield DeliveryFact("not_followed", None, {"campaign": campaign.followed.name})
    except SegmentError as error:
        yield DeliveryFact("segment_broken", None, {"problem": str(error)})


def _left_out(exclusion: Exclusion, *, is_inside: bool) -> DeliveryFact:
    code = f"excluded_{exclusion.kind}" if is_inside else "excluded_unmeasured"
    return DeliveryFact(code, None, {exclusion.kind: exclusion.record.name})
