"""Everything that is stored about one person, for the person (GDPR 15 and 20): as JSON. `person_page` makes a page of it.

The apps declare the exported fields in `data_protection`; docs/person-export.md describes their keys. Times are UTC in ISO 8601.
"""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from campaigns.models import Click, Event, MeasuredLink, NamedAnswer, Tester, TestSend
from campaigns.reporting import person_export_sql as sql
from publication import audit, clock, personal_data
from publication.installation import publication
from publication.models import Actor
from subscribers.consent import ledger, suppressed_domains
from subscribers.consent.address_changes import Side
from subscribers.consent.ledger import Proof
from subscribers.consent.text_erasure import PersonalIdentifiers, mask_address
from subscribers.models import AddressChange, ImportRun, Notice, Subscriber, Subscription, Suppression
from subscribers.records import history
from transport.provider_events import EventKind

FORMAT = 1  # of the document; raised when a key changes its meaning


def hand_over(
    actor: Actor, subscriber: Subscriber, *, source: str, proof: Proof, recorded_every: timedelta = timedelta()
) -> dict[str, Any]:
    """The export for the person, recorded in the ledger and the audit, though at most once in `recorded_every`."""
    with transaction.atomic():
        document = export(subscriber)
        if audit.record_unless_recent(actor, "export_person", subscriber, since=clock.now() - recorded_every):
            ledger.record(actor, ledger.Act.EXPORTED, subscriber.pk, source=source, proof=proof)
    return document


def export(subscriber: Subscriber) -> dict[str, Any]:
    """Everything on record, also about records that were merged into this one. JSON-able. Changes nothing."""
    person = Subscriber.objects.get(pk=subscriber.pk)
    records = history.records_of(person)
    of_records = Q(subscriber__in=records)
    subscriptions = _rows(Subscription.objects.filter(of_records).select_related("list").order_by("list__slug", "id"))
    changes = AddressChange.objects.filter(of_records).order_by("id")
    document: dict[str, Any] = _plain({
        "format": FORMAT,
        "made_at": clock.now(),
        "publication": publication().name,
        "person": personal_data.exported(person) | {"merged_records": records[1:]},
        "subscriptions": subscriptions,
        "consent": [personal_data.exported(line) for line in ledger.of_people(records)],
        "suppression": _suppression(person),
        "campaigns": _campaigns(records),
        "clicks": _clicks(records),
        "answers": _answers(records),
        "notices": _notices(of_records, changes),
        "test_mails": _of_address(TestSend.objects.all(), person),
        "tester_groups": _of_address(Tester.objects.select_related("group"), person),
        "address_changes": _rows(changes),
        "imports": _imports(subscriptions),
        "changes": _changes(person),
    })  # fmt: skip
    return document


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(element) for name, element in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(element) for element in value]
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _rows(rows: QuerySet[Any]) -> list[dict[str, Any]]:
    return [personal_data.exported(row) for row in rows]


def _notices(of_records: Q, changes: QuerySet[AddressChange]) -> list[dict[str, Any]]:
    """The single mails. Of one to a new address, its change says all that the person may learn: what became of the mail would
    reveal something about the owner of that address.
    """
    by_token = {str(change.pk): change for change in changes}
    made = []
    for notice in Notice.objects.filter(of_records).select_related("list").order_by("id"):
        values = personal_data.exported(notice)
        if notice.purpose == Side.NEW:
            change = by_token.get(notice.token)
            shown = (change and mask_address(change.address)) or None
            values |= {"address": shown, "state": None, "reason": "", "ended_at": None}
        made.append(values)
    return made


def _suppression(person: Subscriber) -> dict[str, Any]:
    of_address = Suppression.objects.filter(address_key=person.address_key).first()
    of_domain = suppressed_domains.of_domain(person.domain)
    return {name: row and personal_data.exported(row) for name, row in (("address", of_address), ("domain", of_domain))}


def _campaigns(records: list[int]) -> list[dict[str, Any]]:
    deliveries = sql.list_deliveries(records)
    campaigns, kinds = {delivery["campaign"] for delivery in deliveries}, set(EventKind) - {*sql.NOT_EXPORTED}
    reported = Event.objects.filter(campaign_id__in=campaigns, subscriber_id__in=records, kind__in=kinds)
    events: dict[tuple[int | None, int | None], list[dict[str, Any]]] = defaultdict(list)
    for event in reported.order_by("at", "id"):
        events[event.campaign_id, event.subscriber_id].append(personal_data.exported(event))
    return [delivery | {"events": events[delivery["campaign"], delivery["record"]]} for delivery in deliveries]


def _clicks(records: list[int]) -> list[dict[str, Any]]:
    """What is kept of the person's clicks and opens, oldest first."""
    clicks = list(Click.objects.filter(subscriber_id__in=records).order_by("at", "id"))
    links = MeasuredLink.objects.in_bulk({click.link_id for click in clicks})
    return [
        personal_data.exported(click) | _link(links.get(click.link_id)) | {"by_machine": click.reasons != 0} for click in clicks
    ]


def _answers(records: list[int]) -> list[dict[str, Any]]:
    """The answers to questions in mails that are kept with the person's name, oldest first."""
    answers = NamedAnswer.objects.filter(subscriber_id__in=records).select_related("question").order_by("at", "id")
    return [
        personal_data.exported(row)
        | {
            "campaign": row.question.campaign_id,
            "question": row.question.texts[0]["text"],
            "answer": row.question.texts[0]["answers"][row.answer - 1],
        }
        for row in answers
    ]


def _link(link: MeasuredLink | None) -> dict[str, Any]:
    """What was followed; an opened mail has no address."""
    if link is None:
        return {"kind": "click", "url": None, "text": ""}
    return {"kind": "click" if link.url else "open", "url": link.url or None, "text": link.text}


def _of_address(rows: QuerySet[Any], person: Subscriber) -> list[dict[str, Any]]:
    """The rows with this address: test mails of the last 30 days, and groups of testers."""
    identifiers = PersonalIdentifiers.of([person])
    quoting = rows.filter(identifiers.rows_quoting("address")).order_by("id")
    return [personal_data.exported(row) for row in quoting if identifiers.quotes_address(row.address)]


def _imports(subscriptions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The imports that the person came from, without the file's name and its refused rows, which may quote other people."""
    numbers = {
        subscription["source"].partition(":")[2] for subscription in subscriptions if subscription["source"].startswith("import:")
    }
    runs = ImportRun.objects.filter(pk__in=[int(number) for number in numbers if number.isascii() and number.isdigit()])
    return _rows(runs.select_related("list").order_by("id"))


def _changes(person: Subscriber) -> list[dict[str, Any]]:
    """What staff or the person changed, without the names of staff."""
    return [
        {"at": entry.at, "change": entry.what, "by": entry.by.partition(" ")[0], "fields": entry.detail.get("changed", [])}
        for entry in history.of_person(person)
        if entry.origin == history.AUDIT
    ]
