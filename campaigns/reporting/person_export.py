"""Everything that is stored about one person, for the person (GDPR 15 and 20): as JSON. `person_page` makes a page of it.

docs/person-export.md describes the keys. Times are UTC in ISO 8601.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from campaigns.models import TestSend
from campaigns.reporting import person_export_sql as sql
from publication import audit, clock
from publication.installation import publication
from publication.models import Actor
from subscribers import attributes
from subscribers.consent import address_changes, ledger
from subscribers.consent.address_changes import Side
from subscribers.consent.ledger import Proof
from subscribers.consent.traces import Traces
from subscribers.models import AddressChange, ImportRun, Notice, Subscriber, Subscription, SuppressedDomain, Suppression
from subscribers.records import history

FORMAT = 1  # of the document; raised when a key changes its meaning


def hand_over(
    actor: Actor, subscriber: Subscriber, *, source: str, proof: Proof, recorded_every: timedelta = timedelta()
) -> dict[str, Any]:
    """The export for the person, recorded in the ledger and the audit, though at most once in `recorded_every`."""
    with transaction.atomic():
        document = export(subscriber)
        if audit.record_unless_recent(actor, "export_person", subscriber, since=clock.now() - recorded_every):
            ledger.record(ledger.Act.EXPORTED, subscriber.pk, source=source, proof=proof)
    return document


def export(subscriber: Subscriber) -> dict[str, Any]:
    """Everything on record, also about records that were merged into this one. JSON-able. Changes nothing."""
    person = Subscriber.objects.get(pk=subscriber.pk)
    records = history.records_of(person)
    subscriptions = _subscriptions(records)
    document: dict[str, Any] = _plain({
        "format": FORMAT,
        "made_at": clock.now(),
        "publication": publication().name,
        "person": _person(person, records),
        "subscriptions": subscriptions,
        "consent": _consent(records),
        "suppression": _suppression(person),
        "campaigns": _campaigns(records),
        "notices": _notices(records),
        "test_mails": _test_mails(person),
        "address_changes": _address_changes(records),
        "imports": _imports(subscriptions),
        "changes": _changes(person),
    })  # fmt: skip
    return document


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _person(person: Subscriber, records: list[int]) -> dict[str, Any]:
    return {
        "id": person.pk, "address": person.address, "name": person.name, "language": person.language,
        "country": person.country, "time_zone": person.zone, "attributes": person.attributes,
        "attribute_labels": {name: each.label for name, each in attributes.declarations().items() if name in person.attributes},
        "created_at": person.created_at, "last_engaged_at": person.engaged_at, "soft_bounces": person.soft_bounces,
        "paused_until": person.paused_until, "left_all_at": person.left_all_at, "merged_records": records[1:],
    }  # fmt: skip


def _subscriptions(records: list[int]) -> list[dict[str, Any]]:
    rows = Subscription.objects.filter(subscriber__in=records).select_related("list").order_by("list__slug", "id")
    return [
        {
            "list": each.list.slug, "list_name": each.list.name, "record": each.subscriber_id, "state": each.state,
            "source": each.source, "consent": each.consent, "requested_at": each.created_at, "joined_at": each.joined_at,
            "confirmed_at": each.confirmed_at, "unsubscribed_at": each.unsubscribed_at,
            "unsubscribed_how": each.unsubscribed_how, "unsubscribed_reason": each.unsubscribed_reason,
            "unsubscribed_comment": each.unsubscribed_comment, "unsubscribed_campaign": each.unsubscribed_campaign,
        }
        for each in rows
    ]  # fmt: skip


def _consent(records: list[int]) -> list[dict[str, Any]]:
    return [
        {
            "at": line.at, "act": line.act, "list": line.list.slug if line.list else None,
            "list_name": line.list.name if line.list else None, "source": line.source, "proof": line.proof,
            "wording": line.wording.text if line.wording else None,
            "wording_language": line.wording.language if line.wording else None, "record": line.subscriber_id,
            "detail": line.detail,
        }
        for line in ledger.of_people(records)
    ]  # fmt: skip


def _suppression(person: Subscriber) -> dict[str, Any]:
    found = Suppression.objects.filter(address_key=person.address_key).first()
    domain = SuppressedDomain.objects.in_effect(clock.now()).filter(domain=person.domain).first()
    of_address = found and {
        "reason": found.reason, "origin": found.origin, "detail": found.detail, "since": found.created_at,
        "expires_at": found.expires_at,
    }  # fmt: skip
    return {"address": of_address, "domain": domain and {"domain": domain.domain, "since": domain.created_at}}


def _campaigns(records: list[int]) -> list[dict[str, Any]]:
    deliveries = sql.list_deliveries(records)
    told: dict[tuple[int, int], list[dict[str, Any]]] = defaultdict(list)
    for campaign, record, kind, at, detail in sql.list_events(sorted({each["campaign"] for each in deliveries}), records):
        event = {"kind": kind, "at": at, "url": detail.get("url"), "by_machine": bool(detail.get("machine"))}
        told[campaign, record].append(event | {"answer": detail.get("reason") or detail.get("response")})
    return [each | {"events": told[each["campaign"], each["record"]]} for each in deliveries]


def _notices(records: list[int]) -> list[dict[str, Any]]:
    # A mail to a new address is left out: whether it was sent would reveal something about the owner of that address.
    rows = Notice.objects.filter(subscriber__in=records).exclude(purpose=Side.NEW).select_related("list").order_by("id")
    return [
        {
            "id": each.pk, "purpose": each.purpose, "list": each.list.slug if each.list else None,
            "list_name": each.list.name if each.list else None, "address": each.address, "state": each.state,
            "reason": each.reason, "created_at": each.created_at, "ended_at": each.ended_at,
        }
        for each in rows
    ]  # fmt: skip


def _test_mails(person: Subscriber) -> list[dict[str, Any]]:
    """Mails that staff sent as a test to this address; the address is kept for 30 days."""
    traces = Traces.of([person])
    return [
        {"id": each.pk, "address": each.address, "state": each.state, "created_at": each.created_at}
        for each in TestSend.objects.filter(traces.quoting("address")).order_by("id")
        if traces.quoted_in(each.address)
    ]


def _address_changes(records: list[int]) -> list[dict[str, Any]]:
    rows = AddressChange.objects.filter(subscriber__in=records).order_by("id")
    return [
        {
            # In part, as on the person's page, because it may be the address of somebody else.
            "new_address": address_changes.hint(each) or None, "state": each.state, "asked_at": each.asked_at,
            "old_confirmed_at": each.old_confirmed_at, "new_confirmed_at": each.new_confirmed_at, "ended_at": each.ended_at,
        }
        for each in rows
    ]  # fmt: skip


def _imports(subscriptions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By their numbers. The file's name and its refused rows may quote other people."""
    numbers = {each["source"].partition(":")[2] for each in subscriptions if each["source"].startswith("import:")}
    runs = ImportRun.objects.filter(pk__in=[int(each) for each in numbers if each.isascii() and each.isdigit()])
    return [
        {
            "id": each.pk, "at": each.started_at, "list": each.list.slug if each.list else None,
            "list_name": each.list.name if each.list else None,
        }
        for each in runs.select_related("list").order_by("id")
    ]  # fmt: skip


def _changes(person: Subscriber) -> list[dict[str, Any]]:
    """What staff or the person changed, without the names of staff."""
    return [
        {"at": each.at, "change": each.what, "by": each.by.partition(" ")[0], "fields": each.detail.get("changed", [])}
        for each in history.of_person(person)
        if each.origin == history.AUDIT
    ]
