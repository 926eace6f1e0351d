"""What is on record about one person, as one timeline: the consent ledger, the audit, subscriptions, suppressions, imports."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import F, Q

from publication import audit, clock, policies
from publication.models import Actor, Audit
from subscribers.consent import ledger
from subscribers.models import (
    ConsentRecord,
    ImportRun,
    Subscriber,
    Subscription,
    Suppression,
    SuppressionLift,
)
from subscribers.run_records import IMPORTED_DETAILS

LEDGER, AUDIT, SUBSCRIPTION, SUPPRESSION = "ledger", "audit", "subscription", "suppression"
VIEWED = "view_person"  # a look at the person changes nothing, so it is no entry
VIEWS_EVERY = timedelta(minutes=10)
# The ledger has these acts, with more detail.
_IN_LEDGER = frozenset({
    "subscribe", "confirm", "add_confirmed", "unsubscribe", "undo_unsubscribe", "erase", "merge", "ask_address_change",
    "change_address",
})  # fmt: skip


class HistoryEntry(NamedTuple):
    """One moment. `origin`: the table; `what`: the act, the audit's verb or the state.

    `by`: kind and name of the actor; in the ledger and of a lift only of staff; of a suppression its origin and the name.
    """

    at: datetime
    origin: str
    what: str
    list: str
    by: str
    detail: Mapping[str, Any]


class _Import(NamedTuple):
    """The name of the file of an import, and kind and name of the member of staff who ran it."""

    file: str
    by: str


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
    audited = _audited(records, subscriptions)
    imports = _imports(
        {line.source for line in lines}
        | {subscription.source for subscription in subscriptions}
        | {_import_of(line) for line in audited if line.verb == IMPORTED_DETAILS}
    )
    actors = _actors(lines)
    entries = [_of_ledger(line, imports, actors.get(line.pk, "")) for line in lines]
    recorded = {(line.act, line.subscriber_id, line.list_id) for line in lines}
    for subscription in subscriptions:
        entries += _of_subscription(subscription, recorded, imports)
    entries += _of_audit(audited, subscriptions, imports, has_ledger=bool(lines))
    entries += _of_suppressions(records)
    return sorted(entries, key=lambda entry: entry.at)


def _imports(sources: Iterable[str]) -> dict[str, _Import]:
    """The imports that sources such as `import:3` name."""
    numbers = [int(number) for source in sources if (number := source.removeprefix("import:")) != source and number.isdecimal()]
    runs = ImportRun.objects.filter(pk__in=numbers).select_related("actor")
    return {f"import:{run.pk}": _Import(run.file_name, _staff(run.actor)) for run in runs}


def _staff(actor: Actor | None) -> str:
    """Kind and name of a member of staff with an account; empty for everybody else."""
    return f"{actor.kind} {actor.name}" if actor is not None and actor.kind == Actor.Kind.STAFF else ""


def _actors(lines: Sequence[ConsentRecord]) -> dict[int, str]:
    """Id of a line of the ledger -> kind and name of the member of staff who caused it."""
    of_lines = {line.pk: line.detail[ledger.STAFF] for line in lines if line.detail.get(ledger.STAFF)}
    by_id = Actor.objects.in_bulk(set(of_lines.values()))
    return {pk: _staff(by_id.get(number)) for pk, number in of_lines.items()}


def _of_suppressions(records: Sequence[int]) -> list[HistoryEntry]:
    """The suppression of the address, and what was lifted. Its own table keeps no earlier ones."""
    keys = [bytes(key) for key in Subscriber.objects.filter(pk__in=records).values_list("address_key", flat=True)]
    suppressed = Suppression.objects.filter(address_key__in=keys).exclude(reason=Suppression.Reason.ERASED)
    entries = [
        HistoryEntry(
            row.created_at, SUPPRESSION, "suppressed", "", f"{row.origin} {_staff(row.actor).partition(' ')[2]}".strip(),
            {"reason": row.reason, "cause": row.cause, "stored": row.detail},
        )
        for row in suppressed.select_related("actor")
    ]  # fmt: skip
    lifts = SuppressionLift.objects.filter(address_key__in=keys).select_related("actor")
    # Lifting one finding of events lifts all; only the one that was lifted has the actor, and is the last of its moment here.
    moments = {lift.at: lift for lift in lifts.order_by("at", F("actor").asc(nulls_first=True), "id")}
    entries += [
        HistoryEntry(
            at, SUPPRESSION, "lifted", "", _staff(lift.actor) or ("staff" if lift.actor else ""),
            {"reason": lift.reason, "stored": lift.detail},
        )
        for at, lift in moments.items()
    ]  # fmt: skip
    return entries


def _of_ledger(line: ConsentRecord, imports: Mapping[str, _Import], by: str) -> HistoryEntry:
    detail = {"source": line.source, "proof": line.proof, "record": line.subscriber_id, **line.detail}
    if line.source in imports:
        detail["file"] = imports[line.source].file
    if line.wording:
        detail["wording"] = line.wording.text
    return HistoryEntry(line.at, LEDGER, line.act, line.list.slug if line.list else "", by, detail)


def _of_subscription(
    subscription: Subscription, recorded: set[tuple[str, int, int | None]], imports: Mapping[str, _Import]
) -> list[HistoryEntry]:
    """The entries of a subscription that the ledger does not contain."""
    about = subscription.subscriber_id, subscription.list_id
    entries = []
    if subscription.confirmed_at and not {("confirmed", *about), ("added", *about)} & recorded:
        detail = {"source": subscription.source, "consent": subscription.consent, "record": subscription.subscriber_id}
        run = imports.get(subscription.source, _Import("", ""))
        detail["file"] = run.file
        entries.append(HistoryEntry(subscription.confirmed_at, SUBSCRIPTION, "confirmed", subscription.list.slug, run.by, detail))
    if subscription.unsubscribed_at and ("left", *about) not in recorded:
        detail = {"source": subscription.unsubscribed_how, "record": subscription.subscriber_id}
        entries.append(
            HistoryEntry(subscription.unsubscribed_at, SUBSCRIPTION, "unsubscribed", subscription.list.slug, "", detail)
        )
    return entries


def _audited(records: Sequence[int], subscriptions: Sequence[Subscription]) -> list[Audit]:
    which = Q(object_kind="subscriber", object_id__in=[str(pk) for pk in records])
    which |= Q(object_kind="subscription", object_id__in=[str(subscription.pk) for subscription in subscriptions])
    return list(Audit.objects.filter(which).exclude(verb=VIEWED).select_related("actor").order_by("id"))


def _of_audit(
    audited: Sequence[Audit], subscriptions: Sequence[Subscription], imports: Mapping[str, _Import], *, has_ledger: bool
) -> list[HistoryEntry]:  # fmt: skip
    lists = {str(subscription.pk): subscription.list.slug for subscription in subscriptions}
    return [
        HistoryEntry(
            line.at, AUDIT, line.verb, lists.get(line.object_id, "") if line.object_kind == "subscription" else "",
            f"{line.actor.kind} {line.actor.name}", _with_file(line, imports),
        )
        for line in audited
        if not (has_ledger and line.verb in _IN_LEDGER)
    ]  # fmt: skip


def _with_file(line: Audit, imports: Mapping[str, _Import]) -> dict[str, Any]:
    if line.verb != IMPORTED_DETAILS:
        return dict(line.detail)
    source = _import_of(line)
    return {**line.detail, "source": source, "file": imports[source].file if source in imports else ""}


def _import_of(line: Audit) -> str:
    return f"import:{line.detail.get('import')}"
