"""What is on record about one person, as one timeline: the consent ledger, the audit, subscriptions, suppressions, imports."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import F, Q

from publication import audit, clock, policies
from publication.models import Actor, Audit
from subscribers.consent import ledger, suppressed_domains
from subscribers.consent.address_changes import Side
from subscribers.consent.ledger import Act
from subscribers.models import (
    AddressChange,
    ConsentRecord,
    ImportRun,
    Notice,
    Subscriber,
    Subscription,
    Suppression,
    SuppressionLift,
)
from subscribers.run_records import IMPORTED_DETAILS

LEDGER, AUDIT, SUBSCRIPTION, SUPPRESSION = "ledger", "audit", "subscription", "suppression"
VIEWED = "view_person"  # a look at the person changes nothing, so it is no entry
VIEWS_EVERY = timedelta(minutes=10)
DOMAIN_SUPPRESSED = "domain suppressed"
MOMENT = timedelta(seconds=5)  # within one transaction
# The ledger has these acts, with more detail.
_IN_LEDGER = frozenset({
    "subscribe", "confirm", "add_confirmed", "unsubscribe", "undo_unsubscribe", "erase", "merge", "ask_address_change",
    "change_address", "measuring_agree", "measuring_withdraw",
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
    """The name of the file of an import, kind and name of the member of staff who ran it, and its document about measuring."""

    file: str
    by: str
    measuring_document: str = ""


def records_views() -> bool:
    """Whether the publication's policy is to record who looks at people."""
    return policies.choice("record_views") == "on"


def record_view(actor: Actor, person: Subscriber) -> None:
    """Record that somebody looks at a person, if that is the publication's policy; at most once in VIEWS_EVERY by one actor."""
    if records_views():
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
    more = _of_address_changes(person, records, lines)
    entries = [
        _of_ledger(line, imports, actors.get(line.pk, ""), more.get(line.pk) or _note_of(line, subscriptions)) for line in lines
    ]
    recorded = {(line.act, line.subscriber_id, line.list_id) for line in lines}
    for subscription in subscriptions:
        entries += _of_subscription(subscription, recorded, imports)
    entries += _of_audit(audited, subscriptions, imports, has_ledger=bool(lines))
    entries += _of_suppressions(records) + _of_domain(person)
    return sorted(entries, key=lambda entry: entry.at)


def _imports(sources: Iterable[str]) -> dict[str, _Import]:
    """The imports that sources such as `import:3` name."""
    numbers = [int(number) for source in sources if (number := source.removeprefix("import:")) != source and number.isdecimal()]
    runs = ImportRun.objects.filter(pk__in=numbers).select_related("actor")
    return {f"import:{run.pk}": _Import(run.file_name, _staff(run.actor), run.measuring_document) for run in runs}


def _staff(actor: Actor | None) -> str:
    """Kind and name of a member of staff with an account; empty for everybody else."""
    return f"{actor.kind} {actor.name}" if actor is not None and actor.kind == Actor.Kind.STAFF else ""


def _actors(lines: Sequence[ConsentRecord]) -> dict[int, str]:
    """Id of a line of the ledger -> kind and name of the member of staff who caused it."""
    of_lines = {line.pk: line.detail[ledger.STAFF] for line in lines if line.detail.get(ledger.STAFF)}
    by_id = Actor.objects.in_bulk(set(of_lines.values()))
    return {pk: _staff(by_id.get(number)) for pk, number in of_lines.items()}


def _of_address_changes(
    person: Subscriber, records: Sequence[int], lines: Sequence[ConsentRecord]
) -> dict[int, dict[str, str]]:  # fmt: skip
    """Id of a line of the ledger -> the addresses before and after a change, as far as mails and changes still have them, and the
    reason that staff gave.
    """
    about = [line for line in lines if line.act in (Act.ASKED_ADDRESS_CHANGE, Act.CHANGED_ADDRESS)]
    if not about:
        return {}
    changes = AddressChange.objects.filter(subscriber__in=records).in_bulk()
    mails = Notice.objects.filter(purpose=Side.OLD, token__in=[str(number) for number in changes]).values_list("token", "address")
    former = {int(token): address for token, address in mails}
    details, later = {}, person.address or ""
    for line in reversed(about):
        if line.act == Act.ASKED_ADDRESS_CHANGE:
            asked = changes.get(line.detail.get("change", 0))
            details[line.pk] = {"new_address": asked.address, "note": asked.reason} if asked else {}
            continue
        done = _done_by(line, changes.values())
        old = former.get(done.pk, "") if done else ""
        details[line.pk] = {"old_address": old, "new_address": later if line.subscriber_id == person.pk else ""}
        later = old if line.subscriber_id == person.pk else later
    return details


def _done_by(line: ConsentRecord, changes: Iterable[AddressChange]) -> AddressChange | None:
    """The change that took effect when the line was written; None if staff changed the address at once."""
    near = {
        line.at - change.ended_at: change
        for change in changes
        if change.state == AddressChange.State.DONE and change.subscriber_id == line.subscriber_id
        and change.ended_at and change.ended_at <= line.at  # the change ends first, and the line follows
    }  # fmt: skip
    nearest = min(near, default=MOMENT)
    return near[nearest] if nearest < MOMENT else None


def _note_of(line: ConsentRecord, subscriptions: Sequence[Subscription]) -> dict[str, str]:
    """What staff noted when they took the person off a list, for the line that says so."""
    if line.act != Act.LEFT or line.detail.get("again"):
        return {}
    left = [row for row in subscriptions if row.list_id == line.list_id and row.unsubscribed_at is not None]
    return next((_note(row) for row in left if row.unsubscribed_at and abs(row.unsubscribed_at - line.at) < MOMENT), {})


def _note(subscription: Subscription) -> dict[str, str]:
    """The comment on leaving, if it is a note of staff."""
    return {"note": subscription.unsubscribed_comment} if subscription.unsubscribed_how == "staff" else {}


def _of_domain(person: Subscriber) -> list[HistoryEntry]:
    """The suppression of the person's domain that is in effect."""
    suppressed = suppressed_domains.of_domain(person.domain)
    if suppressed is None:
        return []
    by = f"{suppressed.actor.kind} {suppressed.actor.name}"
    detail = {"domain": suppressed.domain, "stored": suppressed.detail}
    return [HistoryEntry(suppressed.created_at, SUPPRESSION, DOMAIN_SUPPRESSED, "", by, detail)]


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


def _of_ledger(line: ConsentRecord, imports: Mapping[str, _Import], by: str, more: Mapping[str, str]) -> HistoryEntry:
    detail = {"source": line.source, "proof": line.proof, "record": line.subscriber_id, **line.detail, **more}
    if line.source in imports:
        detail["file"] = imports[line.source].file
        if line.act == Act.AGREED_MEASURING:
            detail["consent"] = imports[line.source].measuring_document
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
        detail = {"source": subscription.unsubscribed_how, "record": subscription.subscriber_id, **_note(subscription)}
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
