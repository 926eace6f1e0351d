"""One batch of events and their effect: attempts proved, deliveries raised, addresses suppressed, engagement noted.

Safe to repeat and in any order: effects are unions and maxima, never increments.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.conf import settings

from campaigns import evidence, fencing, inbox_sql, restoring, singles
from campaigns.models import Campaign, DeliveryLog
from campaigns.states import hold_campaign
from publication import audit
from subscribers import suppressions
from subscribers.engagement import note_engaged, note_soft_bounces

log = structlog.get_logger("mailroom.events")

MATCH_DAYS = 14  # an asynchronous bounce comes within days
SOFT_BOUNCE_DAYS = 90

# What each event says of a delivery. An open or a click implies that the mail arrived.
FACTS = {
    "deferred": "deferred", "delivered": "delivered", "bounced_hard": "bounced", "bounced_soft": "bounced",
    "dropped": "dropped", "complained": "complained", "opened": "delivered", "clicked": "delivered",
    "unsubscribed": "delivered", "group_unsubscribed": "delivered", "group_resubscribed": "delivered",
}  # fmt: skip

SUPPRESSING = {
    "bounced_hard": "hard_bounce",
    "complained": "complaint",
    "unsubscribed": "provider_unsubscribe",
    "group_unsubscribed": "provider_unsubscribe",
}
DROP_REASONS = {
    "bounced address": "hard_bounce",
    "unsubscribed address": "provider_unsubscribe",
    "spam reporting address": "complaint",
    "invalid": "invalid",
    "invalid address": "invalid",
}


@dataclass(frozen=True, slots=True)
class Stored:
    """An event as it is stored; ids are ours, already proved by their code."""

    id: int
    kind: str
    campaign_id: int | None
    subscriber_id: int | None
    attempt_id: int | None
    address_key: bytes | None
    single: str
    detail: dict[str, Any]
    at: datetime

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> Stored:
        """From a row of inbox_sql.take_events."""
        id_, kind, campaign_id, subscriber_id, attempt_id, address_key, single, detail, at = row
        return cls(id_, kind, campaign_id, subscriber_id, attempt_id, address_key, single, json.loads(detail), at)

    @property
    def pair(self) -> tuple[int, int] | None:
        if self.campaign_id is None or self.subscriber_id is None:
            return None
        return self.campaign_id, self.subscriber_id


def apply(batch: list[Stored]) -> None:
    """Apply a batch inside the caller's transaction."""
    batch = fencing.heed(batch)
    if not batch:
        return
    strangers = _prove_attempts(batch)
    matched = _match(batch)
    _raise_facts(matched, strangers)
    _suppress(batch, matched)
    _note_engagement(matched)
    singles.note_events([(event.single, event.kind) for event in batch if event.single])
    for event in batch:
        if event.kind == "account_status":
            _note_account(event)


def _prove_attempts(batch: list[Stored]) -> set[int]:
    """Everyone in the attempts that are named is accepted; the attempts that this database does not know."""
    telling = {
        (event.attempt_id, event.campaign_id, event.subscriber_id)
        for event in batch
        if event.attempt_id is not None and event.kind != "other"
    }
    strangers = inbox_sql.strangers(list(telling))
    if strangers:
        restoring.hear_strangers([told for told in telling if told[0] in strangers])
    # What a stranger names proves nobody: its id may have been given to other people since.
    evidence.prove(sorted({attempt_id for attempt_id, _, _ in telling} - strangers))
    return strangers


def _match(batch: list[Stored]) -> list[tuple[Stored, tuple[int, int]]]:
    """Each event with the delivery it speaks of: by our own id, else (a bounce without ids) by address and time."""
    matched = []
    for event in batch:
        pair = event.pair
        if pair is None and event.address_key is not None:
            pair = inbox_sql.match_by_address(event.address_key, MATCH_DAYS)
        if pair is not None:
            matched.append((event, pair))
    return matched


def _reason(event: Stored) -> str:
    text = " ".join(str(event.detail[name]) for name in ("status", "reason") if event.detail.get(name))
    prefix = {"bounced_hard": "hard: ", "bounced_soft": "soft: "}.get(event.kind, "")
    if event.kind in {"bounced_hard", "bounced_soft", "dropped", "deferred"}:
        return (prefix + text)[:300]
    return ""


def _raise_facts(matched: list[tuple[Stored, tuple[int, int]]], strangers: set[int]) -> None:
    facts = []
    for event, pair in matched:
        # "processed" with an attempt is told by the slice; without one, or with one that was lost with a part of the
        # database, it proves this one delivery: its id is ours by its code.
        alone = event.attempt_id is None or event.attempt_id in strangers
        state = FACTS.get(event.kind) or ("accepted" if event.kind == "processed" and alone else None)
        if state:
            facts.append({"campaign_id": pair[0], "subscriber_id": pair[1], "state": state, "reason": _reason(event)})
    inbox_sql.raise_facts(facts)
    for campaign_id, subscriber_id in inbox_sql.skipped_among([pair for _, pair in matched]):
        log.error("event_for_skipped", campaign=campaign_id, subscriber=subscriber_id)
        DeliveryLog.objects.create(kind="event_for_skipped", campaign_id=campaign_id, subscriber_id=subscriber_id)


def _suppress(batch: list[Stored], matched: list[tuple[Stored, tuple[int, int]]]) -> None:
    keys = inbox_sql.keys_of(sorted({pair for _, pair in matched}))
    pairs = {event.id: pair for event, pair in matched}
    soft: set[bytes] = set()
    soft_pairs: dict[tuple[int, int], bytes] = {}
    causes: list[suppressions.Cause] = []
    for event in batch:
        pair = pairs.get(event.id)
        key = keys.get(pair) if pair else event.address_key
        if key is None:
            continue
        if event.kind == "bounced_soft":
            soft.add(bytes(key))
            if pair:
                soft_pairs[pair] = bytes(key)
        if reason := _suppression_reason(event):
            causes.append(suppressions.Cause(bytes(key), reason, _reason(event)))
    if soft:
        inbox_sql.set_event_address(soft_pairs)
        counts = inbox_sql.count_soft_bounces(sorted(soft), SOFT_BOUNCE_DAYS)
        note_soft_bounces(counts)
        causes += [
            suppressions.Cause(key, "soft_bounces", f"{count} within {SOFT_BOUNCE_DAYS} days")
            for key, count in counts.items()
            if count >= settings.SOFT_BOUNCE_LIMIT
        ]
    suppressions.suppress_many(audit.system(), causes)


def _suppression_reason(event: Stored) -> str | None:
    if event.kind == "dropped":
        return DROP_REASONS.get(str(event.detail.get("reason", "")).strip().lower())
    return SUPPRESSING.get(event.kind)


def _note_engagement(matched: list[tuple[Stored, tuple[int, int]]]) -> None:
    """Human opens and clicks. Never drives suppression or consent: scanners open and click too."""
    engaged: dict[int, datetime] = {}
    for event, pair in matched:
        if event.kind in {"opened", "clicked"} and not event.detail.get("machine"):
            engaged[pair[1]] = max(event.at, engaged.get(pair[1], event.at))
    note_engaged(engaged)


def _note_account(event: Stored) -> None:
    """The provider changed the account's standing: nothing may go out while it is not reactivated."""
    kind = str(event.detail.get("type", ""))
    DeliveryLog.objects.create(kind="account_status", detail={"type": kind})
    if kind != "reactivate":
        for campaign_id in Campaign.objects.filter(state__in=["filling", "sending"]).values_list("id", flat=True):
            hold_campaign(audit.system(), campaign_id, "provider", f"account status: {kind or 'changed'}")
