"""What is on record about one person, as one timeline: the consent ledger, the audit, and the subscriptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q

from publication.models import Audit
from subscribers.consent import ledger
from subscribers.models import ConsentRecord, ImportRun, Subscriber, Subscription

LEDGER, AUDIT, SUBSCRIPTION = "ledger", "audit", "subscription"
# The ledger has these acts, with more detail.
_IN_LEDGER = frozenset({
    "subscribe", "confirm", "add_confirmed", "unsubscribe", "undo_unsubscribe", "erase", "merge", "ask_address_change",
    "change_address",
})  # fmt: skip


class Entry(NamedTuple):
    """One moment. `origin`: the table; `what`: the act, the audit's verb or the state; `by`: the actor, empty in the ledger."""

    at: datetime
    origin: str
    what: str
    list: str
    by: str
    detail: Mapping[str, Any]


def records_of(person: Subscriber) -> list[int]:
    """The person's record and those that were merged into it."""
    return [person.pk, *Subscriber.objects.filter(merged_into=person).order_by("id").values_list("id", flat=True)]


def of_person(person: Subscriber) -> list[Entry]:
    """Everything, oldest first. Before the ledger, and for imports, only the subscriptions and the audit have a record."""
    records = records_of(person)
    lines = ledger.of_people(records)
    subscriptions = list(Subscription.objects.filter(subscriber__in=records).select_related("list").order_by("id"))
    files = _file_names({line.source for line in lines} | {each.source for each in subscriptions})
    found = [_of_ledger(line, files) for line in lines]
    told = {(line.act, line.subscriber_id, line.list_id) for line in lines}
    for each in subscriptions:
        found += _of_subscription(each, told, files)
    known = {(line.act, line.at) for line in lines}
    found += _of_audit(records, subscriptions, bool(known))
    return sorted(found, key=lambda entry: entry.at)


def _file_names(sources: set[str]) -> dict[str, str]:
    """The names of the files of imports, by the source of a line: `import:3`."""
    numbers = [int(number) for source in sources if (number := source.removeprefix("import:")) != source and number.isdecimal()]
    return {f"import:{pk}": name for pk, name in ImportRun.objects.filter(pk__in=numbers).values_list("pk", "file_name")}


def _of_ledger(line: ConsentRecord, files: Mapping[str, str]) -> Entry:
    detail = {"source": line.source, "proof": line.proof, "record": line.subscriber_id, **line.detail}
    if name := files.get(line.source):
        detail["file"] = name
    if line.wording:
        detail["wording"] = line.wording.text
    return Entry(line.at, LEDGER, line.act, line.list.slug if line.list else "", "", detail)


def _of_subscription(row: Subscription, told: set[tuple[str, int, int | None]], files: Mapping[str, str]) -> list[Entry]:
    """What no line of the ledger tells."""
    about = row.subscriber_id, row.list_id
    found = []
    if row.confirmed_at and not {("confirmed", *about), ("added", *about)} & told:
        detail = {"source": row.source, "consent": row.consent, "record": row.subscriber_id}
        if name := files.get(row.source):
            detail["file"] = name
        found.append(Entry(row.confirmed_at, SUBSCRIPTION, "confirmed", row.list.slug, "", detail))
    if row.unsubscribed_at and ("left", *about) not in told:
        detail = {"source": row.unsubscribed_how, "record": row.subscriber_id}
        found.append(Entry(row.unsubscribed_at, SUBSCRIPTION, "unsubscribed", row.list.slug, "", detail))
    return found


def _of_audit(records: Sequence[int], subscriptions: Sequence[Subscription], has_ledger: bool) -> list[Entry]:
    lists = {str(each.pk): each.list.slug for each in subscriptions}
    which = Q(object_kind="subscriber", object_id__in=[str(pk) for pk in records])
    which |= Q(object_kind="subscription", object_id__in=list(lists))
    lines = Audit.objects.filter(which).select_related("actor").order_by("id")
    return [
        Entry(
            line.at, AUDIT, line.verb, lists.get(line.object_id, "") if line.object_kind == "subscription" else "",
            f"{line.actor.kind} {line.actor.name}", line.detail,
        )
        for line in lines
        if not (has_ledger and line.verb in _IN_LEDGER)
    ]  # fmt: skip
