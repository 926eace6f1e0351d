"""Runs of the synchronisation: planned by beat or staff, carried out page by page by the worker, and resumed where they stopped.

A part is one list of one run. Its window of time is fixed when the run begins, so a growing list has an end. It begins before
the end of the window before it, because an entry may become visible late, and clocks differ. The effects of a page and the
position after it are committed together: a killed worker repeats at most the call.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Count, Max, Q
from django.db.models.functions import Coalesce

from campaigns.models import ProviderListEntry, SyncPart, SyncRun
from campaigns.suppression_sync import pulling, pushing, sync_sql
from publication import audit, clock, policies
from publication.installation import publication
from publication.models import Actor
from transport.provider_lists import ListPage, ProviderList

OPEN = ("planned", "running")
OVERLAP = timedelta(hours=2)
MOST_TRIES = 10
FIRST_PAUSE = timedelta(seconds=30)  # doubles with each failed call, up to LONGEST_PAUSE
LONGEST_PAUSE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Call:
    """The next page to read."""

    part_id: int
    list: ProviderList
    since: datetime | None
    until: datetime
    position: str


def plan(
    actor: Actor, *, pulls: bool = True, pushes: bool = True, full: bool = False, dry_run: bool = False,
    not_before: datetime | None = None,
) -> SyncRun:  # fmt: skip
    """Plan a run for the worker; an equal run that has not begun yet is returned instead of a second one."""
    wish: dict[str, Any] = {"pulls": pulls, "pushes": pushes, "full": full, "dry_run": dry_run}
    with transaction.atomic():
        audit.take_turns(actor)
        waiting = SyncRun.objects.select_for_update().filter(state="planned", **wish).first()
        if waiting is not None:
            SyncRun.objects.filter(pk=waiting.pk).update(not_before=not_before)
            return waiting
        run = SyncRun.objects.create(actor=actor, planned_at=clock.now(), not_before=not_before, **wish)
        audit.record(actor, "plan_sync", run, **wish)
    return run


def plan_due() -> None:
    """Plan the run that the policies want now: every `sync_minutes`, and a full one every `sync_full_hours`."""
    row = publication()
    if policies.choice("sync", row) != "on":
        return
    now = clock.now()
    scheduled = SyncRun.objects.filter(dry_run=False, pulls=True)
    if scheduled.filter(state__in=OPEN).exists():
        return
    interval = timedelta(minutes=policies.number("sync_minutes", row))
    begun = Coalesce("started_at", "planned_at")
    last = scheduled.aggregate(any=Max(begun), full=Max(begun, filter=Q(full=True, state="done")))
    if last["any"] is None:
        plan(audit.system(), full=True, not_before=now + interval)  # a new installation has nothing on the lists yet
    elif now >= last["any"] + interval:
        full = last["full"] is None or now >= last["full"] + timedelta(hours=policies.number("sync_full_hours", row))
        plan(audit.system(), full=full)


def is_due() -> bool:
    return _due() is not None


def _due() -> SyncRun | None:
    due = SyncRun.objects.filter(Q(not_before=None) | Q(not_before__lte=clock.now()), state__in=OPEN)
    return due.order_by("id").first()


def next_call() -> Call | None:
    """The next page of the oldest run that is due; begins and ends runs. None if there is nothing to read now."""
    while (run := _due()) is not None:
        if run.state == "planned":
            _begin(run)
        part = SyncPart.objects.filter(run=run, ended_at=None).order_by("id").first()
        if part is not None:
            return Call(part.pk, ProviderList(part.list), part.since, part.until, part.position)
        _end(run)
    return None


def _begin(run: SyncRun) -> None:
    now = clock.now()
    with transaction.atomic():
        if not SyncRun.objects.filter(pk=run.pk, state="planned").update(state="running", started_at=now):
            return
        for which in ProviderList if run.pulls else ():
            since = None if run.full else _covered(which)
            SyncPart.objects.create(run=run, list=which.value, since=since, until=now)


def _covered(which: ProviderList) -> datetime | None:
    """From when a window of this list must begin; None if the list was never read as a whole."""
    done = SyncPart.objects.filter(list=which.value, ended_at__isnull=False, run__dry_run=False)
    if not done.filter(since=None).exists():
        return None
    until: datetime = done.aggregate(until=Max("until"))["until"]
    return until - OVERLAP


def apply_page(call: Call, page: ListPage) -> None:
    """Apply a page and store the position, in one transaction; of a dry run only the counts and the position."""
    with transaction.atomic():
        part = SyncPart.objects.select_for_update().select_related("run__actor").get(pk=call.part_id)
        if part.position != call.position or part.ended_at is not None:
            return  # another process applied it
        run = part.run
        counted = _try(run.actor, call, page) if run.dry_run else pulling.apply_page(run.actor, call.list, page.rows)
        part.counts = dict(Counter(part.counts) + counted)
        part.position = page.position or ""
        if page.position is None:
            part.ended_at = clock.now()
            if part.since is None and not run.dry_run:
                sync_sql.forget_unseen(part.list, run.started_at or part.until)
        SyncPart.objects.filter(pk=part.pk).update(counts=part.counts, position=part.position, ended_at=part.ended_at)
        SyncRun.objects.filter(pk=run.pk).update(tries=0, not_before=None)


def _try(actor: Actor, call: Call, page: ListPage) -> Counter[str]:
    """The counts of a page, without its effects."""
    with transaction.atomic():
        counted = pulling.apply_page(actor, call.list, page.rows)
        transaction.set_rollback(True)
    return counted


def _end(run: SyncRun) -> None:
    with transaction.atomic():
        pushed = 0
        if run.pushes and run.dry_run:
            pushed = pushing.count_unpushed()
        elif run.pushes:
            while planned := pushing.plan_pushes(run.actor):
                pushed += planned
        open_run = SyncRun.objects.filter(pk=run.pk, state__in=OPEN)
        open_run.update(state="done", pushed=pushed, ended_at=clock.now(), detail="", not_before=None)


def postpone(call: Call, detail: str, *, wait: float | None = None, final: bool = False) -> None:
    """Record a call that failed: try again after a pause, a limited number of times; `final` ends the run.

    With `wait`, the provider asked for that many seconds; this counts as no failed call.
    """
    run = SyncPart.objects.select_related("run").get(pk=call.part_id).run
    tries = run.tries if wait is not None else run.tries + 1
    pause = timedelta(seconds=wait) if wait is not None else min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** max(0, tries - 1))
    over = final or tries >= MOST_TRIES
    now = clock.now()
    SyncRun.objects.filter(pk=run.pk, state__in=OPEN).update(
        tries=tries, detail=detail[:300], not_before=None if over else now + pause,
        state="failed" if over else run.state, ended_at=now if over else None,
    )  # fmt: skip
    if over:
        SyncPart.objects.filter(run=run).update(position="")


def hold(seconds: float) -> None:
    """The provider allows no call for that long."""
    SyncRun.objects.filter(state__in=OPEN).update(not_before=clock.now() + timedelta(seconds=seconds))


def end_without_lists() -> None:
    """The provider has no lists: there is nothing to synchronise."""
    open_runs = SyncRun.objects.filter(state__in=OPEN)
    open_runs.update(state="done", detail="the provider has no suppression lists", ended_at=clock.now())


def describe(run_id: int) -> dict[str, Any]:
    """One run with the counts of its lists, for display."""
    run = SyncRun.objects.get(pk=run_id)
    parts = {part.list: part for part in run.syncpart_set.order_by("id")}
    return {
        "run": run.pk, "state": run.state, "pulls": run.pulls, "pushes": run.pushes, "full": run.full, "dry_run": run.dry_run,
        "lists": {name: {**part.counts, "finished": part.ended_at is not None} for name, part in parts.items()},
        "pushed": run.pushed, "detail": run.detail or None, "planned_at": run.planned_at, "started_at": run.started_at,
        "ended_at": run.ended_at, "not_before": run.not_before,
    }  # fmt: skip


class ListRead(NamedTuple):
    """How many entries of a list are known; until when it was read, and until when from its beginning; None: never."""

    entries: int
    until: datetime | None
    full_until: datetime | None


def lists_read() -> dict[ProviderList, ListRead]:
    """What is known of each of the provider's lists. Of blocks no entry is stored."""
    entries = dict(ProviderListEntry.objects.order_by().values_list("list").annotate(Count("id")))
    read = SyncPart.objects.filter(ended_at__isnull=False, run__dry_run=False).order_by().values("list")
    parts = {part["list"]: part for part in read.annotate(any=Max("until"), full=Max("until", filter=Q(since=None)))}
    nothing = {"any": None, "full": None}
    return {
        which: ListRead(entries.get(which, 0), (part := parts.get(which, nothing))["any"], part["full"]) for which in ProviderList
    }


def latest(*, dry_run: bool = False) -> SyncRun | None:
    return SyncRun.objects.filter(dry_run=dry_run).order_by("-id").first()


def latest_of_lists() -> set[int]:
    """The runs that show how far each list was read, from its beginning and since the run before."""
    read = SyncPart.objects.filter(ended_at__isnull=False, run__dry_run=False)
    return {
        run_id
        for parts in (read, read.filter(since=None))
        for run_id in parts.order_by().values("list").annotate(last=Max("run_id")).values_list("last", flat=True)
    }
