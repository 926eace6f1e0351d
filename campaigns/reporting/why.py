"""Answers why a person got a campaign or did not: what it means, the reasons, and every step on record with its time.

Everything is a code with parameters; why_texts.py has the sentences.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from campaigns.measuring import measured_links
from campaigns.models import Campaign
from campaigns.reporting import why_not, why_sql, why_texts
from campaigns.reporting.why_not import DeliveryFact
from subscribers import addresses
from subscribers.consent import subscriptions
from subscribers.models import Subscriber
from subscribers.records import history
from transport.provider_events import EventKind, of_every_kind

_SKIPPED = {
    "erased": "skipped_erased", "address changed": "skipped_address_changed", "suppressed": "skipped_suppressed",
    "domain suppressed": "skipped_domain_suppressed", "unsubscribed": "skipped_unsubscribed", "left": "skipped_unsubscribed",
    "on pause": "skipped_on_pause", "campaign cancelled": "skipped_cancelled", "domain left out": "skipped_domain_left_out",
}  # fmt: skip
_STATES = {
    "claimed": "being_sent", "in_flight": "being_sent", "accepted": "accepted", "unknown": "uncertain", "held": "undecided",
    "abandoned": "given_up", "delivered": "delivered", "complained": "complained",
}  # fmt: skip
_WITH_REASON = ("deferred", "bounced", "dropped", "failed")
# Each kind of event -> its code in STEPS; empty for those that are not shown.
_EVENTS = of_every_kind({
    EventKind.PROCESSED: "processed", EventKind.DELIVERED: "event_delivered", EventKind.DEFERRED: "event_deferred",
    EventKind.BOUNCED_HARD: "event_bounced", EventKind.BOUNCED_SOFT: "event_bounced", EventKind.DROPPED: "event_dropped",
    EventKind.OPENED: "event_unasked", EventKind.CLICKED: "event_unasked", EventKind.COMPLAINED: "event_complained",
    EventKind.UNSUBSCRIBED: "event_unsubscribed", EventKind.GROUP_UNSUBSCRIBED: "event_unsubscribed",
    EventKind.GROUP_RESUBSCRIBED: "", EventKind.ACCOUNT_STATUS: "", EventKind.OTHER: "",
})  # fmt: skip
_TAKEN_BACK = ("cancelled before its release", "taken back before its release")


@dataclass(frozen=True)
class Explanation:
    """Why a person got a campaign or did not.

    `is_recipient`: whether there is a delivery; None as long as the recipients are not chosen. `reasons`: why not, strongest
    first; for a campaign without recipients, as of now. `steps`: in the order of their times. `subscriber`: the record, None
    if there is none. `opened`, `clicked`: None if that is not measured.
    """

    campaign: int
    name: str
    state: str
    subscriber: int | None
    is_recipient: bool | None
    meaning: DeliveryFact
    reasons: list[DeliveryFact] = field(default_factory=list)
    steps: list[DeliveryFact] = field(default_factory=list)
    opened: bool | None = None
    clicked: bool | None = None

    @property
    def is_unmeasured(self) -> bool:
        """Whether the mail arrived, and nothing is known of what the person did with it."""
        return self.meaning.code == "delivered" and self.opened is None and self.clicked is None

    def as_dict(self) -> dict[str, Any]:
        """JSON-able; times stay datetimes."""
        return {
            "campaign": self.campaign, "name": self.name, "state": self.state, "subscriber": self.subscriber,
            "is_recipient": self.is_recipient, "meaning": self.meaning.as_dict(),
            "opened": self.opened, "clicked": self.clicked,
            "reasons": [reason.as_dict() for reason in self.reasons], "steps": [step.as_dict() for step in self.steps],
        }  # fmt: skip


def explain(address: str, campaign: Campaign) -> Explanation:
    """`address`: of the person now, in any spelling, or `#` and the number of a record, which an erased person still has.

    Raises AddressError for text that is neither.
    """
    if address.startswith("#") and address[1:].isascii() and address[1:].isdigit() and len(address) < 19:
        person = Subscriber.objects.filter(pk=int(address[1:])).first()
        key = None
    else:
        key = addresses.validate(address).key
        person = subscriptions.find_subscriber(address)
    if person is None:
        return _answer(campaign, None, why_not.reasons_without_record(key))
    records = history.records_of(person)
    deliveries = why_sql.deliveries_of(campaign.pk, records) if campaign.recipients else []
    if deliveries:
        return _of_recipient(campaign, person, deliveries)
    return _answer(campaign, person, why_not.reasons(campaign, person, filled_at(campaign)))


def filled_at(campaign: Campaign) -> datetime | None:
    """When the recipients were chosen; None: not yet."""
    if campaign.recipients is None:
        return None
    return campaign.started_at or campaign.finished_at or campaign.created_at


def _answer(campaign: Campaign, person: Subscriber | None, reasons: list[DeliveryFact]) -> Explanation:
    chosen = campaign.recipients is not None
    if chosen:
        meaning = "not_a_recipient"
    elif campaign.state == "cancelled":
        meaning = "cancelled_early"
    else:
        meaning = "would_not_get" if reasons else "would_get"
    if chosen and not reasons:
        reasons = [DeliveryFact("changed_since", filled_at(campaign))]
    recipient = False if chosen or campaign.state == "cancelled" else None
    return Explanation(
        campaign.pk, campaign.name, campaign.state, person.pk if person else None, recipient, DeliveryFact(meaning), reasons
    )


def _moment(step: DeliveryFact) -> float:
    """For sorting. The provider's times are whole seconds, rounded down: in that second our own steps came first."""
    if step.at is None:
        return float("inf")
    return step.at.timestamp() + (0 if step.at.microsecond else 0.999999)


