"""Applies one batch of events: proves attempts, updates deliveries, suppresses addresses.

Safe to repeat and in any order: effects are unions and maxima, never increments.
"""

from collections import defaultdict

import structlog

from campaigns import hold_details
from campaigns.measuring import machine_clicks_sql
from campaigns.models import Campaign, DeliveryLog
from campaigns.sending import evidence, quarantine, single_mails
from campaigns.states import hold_campaign
from campaigns.tracking import events_sql, withdrawn_events
from campaigns.tracking.bounces import bounce_policy
from campaigns.tracking.bounces.bounce_policy_sql import bouncing_among
from campaigns.tracking.bounces.negative_events import NegativeEvent, drop_reason
from campaigns.tracking.brakes import campaign_brakes_sql
from campaigns.tracking.event_effects import EFFECTS
from campaigns.tracking.event_inbox_sql import StoredEvent
from publication import audit
from subscribers.consent import suppressions
from subscribers.consent.unsubscribing import provider_unsubscribes
from transport.provider_events import EventKind

log = structlog.get_logger("mailroom.events")

MATCH_DAYS = 14  # an asynchronous bounce comes within days
DROP_REASONS = {"unsubscribed address": "provider_unsubscribe", "spam reporting address": "complaint"}

Pair = tuple[int, int]


def apply(batch: list[StoredEvent]) -> None:
    """Apply a batch inside the caller's transaction."""
    batch = withdrawn_events.filter_and_hold_released(batch)
    if not batch:
        return
    strangers = _prove_attempts(batch)
    matched = _match(batch)
    _raise_facts(matched, strangers)
    _suppress(batch, {event.id: pair for event, pair in matched})
    _unsubscribe(matched)
    single_mails.note_events([(event.single, event.kind) for event in batch if event.single])
    for event in batch:
        if event.kind == EventKind.ACCOUNT_STATUS:
            _note_account(event)


def _prove_attempts(batch: list[StoredEvent]) -> set[int]:
    """Accept everyone in the attempts that events name; returns the attempts that this database does not have."""
    named_attempts = {
        (event.attempt_id, event.campaign_id, event.subscriber_id)
        for event in batch
        if event.attempt_id is not None and EFFECTS[event.kind].proves_acceptance
    }
    strangers = events_sql.strangers(list(named_attempts))
    if strangers:
        quarantine.hear_strangers([named for named in named_attempts if named[0] in strangers])
    # An attempt that this database does not have proves nobody: its id may have been given to other people since.
    evidence.prove(sorted({attempt_id for attempt_id, _, _ in named_attempts} - strangers))
    return strangers


def _match(batch: list[StoredEvent]) -> list[tuple[StoredEvent, Pair]]:
    """Each event with its delivery: found by our own id, or for a bounce without ids by address and time."""
    nameless = [event for event in batch if event.pair is None and event.address_key is not None and not event.single]
    by_address = events_sql.match_by_address(
        [(event.id, event.address_key, event.campaign_id, event.at) for event in nameless], MATCH_DAYS
    )
    matched, matched_by_address = [], []
    for event in batch:
        pair = event.pair or by_address.get(event.id)
        if pair is not None:
            matched.append((event, pair))
            if event.pair is None:
                matched_by_address.append((event.id, *pair))
    if matched_by_address:
        events_sql.name_matched(matched_by_address)
    return matched


def _raise_facts(matched: list[tuple[StoredEvent, Pair]], strangers: set[int]) -> None:
    facts = []
    delivered: dict[Pair, int] = {}
    for event, pair in matched:
        if event.kind == EventKind.DELIVERED:
            moment = int(event.at.timestamp())
            delivered[pair] = max(moment, delivered.get(pair, moment))
    for event, pair in matched:
        # The slice already records "processed" with an attempt. Without one, or with an attempt that was lost in a restore, it
        # proves this one delivery, because the delivery's id is from a verified token.
        alone = event.attempt_id is None or event.attempt_id in strangers
        effect = EFFECTS[event.kind]
        state = effect.state or ("accepted" if event.kind == EventKind.PROCESSED and alone else None)
        if state:
            reason = bounce_policy.describe(event.kind, event.detail) if effect.is_negative else ""
            facts.append(
                {"campaign_id": pair[0], "subscriber_id": pair[1], "state": state, "reason": reason, "at": delivered.get(pair)}
            )
    campaign_brakes_sql.count(events_sql.raise_facts(facts))
    machine_clicks_sql.reconsider(sorted(delivered))
    for campaign_id, subscriber_id in events_sql.skipped_among([pair for _, pair in matched]):
        log.error("event_for_skipped", campaign=campaign_id, subscriber=subscriber_id)
        DeliveryLog.objects.create(kind="event_for_skipped", campaign_id=campaign_id, subscriber_id=subscriber_id)


