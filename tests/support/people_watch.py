"""What the tables of people hold, so that a test can say what a step changed, and what must be true after any step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, models
from django.db.models import Count
from django.utils import timezone

from campaigns.models import LiftRequest, ProviderListChange, SyncRun
from publication.models import Audit, Publication
from subscribers.models import (
    AddressChange,
    ConsentRecord,
    ImportRun,
    MailingList,
    Notice,
    PeopleAction,
    Segment,
    Subscriber,
    Subscription,
    SuppressedDomain,
    Suppression,
)
from subscribers.people import list_counts

WATCHED: tuple[type[models.Model], ...] = (
    Publication, MailingList, Segment, Subscriber, Subscription, Suppression, SuppressedDomain, AddressChange, Notice, PeopleAction,
    ImportRun, LiftRequest, ProviderListChange, SyncRun,
)  # fmt: skip
JOINING, LEAVING = {"added", "confirmed", "returned"}, {"left", "import_undone"}
Row = dict[str, Any]


@dataclass(frozen=True)
class Snapshot:
    """The rows of all tables that are watched, and the newest lines of audit and ledger."""

    rows: dict[tuple[str, int], Row]
    audit: int
    ledger: int

    @classmethod
    def now(cls) -> Snapshot:
        rows = {
            (model.__name__, row["id"]): {name: _plain(value) for name, value in row.items()}
            for model in WATCHED
            for row in model._base_manager.values()
        }
        newest = [model.objects.order_by("-id").values_list("id", flat=True).first() or 0 for model in (Audit, ConsentRecord)]
        return cls(rows, *newest)

    def changes(self, after: Snapshot) -> dict[tuple[str, int], tuple[Row | None, Row | None]]:
        """(table, id) -> the row before and after."""
        keys = self.rows.keys() | after.rows.keys()
        return {key: (self.rows.get(key), after.rows.get(key)) for key in keys if self.rows.get(key) != after.rows.get(key)}

    def lines(self) -> list[Audit]:
        """The audit's lines since then."""
        return list(Audit.objects.filter(id__gt=self.audit).order_by("id").select_related("actor"))

    def acts(self) -> list[ConsentRecord]:
        """The ledger's lines since then."""
        return list(ConsentRecord.objects.filter(id__gt=self.ledger).order_by("id"))


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def unrecorded_consents(before: Snapshot, after: Snapshot) -> list[str]:
    """Subscriptions whose state a step changed without a line of the ledger that says so."""
    acts, faults = before.acts(), []
    for (table, number), (old, new) in before.changes(after).items():
        if table != "Subscription" or (old and new and old["state"] == new["state"]):
            continue
        person, list_id = ((new or old or {})[name] for name in ("subscriber_id", "list_id"))
        said = {act.act for act in acts if act.subscriber_id == person and act.list_id == list_id}
        of_person = {act.act for act in acts if act.subscriber_id == person and act.list_id is None}
        match new and new["state"]:
            case "confirmed":
                fits = bool(said & JOINING) or "merged" in of_person or new["source"].startswith("import:")
            case "unsubscribed":
                fits = bool(said & LEAVING) or "merged" in of_person
            case "pending":
                # Requests for one subscription are on record at most every quarter of an hour.
                fits = ConsentRecord.objects.filter(subscriber_id=person, list_id=list_id, act="requested").exists()
                fits = fits or "merged" in of_person
            case _:
                fits = old["state"] == "pending" or "import_undone" in said
        if not fits:
            faults.append(
                f"subscription {number}: {old and old['state']} -> {new and new['state']}, on record: {said | of_person}"
            )
    return faults


def ledger_faults() -> list[str]:
    """Where the ledger, read from its beginning, says another state than the subscription has."""
    merged = dict(Subscriber.objects.filter(merged_into__isnull=False).values_list("id", "merged_into_id"))
    said: dict[tuple[int, int], str] = {}
    for person, list_id, act in (
        ConsentRecord.objects.filter(list_id__isnull=False).order_by("id").values_list("subscriber_id", "list_id", "act")
    ):
        if act in JOINING | LEAVING:
            said[merged.get(person, person), list_id] = "confirmed" if act in JOINING else "unsubscribed"
    faults = []
    for row in Subscription.objects.exclude(subscriber__in=merged).select_related("subscriber"):
        expected = said.get((row.subscriber_id, row.list_id), "pending")
        if row.state == expected or (row.source.startswith("import:") and expected != "unsubscribed"):
            continue
        faults.append(f"person {row.subscriber_id}, list {row.list_id}: {row.state}, by the ledger {expected}")
    return faults


def count_faults() -> list[str]:
    """Where the maintained numbers of a list differ from counting."""
    counted = {
        number: dict.fromkeys(map(str, Subscription.State), 0) for number in MailingList.objects.values_list("id", flat=True)
    }
    present = Subscription.objects.filter(subscriber__erased_at=None, subscriber__merged_into=None)
    rows = present.values_list("list_id", "state").annotate(people=Count("id")).order_by()
    for list_id, state, people in rows:
        counted[list_id][state] = people
    kept = list_counts.totals()
    lists = sorted(counted.keys() | kept.keys())
    return [f"list {pk}: {kept.get(pk)} counted {counted.get(pk)}" for pk in lists if kept.get(pk) != counted.get(pk)]


def texts_of_tables() -> dict[str, str]:
    """Everything that is stored, as text, by table. The rows of a partition count in its table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition"
        )
        texts = {}
        for (name,) in cursor.fetchall():
            cursor.execute(f"SELECT string_agg(t::text, E'\\n') FROM \"{name}\" t")
            texts[name] = cursor.fetchone()[0] or ""
    return texts


def changed_fields(changes: dict[Any, Any], key: tuple[str, Any]) -> set[str]:
    """The fields of one row that a step changed."""
    old, new = changes.get(key, ({}, {}))
    return {name for name in (new or {}) if (old or {}).get(name) != (new or {}).get(name)}


def is_request_again(old: Row | None, new: Row | None) -> bool:
    """Whether a request that waits got only a later date, or the mail about it was not sent once more, because there was one."""
    if old is None or new is None:
        return new is not None and (new.get("state"), new.get("reason")) in (("skipped", "limit"), ("skipped", "confirmed"))
    return new.get("state") == "pending" and {name for name in new if new[name] != old[name]} <= {
        "created_at",
        "source",
        "consent",
    }


class Watch:
    """The clock of these tests: the real time, moved on."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> Any:
        return timezone.now() + self.ahead

    def passes(self, **by: float) -> None:
        self.ahead += timedelta(**by)