# ------------------------------------------------------------------------------------------------------------ recipients
def _of_recipient(campaign: Campaign, person: Subscriber, deliveries: list[why_sql.PersonDelivery]) -> Explanation:
    delivery = deliveries[0]
    steps = [*_steps(campaign, delivery)]
    if delivery.subscriber != person.pk:
        steps.append(DeliveryFact("by_other_record", None, {"subscriber": delivery.subscriber}))
    steps += [
        DeliveryFact("other_record", None, {"subscriber": other.subscriber, "state": other.state}) for other in deliveries[1:]
    ]
    steps.sort(key=_moment)
    codes = {step.code for step in steps}
    reasons = why_not.reasons_now(person) if delivery.state in {"skipped", "planned"} else []
    return Explanation(
        campaign.pk,
        campaign.name,
        campaign.state,
        person.pk,
        True,
        _meaning(campaign, delivery, codes),
        reasons,
        steps,
        opened=_known(campaign, person, "event_opened" in codes) if campaign.opens else None,
        clicked=_known(campaign, person, "event_clicked" in codes),
    )


def _known(campaign: Campaign, person: Subscriber, did: bool) -> bool | None:
    """Whether the person did it; None if that cannot be known, because they were not measured."""
    since, began = person.measured_since, campaign.started_at
    is_measured = campaign.measuring == measured_links.INDIVIDUAL and since is not None and began is not None and since <= began
    return True if did else False if is_measured else None


def _meaning(campaign: Campaign, delivery: why_sql.PersonDelivery, codes: set[str]) -> DeliveryFact:
    if delivery.state == "planned":
        return _waiting(campaign, delivery)
    if delivery.state == "skipped":
        code = _SKIPPED.get(delivery.reason, "skipped")
        return DeliveryFact(code, None, {"reason": delivery.reason} if code == "skipped" else {})
    if delivery.state == "dropped" and delivery.reason in _TAKEN_BACK:
        return DeliveryFact("taken_back")
    if delivery.state in _WITH_REASON:
        return DeliveryFact(delivery.state, None, {"reason": delivery.reason})
    if delivery.state == "delivered" and "event_clicked" in codes:
        return DeliveryFact("clicked")
    if delivery.state == "delivered" and "event_opened" in codes:
        return DeliveryFact("opened")
    return DeliveryFact(_STATES.get(delivery.state, "accepted"))


