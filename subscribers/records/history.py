"""What is on record about one person, as one timeline: the consent ledger, the audit, subscriptions, suppressions, imports."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Q

from publication import audit, clock, policies
from publication.models import Actor, Audit
from subscribers.consent import ledger
from subscribers.models import (
    ConsentRecord,
    ImportRun,
    PeopleAction,
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
# The audit's verb of the same moment as an act of the ledger by staff; both are written in one transaction.
_VERB_OF = {
    "requested": "subscribe", "added": "add_confirmed", "paused": "pause_subscriber", "resumed": "resume_subscriber",
    "asked_address_change": "ask_address_change", "changed_address": "change_address", "exported": "export_person",
    "erased": "erase", "merged": "merge",
}  # fmt: skip
_ONE_MOMENT = timedelta(seconds=5)


class HistoryEntry(NamedTuple):
    """One moment. `origin`: the table; `what`: the act, the audit's verb or the state.

    `by`: kind and name of the actor; in the ledger only of staff; of a suppression its origin.
    """

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
    audited = _audited(records, subscriptions)
    files = _file_names(
        {line.source for line in lines}
        | {subscription.source for subscription in subscriptions}
        | {_import_of(line) for line in audited if line.verb == IMPORTED_DETAILS}
    )
    actors = _actors(lines, audited)
    entries = [_of_ledger(line, files, actors.get(line.pk, "")) for line in lines]
    recorded = {(line.act, line.subscriber_id, line.list_id) for line in lines}
    for subscription in subscriptions:
        entries += _of_subscription(subscription, recorded, files)
    entries += _of_audit(audited, subscriptions, files, has_ledger=bool(lines))
    entries += _of_suppressions(records)
    return sorted(entries, key=lambda entry: entry.at)


def _file_names(sources: set[str]) -> dict[str, str]:
    """The names of the files of imports, by the source of a line: `import:3`."""
    runs = ImportRun.objects.filter(pk__in=_numbers(sources, "import:"))
    return {f"import:{pk}": name for pk, name in runs.values_list("pk", "file_name")}


def _numbers(sources: Iterable[str], kind: str) -> list[int]:
    """The numbers in sources such as `import:3`, of one kind with its colon."""
    return [int(source[len(kind) :]) for source in sources if source.startswith(kind) and source[len(kind) :].isdecimal()]


def _actors(lines: Sequence[ConsentRecord], audited: Sequence[Audit]) -> dict[int, str]:
    """Id of a line of the ledger -> kind and name of the member of staff who did it."""
    actions = PeopleAction.objects.filter(pk__in=_numbers((line.source for line in lines), "action:")).select_related("actor")
    by_action = {f"action:{action.pk}": action.actor for action in actions}
    by_id = Actor.objects.in_bulk([line.detail["staff"] for line in lines if line.detail.get("staff")])
    actors = {}
    for line in lines:
        actor = by_action.get(line.source) or by_id.get(line.detail.get("staff"))
        if actor is None and line.source == "staff":
            actor = next((same.actor for same in audited if _is_same(line, same)), None)
        if actor is not None and actor.kind == Actor.Kind.STAFF:
            actors[line.pk] = f"{actor.kind} {actor.name}"
    return actors


def _is_same(line: ConsentRecord, audited: Audit) -> bool:
    return audited.verb == _VERB_OF.get(line.act) and abs(line.at - audited.at) < _ONE_MOMENT


def _of_suppressions(records: Sequence[int]) -> list[HistoryEntry]:
    """The suppression of the address, and what was lifted. Its own table keeps no earlier ones."""
    keys = [bytes(key) for key in Subscriber.objects.filter(pk__in=records).values_list("address_key", flat=True)]
    entries = [
        HistoryEntry(
            row.created_at,
            SUPPRESSION,
            "suppressed",
            "",
            row.origin,
            {"reason": row.reason, "cause": row.cause, "stored": row.detail},
        )
        for row in Suppression.objects.filter(address_key__in=keys).exclude(reason=Suppression.Reason.ERASED)
    ]
    lifts = SuppressionLift.objects.filter(address_key__in=keys).order_by("at", "id")
    moments: dict[datetime, SuppressionLift] = {lift.at: lift for lift in lifts}  # lifting one finding of events lifts all
    entries += [
        HistoryEntry(
            at, SUPPRESSION, "lifted", "", "staff" if lift.detail else "", {"reason": lift.reason, "stored": lift.detail}
        )
        for at, lift in moments.items()
    ]
    return entries


def _of_ledger(line: ConsentRecord, files: Mapping[str, str], by: str) -> HistoryEntry:
    detail = {"source": line.source, "proof": line.proof, "record": line.subscriber_id, **line.detail}
    if name := files.get(line.source):
        detail["file"] = name
    if line.wording:
        detail["wording"] = line.wording.text
    return HistoryEntry(line.at, LEDGER, line.act, line.list.slug if line.list else "", by, detail)


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


def _audited(records: Sequence[int], subscriptions: Sequence[Subscription]) -> list[Audit]:
    which = Q(object_kind="subscriber", object_id__in=[str(pk) for pk in records])
    which |= Q(object_kind="subscription", object_id__in=[str(subscription.pk) for subscription in subscriptions])
    return list(Audit.objects.filter(which).exclude(verb=VIEWED).select_related("actor").order_by("id"))


def _of_audit(
    audited: Sequence[Audit], subscriptions: Sequence[Subscription], files: Mapping[str, str], *, has_ledger: bool
) -> list[HistoryEntry]:  # fmt: skip
    lists = {str(subscription.pk): subscription.list.slug for subscription in subscriptions}
    return [
        HistoryEntry(
            line.at, AUDIT, line.verb, lists.get(line.object_id, "") if line.object_kind == "subscription" else "",
            f"{line.actor.kind} {line.actor.name}", _with_file(line, files),
        )
        for line in audited
        if not (has_ledger and line.verb in _IN_LEDGER)
    ]  # fmt: skip


def _with_file(line: Audit, files: Mapping[str, str]) -> dict[str, Any]:
    if line.verb != IMPORTED_DETAILS:
        return dict(line.detail)
    return {**line.detail, "source": _import_of(line), "file": files.get(_import_of(line), "")}


def _import_of(line: Audit) -> str:
    return f"import:{line.detail.get('import')}"