def _suppress(batch: list[StoredEvent], pairs: dict[int, Pair]) -> None:
    """Suppress addresses because of bounces, complaints and unsubscribes; lift suppressions by soft bounces after deliveries."""
    of_erased = single_mails.of_erased({event.single for event in batch if event.single})
    suppressing = [event for event in batch if EFFECTS[event.kind].may_suppress and event.single not in of_erased]
    delivered = {pairs[event.id] for event in batch if event.kind == EventKind.DELIVERED and event.id in pairs}
    recovering = bouncing_among(sorted({subscriber_id for _, subscriber_id in delivered}))
    pairs_to_read = {pair for pair in delivered if pair[1] in recovering}
    pairs_to_read |= {pairs[event.id] for event in suppressing if event.id in pairs}
    keys = events_sql.keys_of(sorted(pairs_to_read))
    negative_events: list[NegativeEvent] = []
    grounds: list[suppressions.Ground] = []
    counted = {keys[pair] for pair in delivered if pair in keys and pair[1] in recovering}
    for event in suppressing:
        pair = pairs.get(event.id)
        key = keys.get(pair) if pair else event.address_key
        key = bytes(key) if key is not None else None
        is_negative = EFFECTS[event.kind].is_negative
        if is_negative:
            negative_events.append(NegativeEvent(event.id, event.kind, event.at, event.detail, key, pair))
        if key is not None and (reason := _personal_reason(event)):
            detail = bounce_policy.describe(event.kind, event.detail) if is_negative else ""
            grounds.append(suppressions.Ground(key, reason, detail, at=event.at))
        if key is not None and event.kind in bounce_policy.BOUNCES:
            counted.add(key)
    grounds += bounce_policy.note(negative_events)
    grounds += bounce_policy.recount(counted)
    suppressions.suppress_many(audit.system(), grounds)


def _personal_reason(event: StoredEvent) -> str | None:
    if event.kind == EventKind.DROPPED:
        return DROP_REASONS.get(drop_reason(event.detail))
    return EFFECTS[event.kind].suppresses or None


def _unsubscribe(matched: list[tuple[StoredEvent, Pair]]) -> None:
    """Unsubscribe people who unsubscribed at the provider from the lists of the campaign that they got."""
    left = [(event, pair) for event, pair in matched if EFFECTS[event.kind].leaves]
    if not left:
        return
    lists: dict[int, set[int]] = defaultdict(set)
    through = Campaign.lists.through.objects.filter(campaign_id__in={campaign_id for _, (campaign_id, _) in left})
    for campaign_id, list_id in through.values_list("campaign_id", "mailinglist_id"):
        lists[campaign_id].add(list_id)
    provider_unsubscribes.leave_by_provider(
        audit.system(),
        [
            provider_unsubscribes.Departure(subscriber_id, campaign_id, frozenset(lists[campaign_id]), event.at)
            for event, (campaign_id, subscriber_id) in left
        ],
    )


def _note_account(event: StoredEvent) -> None:
    """Log a change of the provider account's status; unless it is a reactivation, hold every campaign that is sending."""
    kind = str(event.detail.get("type", ""))
    DeliveryLog.objects.create(kind="account_status", detail={"type": kind})
    if kind != "reactivate":
        detail = hold_details.text("account", status=kind or "changed")
        for campaign_id in Campaign.objects.filter(state__in=["filling", "sending"]).values_list("id", flat=True):
            hold_campaign(audit.system(), campaign_id, "provider", detail)
