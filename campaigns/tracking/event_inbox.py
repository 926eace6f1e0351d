"""Verified webhook payloads of the provider: stored as received, split into events, each event applied once."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from django.db import DataError, transaction

from campaigns.models import ProviderPayload
from campaigns.sending import single_mails
from campaigns.totals import slice_totals
from campaigns.tracking import event_inbox_sql, events
from config.failpoints import failpoint
from config.mail_provider import mail_provider
from publication import clock
from subscribers import addresses, tokens
from transport.provider_events import EventKind, ProviderEvent, WebhookFault

log = structlog.get_logger("mailroom.inbox")

PAYLOADS_AT_ONCE = 10
EVENTS_AT_ONCE = 4000

# The events that report an outcome at the receiving domain.
OUTCOMES = frozenset({EventKind.DEFERRED, EventKind.DELIVERED, EventKind.BOUNCED_HARD, EventKind.BOUNCED_SOFT, EventKind.DROPPED})
_ADDRESS = re.compile(r"[^\s<>()@:;,\"']{1,64}@([\w.-]{1,255})")
# In a link: a merge field may put the address into a parameter.
_IN_LINK = re.compile(r"[^\s/?&=#@%]{1,64}(?:@|%40)[\w.-]{1,255}", re.IGNORECASE)


def receive(raw: bytes) -> int:
    """Store a payload whose signature was verified; its id. It is applied later, because the provider waits for the answer."""
    failpoint("webhook_received")
    payload = ProviderPayload.objects.create(body=raw)
    failpoint("webhook_committed")
    return int(payload.pk)


def split_payloads() -> int:
    """Split stored payloads into events; the number of new events. Elements that are not events are stored as faults."""
    stored = 0
    while True:
        with transaction.atomic():
            payloads = event_inbox_sql.take_payloads(PAYLOADS_AT_ONCE)
            stored += sum(_split(payload_id, received_at, bytes(body)) for payload_id, received_at, body in payloads)
            failpoint("split_before_commit")
        if len(payloads) < PAYLOADS_AT_ONCE:
            return stored


def _split(payload_id: int, received_at: datetime, body: bytes) -> int:
    """Store the events of one payload and empty its body; the number of new events."""
    provider_events, faults = mail_provider().read_webhook(body)
    new, refused = _store(provider_events, received_at)
    faults = [*faults, *refused]
    if faults:
        log.warning("webhook_faults", payload=payload_id, count=len(faults))
    event_inbox_sql.end_payload(
        payload_id, len(provider_events) - len(refused), [{"index": fault.index, "reason": fault.reason} for fault in faults]
    )
    return new


def split_quoting(spellings: Sequence[str]) -> None:
    """Split the waiting payloads that quote an address: their events, also those of other people, are stored without it."""
    for payload_id, received_at, body in event_inbox_sql.take_quoting(spellings) if spellings else ():
        _split(payload_id, received_at, bytes(body))


def _store(provider_events: list[ProviderEvent], received_at: datetime) -> tuple[int, list[WebhookFault]]:
    """Store events; the number of new ones, and a fault for each that the database rejects.

    A rejected event must not stop the payloads behind it: they contain bounces, complaints and unsubscribes. The `index` of a
    fault is the event's position in the payload.
    """
    try:
        with transaction.atomic():
            return event_inbox_sql.store_events([_row(event, received_at) for event in provider_events]), []
    except DataError:
        if len(provider_events) == 1:
            log.exception("webhook_event_refused")
            return 0, [WebhookFault(0, "the database rejected this event")]
    stored, faults = 0, []
    for index, event in enumerate(provider_events):
        new, refused = _store([event], received_at)
        stored += new
        faults += [WebhookFault(index, fault.reason) for fault in refused]
    return stored, faults


def apply_events() -> int:
    """Apply the stored events that were not applied yet, in bounded transactions; their number."""
    applied = 0
    while True:
        with transaction.atomic():
            if not event_inbox_sql.take_apply_lock():
                return applied
            batch = event_inbox_sql.take_events(EVENTS_AT_ONCE)
            events.apply(batch)
            event_inbox_sql.end_events([event.id for event in batch])
            failpoint("apply_before_commit")
        failpoint("apply_committed")
        applied += len(batch)
        if len(batch) < EVENTS_AT_ONCE:
            return applied


def count_before_totals() -> int | None:
    """Count a large campaign that was sent before there were totals, while no events are applied; its id."""
    with transaction.atomic():
        return slice_totals.adopt_next() if event_inbox_sql.take_apply_lock() else None


def _row(event: ProviderEvent, received_at: datetime) -> dict[str, Any]:
    """The columns of an event. It cannot have happened after it was received: one from the future would outlast later consent."""
    delivery = tokens.read("delivery", event.delivery_token) if event.delivery_token else None
    single = tokens.read("single", event.delivery_token) if event.delivery_token and delivery is None else None
    attempt = tokens.read("attempt", event.attempt_token) if event.attempt_token else None
    campaign = delivery or attempt
    address_key = None
    # Test mails and mails to staff suppress nobody: a draft that a colleague reports, or that a filter rejects, says nothing
    # about the mail that this address may be subscribed to.
    is_for_staff = single is not None and single_mails.KINDS.get(single.scope) != "notice"
    if delivery is None and not is_for_staff and event.address:
        try:
            address_key = addresses.validate(event.address).key.hex()
        except addresses.AddressError:
            pass  # not an address that Mailroom could have mailed, so there is nothing to match
    return {
        "key": event.key.hex(),
        "kind": event.kind.value,
        "at": min(event.at, clock.of_database(received_at)).isoformat(),
        "campaign_id": campaign.scope if campaign else None,
        "subscriber_id": delivery.subject if delivery else None,
        "attempt_id": attempt.subject if attempt else None,
        "address_key": address_key,
        "single": f"{single_mails.KINDS.get(single.scope, '')}:{single.subject}" if single else "",
        "detail": {
            name: value
            for name, value in (
                ("name", event.provider_name), ("reason", _without_addresses(event.reason)), ("status", event.status),
                ("url", _link_without_addresses(event.url)), ("machine", event.machine_open or None), ("type", event.type),
                ("response", _without_addresses(event.response)), ("classification", event.classification),
                ("domain", event.domain if event.kind in OUTCOMES else None),
            )
            if value is not None
        },
    }  # fmt: skip


def _without_addresses(text: str | None) -> str | None:
    """Providers quote the address in their answers. Events outlive a person's erasure, so the address is removed from them."""
    return _ADDRESS.sub(r"…@\1", text) if text and "@" in text else text


def _link_without_addresses(url: str | None) -> str | None:
    return _IN_LINK.sub("…", url) if url else url
