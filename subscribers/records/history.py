"""What is on record about one person, as one timeline: the consent ledger, the audit, and the subscriptions."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Q

from publication import audit, clock, policies
from publication.models import Actor, Audit
from subscribers.consent import ledger
from subscribers.models import ConsentRecord, ImportRun, Subscriber, Subscription

LEDGER, AUDIT, SUBSCRIPTION = "ledger", "audit", "subscription"
VIEWED = "view_person"  # a look at the person changes nothing, so it is no entry
IMPORTED = "import_details"  # an import changed their details
VIEWS_EVERY = timedelta(minutes=10)
# The ledger has these acts, with more detail.
_IN_LEDGER = frozenset({
    "subscribe", "confirm", "add_confirmed", "unsubscribe", "undo_unsubscribe", "erase", "merge", "ask_address_change",
    "change_address",
})  # fmt: skip


class HistoryEntry(NamedTuple):
    """One moment. `origin`: the table; `what`: the act, the audit's verb or the state; `by`: the actor, empty in the ledger."""

    at: datetime
    origin: str
    what: str
    list: str
    by: str
    detail: Mapping[str, Any]


def record_view(actor: Actor, person: Subscriber) -> None:
    """Record that somebody looks at a person, if that is the publication's policy; at most once in VIEWS_EVERY by one actor."""
    if policies.choice("record_views") == "on":
        audit.record_unless_recent(actor, VIEWED, person, since=clock.now() - VIEWS_EVERY, by_anyone=False)


def records_of(person: Subscriber) -> list[int]:
    """The person's record and those that were merged into it."""
    return [person.pk, *Subscriber.objects.filter(merged_into=person).order_by("id").values_list("id", flat=True)]


def of_person(person: Subscriber) -> list[HistoryEntry]:
    """A person's entries, oldest first. Before the ledger, and for imports, only subscriptions and audit have a record."""
    records = records_of(person)
    lines = ledger.of_people(records)
    subscriptions = list(Subscription.objects.filter(subscriber__in=records).select_related("list").order_by("id"))
    files = _file_names({line.source for line in lines} | {subscription.source for subscription in subscriptions})
    entries = [_of_ledger(line, files) for line in lines]
    recorded = {(line.act, line.subscriber_id, line.list_id) for line in lines}
    for subscription in subscriptions:
        entries += _of_subscription(subscription, recorded, files)
    known = {(line.act, line.at) for line in lines}
    entries += _of_audit(records, subscriptions, bool(known))
    return sorted(entries, key=lambda entry: entry.at)


def _file_names(sources: set[str]) -> dict[str, str]:
    """The names of the files of imports, by the source of a line: `import:3`."""
    numbers = [int(number) for source in sources if (number := source.removeprefix("import:")) != source and number.isdecimal()]
    return {f"import:{pk}": name for pk, name in ImportRun.objects.filter(pk__in=numbers).values_list("pk", "file_name")}


def _of_ledger(line: ConsentRecord, files: Mapping[str, str]) -> HistoryEntry:
    detail = {"source": line.source, "proof": line.proof, "record": line.subscriber_id, **line.detail}
    if name := files.get(line.source):
        detail["file"] = name
    if line.wording:
        detail["wording"] = line.wording.text
    return HistoryEntry(line.at, LEDGER, line.act, line.list.slug if line.list else "", "", detail)


def _of_subscription(
    subscription: Subscription, recorded: set[tuple[str, int, int | None]], files: Mapping[str, str]
) -> list[HistoryEntry]:
    """The entries of a subscription that the ledger does not contain."""
    about = subscription.subscriber_id, subscription.list_id
    entries = []
    if subscription.confirmed_at and not {("confirmed", *about), ("added", *about)} & recorded:
        detail = {"source": subscription.source, "consent": subscription.consent, "record": subscription.subscriber_id}
        if name := files.get(subscription.source):
            detail["file"] = name
        entries.append(HistoryEntry(subscription.confirmed_at, SUBSCRIPTION, "confirmed", subscription.list.slug, "", detail))
    if subscription.unsubscribed_at and ("left", *about) not in recorded:
        detail = {"source": subscription.unsubscribed_how, "record": subscription.subscriber_id}
        entries.append(
            HistoryEntry(subscription.unsubscribed_at, SUBSCRIPTION, "unsubscribed", subscription.list.slug, "", detail)
        )
    return entries


def _of_audit(records: Sequence[int], subscriptions: Sequence[Subscription], has_ledger: bool) -> list[HistoryEntry]:
    lists = {str(subscription.pk): subscription.list.slug for subscription in subscriptions}
    which = Q(object_kind="subscriber", object_id__in=[str(pk) for pk in records])
    which |= Q(object_kind="subscription", object_id__in=list(lists))
    rows = Audit.objects.filter(which).exclude(verb=VIEWED).select_related("actor").order_by("id")
    lines = [line for line in rows if not (has_ledger and line.verb in _IN_LEDGER)]
    files = _file_names({f"import:{line.detail.get('import')}" for line in lines if line.verb == IMPORTED})
    return [
        HistoryEntry(
            line.at, AUDIT, line.verb, lists.get(line.object_id, "") if line.object_kind == "subscription" else "",
            f"{line.actor.kind} {line.actor.name}", _with_file(line, files),
        )
        for line in lines
    ]  # fmt: skip


def _with_file(line: Audit, files: Mapping[str, str]) -> dict[str, Any]:
    if line.verb != IMPORTED:
        return dict(line.detail)
    source = f"import:{line.detail.get('import')}"
    return {**line.detail, "source": source, "file": files.get(source, "")}