def _waiting(campaign: Campaign, delivery: why_sql.PersonDelivery) -> DeliveryFact:
    if campaign.state in ("paused", "held"):
        return DeliveryFact(f"waiting_{campaign.state}")
    if delivery.release_at is not None:
        return DeliveryFact("waiting_wave", None, {"release": delivery.release_at})
    return DeliveryFact("waiting")


def _steps(campaign: Campaign, delivery: why_sql.PersonDelivery) -> Iterator[DeliveryFact]:
    yield DeliveryFact("planned", filled_at(campaign), {"slice": delivery.number, "variant": delivery.variant})
    if delivery.release_at is not None:
        yield DeliveryFact("wave", filled_at(campaign), {"release": delivery.release_at})
    skipped = delivery.state == "skipped"
    if not skipped:  # the request of their slice went out without them
        for row in why_sql.attempts(delivery.slice_id):
            yield from _of_attempt(row)
        for row in why_sql.decisions(campaign.pk, delivery.slice_id, delivery.subscriber):
            yield from _of_decision(row)
    events = why_sql.events(campaign.pk, delivery.subscriber)
    for kind, at, detail in events:
        if code := _EVENTS[kind]:
            yield _of_event(code, at, detail)
    for at, url, is_machine in why_sql.clicks(campaign.pk, delivery.subscriber):
        code = "opened" if not url else "clicked"
        yield DeliveryFact(f"event_{code}{'_by_machine' if is_machine else ''}", at, {"url": url} if url else {})
    if (left := why_sql.left_by(campaign.pk, delivery.subscriber)) is not None:
        yield DeliveryFact("left", left[0], {"how": left[1]})
    if skipped or (delivery.state in ("deferred", "bounced", "dropped") and not events):
        yield DeliveryFact(
            "state", _skipped_at(campaign, delivery) if skipped else None, {"state": delivery.state, "reason": delivery.reason}
        )


def _skipped_at(campaign: Campaign, delivery: why_sql.PersonDelivery) -> datetime | None:
    if delivery.reason == "campaign cancelled":
        return campaign.finished_at
    if delivery.reason == "domain left out":
        return why_sql.left_out_at(campaign.pk, delivery.subscriber)
    attempts = why_sql.attempts(delivery.slice_id)
    return attempts[-1][1] if attempts else None


def _of_attempt(row: tuple[Any, ...]) -> Iterator[DeliveryFact]:
    number, gate_at, ended_at, outcome, status, detail, fenced_at = row
    yield DeliveryFact("attempt", gate_at, {"attempt": number})
    match outcome:
        case None:
            yield DeliveryFact("no_answer_yet", gate_at, {"attempt": number})
        case "accepted":
            yield DeliveryFact("answer_accepted", ended_at, {"attempt": number, "status": status})
        case "never_connected":
            yield DeliveryFact("answer_never_connected", ended_at, {"attempt": number})
        case "unknown" | "fencing" | "not_fenced":
            yield DeliveryFact("answer_unknown", ended_at, {"attempt": number, "detail": detail})
        case "fenced" | "recalling" | "recalled" | "not_recalled" | "discarded":
            yield DeliveryFact("answer_taken_back", fenced_at or ended_at, {"attempt": number})
        case _:
            yield DeliveryFact("answer_rejected", ended_at, {"attempt": number, "detail": detail})


def _of_decision(row: tuple[Any, ...]) -> Iterator[DeliveryFact]:
    at, kind, detail, by = row
    if kind == "decided":
        code = "decided_abandon" if detail.get("to") == "abandon" else "decided_resend"
        yield DeliveryFact(code, at, {"by": by, "reason": detail.get("reason", "")})
    else:
        yield DeliveryFact(kind, at)


def _of_event(code: str, at: datetime, detail: dict[str, Any]) -> DeliveryFact:
    if "%(reason)s" in why_texts.STEPS[code]:
        return DeliveryFact(code, at, {"reason": detail.get("reason") or detail.get("response") or ""})
    return DeliveryFact(code, at)
