"""Undoes an import for 30 days: ends its subscriptions and deletes the people it made, of those whom nobody touched since.

Somebody is touched by mail, an edit, a decision of their own, a suppression, or a later import that has them. A request of their
own that the import confirmed waits again. Who left by the file, and suppressions that it brought, stay; so do audit and ledger.
Changed details are listed and stay as they are. People who were erased are counted among those who are left alone.
Agreements to be measured that the import brought end for everybody, also for those whom it leaves alone.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction

from publication import audit, clock
from publication.domain_errors import DomainError
from publication.models import Actor, Audit
from subscribers.consent import ledger, measuring_consent
from subscribers.consent.ledger import Act, Proof
from subscribers.importing import undo_sql
from subscribers.importing.undo_sql import ImportedState
from subscribers.models import ImportedPerson, ImportRun, Subscriber
from subscribers.run_records import IMPORTED_DETAILS
from subscribers.signals import mail_since

KEPT_FOR = timedelta(days=30)
SLICE = 5_000
MOST_COUNTED = 50_000  # people of a run whom a page looks at one by one, before it is undone
State = ImportRun.State


class ImportUndoError(DomainError):
    """An import that cannot be undone."""


def find(run_id: int) -> ImportRun:
    """Raises ImportUndoError(unknown)."""
    run = ImportRun.objects.select_related("list", "actor").filter(pk=run_id).first()
    if run is None:
        raise ImportUndoError("unknown", run=run_id)
    return run


def why_not(run: ImportRun) -> ImportUndoError | None:
    """Why a run cannot be undone; None if it can."""
    if run.dry_run or run.state not in (State.DONE, State.FAILED, State.STOPPED) or run.finished_at is None:
        return ImportUndoError("state", run=run.pk)
    if run.finished_at < clock.now() - KEPT_FOR:
        return ImportUndoError("late", run=run.pk, days=KEPT_FOR.days)
    if run.list_id is None or not run.rows_read:
        return ImportUndoError("nothing", run=run.pk)
    return None


def is_offered(run: ImportRun) -> bool:
    """Whether a run can be undone, and made or put anybody on the list."""
    return why_not(run) is None and _joined(undo_sql.count_effects(run.pk)) > 0


def count(run: ImportRun) -> dict[str, Any] | None:
    """What an undo would do now: ended, deleted, kept by reason, updated. None for a run that is too large to count on a page."""
    effects = undo_sql.count_effects(run.pk)
    if _joined(effects) > MOST_COUNTED:
        return None
    totals: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    after = 0
    while people := _people(run, after, lock=False):
        untouched = [person for person in people if person.touched is None]
        totals.update(ended=len(untouched), deleted=sum(person.effect == _CREATED for person in untouched))
        kept.update(person.touched for person in people if person.touched)
        after = people[-1].subscriber_id
    return {"ended": totals["ended"], "deleted": totals["deleted"], "kept": dict(kept), "updated": _updated(effects)}


_UPDATED, _SUBSCRIBED, _CREATED, _SUBSCRIBED_UPDATED = (
    ImportedPerson.Effect.UPDATED, ImportedPerson.Effect.SUBSCRIBED, ImportedPerson.Effect.CREATED,
    ImportedPerson.Effect.SUBSCRIBED_UPDATED,
)  # fmt: skip


def bounds(run: ImportRun) -> dict[str, int]:
    """What an undo would do at most, for a run that is too large to count on a page: ended, deleted; and updated."""
    effects = undo_sql.count_effects(run.pk)
    return {"ended": _joined(effects), "deleted": effects.get(_CREATED, 0), "updated": _updated(effects)}


def _joined(effects: Mapping[int, int]) -> int:
    """How many people a run made or put on the list."""
    return sum(effects.get(effect, 0) for effect in (_SUBSCRIBED, _CREATED, _SUBSCRIBED_UPDATED))


def _updated(effects: Mapping[int, int]) -> int:
    """How many people of a run, who were here before, got other details."""
    return effects.get(_UPDATED, 0) + effects.get(_SUBSCRIBED_UPDATED, 0)


def request(actor: Actor, run: ImportRun) -> None:
    """Let the worker undo a run. Raises ImportUndoError; a second request for the same run changes nothing."""
    with transaction.atomic():
        current = ImportRun.objects.select_for_update().get(pk=run.pk)
        if current.state in (State.UNDOING, State.UNDONE):
            return
        if (fault := why_not(current)) is not None:
            raise fault
        ImportRun.objects.filter(pk=run.pk).update(
            state=State.UNDOING, undone={"actor": actor.pk, "after": 0, "ended": 0, "deleted": 0, "kept": {}}, tries=0
        )
        audit.record(actor, "undo_import", current)


def work(run: ImportRun) -> None:
    """Undo a run that is in the state UNDOING. Interrupted, it goes on where it was."""
    actor = Actor.objects.get(pk=run.undone["actor"])
    while _undo_slice(actor, run):
        pass
    undone = {name: value for name, value in run.undone.items() if name != "after"}
    undone["updated"] = _updated(undo_sql.count_effects(run.pk))
    with transaction.atomic():
        if ImportRun.objects.filter(pk=run.pk, state=State.UNDOING).update(
            state=State.UNDONE, undone=undone, undone_at=clock.now()
        ):
            audit.record(actor, "import_undone", run, ended=undone["ended"], deleted=undone["deleted"])
    run.refresh_from_db()


def undo(actor: Actor, run: ImportRun) -> ImportRun:
    """Undo a run at once. Raises ImportUndoError."""
    request(actor, run)
    run.refresh_from_db()
    if run.state == State.UNDOING:
        work(run)
    return run


def _undo_slice(actor: Actor, run: ImportRun) -> bool:
    """Undo for the next people; False when there are no more."""
    with transaction.atomic():
        # Another process may undo the same run.
        current = ImportRun.objects.select_for_update().get(pk=run.pk)
        run.undone = current.undone
        people = _people(run, run.undone["after"], lock=True) if current.state == State.UNDOING else []
        if not people:
            return False
        untouched = [person for person in people if person.touched is None]
        # Also of those who stay: what the import said about their agreement was wrong.
        measuring_consent.take_back(actor, [person.subscriber_id for person in people], source=f"import:{run.pk}")
        subscriptions = [person.subscription_id for person in untouched if person.subscription_id is not None]
        ended = undo_sql.end(subscriptions, run.started_at)
        deleted = undo_sql.delete_people([person.subscriber_id for person in untouched if person.effect == _CREATED])
        undo_sql.forget(run.pk, [person.subscriber_id for person in untouched])
        list_id = run.list_id or 0
        ledger.record_lines(
            actor, Act.IMPORT_UNDONE, [(person.subscriber_id, list_id, {}) for person in untouched], source=f"import:{run.pk}",
            proof=Proof.STATEMENT,
        )  # fmt: skip
        kept = Counter(run.undone["kept"])
        kept.update(person.touched for person in people if person.touched)
        undone = {
            **run.undone, "after": people[-1].subscriber_id, "ended": run.undone["ended"] + ended,
            "deleted": run.undone["deleted"] + deleted, "kept": dict(kept),
        }  # fmt: skip
        ImportRun.objects.filter(pk=run.pk).update(undone=undone, progress_at=clock.now(), tries=0)
    run.undone = undone
    return True


def _people(run: ImportRun, after: int, *, lock: bool) -> list[ImportedState]:
    since = run.started_at
    others = list(ImportRun.objects.filter(pk__gt=run.pk, dry_run=False).values_list("pk", "state"))
    undone = [number for number, state in others if state == State.UNDONE]
    later = [number for number, state in others if state != State.UNDONE]
    people = undo_sql.people(run.pk, run.list_id or 0, since, later, undone, after, SLICE, lock=lock)
    mailed = _mailed([person.subscriber_id for person in people if person.touched is None], since)
    return [person._replace(touched="mailed") if person.subscriber_id in mailed else person for person in people]


def _mailed(subscriber_ids: Sequence[int], since: datetime) -> set[int]:
    if not subscriber_ids:
        return set()
    mailed: set[int] = set()
    for _, answer in mail_since.send(Subscriber, subscriber_ids=subscriber_ids, since=since):
        mailed.update(answer)  # type: ignore[arg-type]
    return mailed


class ChangedPerson(NamedTuple):
    """Somebody who was here before a run, and the names of the fields that it changed."""

    subscriber: Subscriber
    fields: Sequence[str]


def has_changed(run: ImportRun) -> bool:
    """Whether the run changed details of people who were here before."""
    return bool(undo_sql.updated(run.pk, 0, 1))


def changed_people(run: ImportRun, after: int, most: int) -> tuple[list[ChangedPerson], int | None]:
    """The next people whose details the run changed, and the id behind which others follow, or None: an undo does not change them
    back. Those who were deleted since are left out, so a page may have fewer.
    """
    numbers = undo_sql.updated(run.pk, after, most + 1)
    ids = numbers[:most]
    lines = Audit.objects.filter(
        verb=IMPORTED_DETAILS, object_kind="subscriber", object_id__in=map(str, ids), detail__import=run.pk
    )
    fields: dict[int, set[str]] = {}
    for number, detail in lines.values_list("object_id", "detail"):
        fields.setdefault(int(number), set()).update(detail["changed"])
    people = Subscriber.objects.filter(pk__in=ids).order_by("pk")
    changed = [ChangedPerson(person, sorted(fields.get(person.pk, ()))) for person in people]
    return changed, ids[-1] if len(numbers) > most else None
