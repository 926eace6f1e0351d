"""Changes to be made at the provider's lists, and their results.

This module decides and records; worker/provider_list_work.py calls the provider. Adding or removing an address twice does no
harm, so any step may be repeated. There is one row for each address and list: a new wish replaces the older one, also while the
worker carries out the older one, because a result is recorded only for the wish that it is the result of.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from campaigns.models import LiftRequest, ProviderListChange, ProviderListEntry
from campaigns.provider_lists import list_changes_sql as sql
from publication import audit, clock
from publication.models import Actor
from subscribers import addresses
from transport.provider_lists import ProviderList

ADD, REMOVE = "add", "remove"
MOST_TRIES = 10
FIRST_PAUSE = 30.0  # seconds; doubles with each try, up to LONGEST_PAUSE
LONGEST_PAUSE = 3600.0
LOCK = 0x756E6C69  # one process at a time calls the provider for its lists, because it limits such calls


@dataclass(frozen=True, slots=True)
class ListChange:
    """One change to make; `address` is None if its person was erased or changed it since. `version` is that of the wish."""

    id: int
    list: ProviderList
    key: bytes
    address: str | None
    version: str


@dataclass(frozen=True, slots=True)
class Counts:
    planned: int
    done: int
    failed: int


def plan_removals(actor: Actor, rows: Iterable[tuple[ProviderList, bytes, str]]) -> int:
    """Remove addresses from lists: rows of (list, key, address or ""). Returns how many are new or planned again.

    An address is stored only if no subscriber has it.
    """
    return _plan(actor, REMOVE, rows)


def plan_additions(actor: Actor, rows: Iterable[tuple[bytes, str]]) -> int:
    """Put addresses on the provider's list of global unsubscribes: rows of (key, address or "")."""
    return _plan(actor, ADD, ((ProviderList.UNSUBSCRIBES, key, address) for key, address in rows))


def _plan(actor: Actor, change: str, rows: Iterable[tuple[ProviderList, bytes, str]]) -> int:
    wished = {(str(which), key): address for which, key, address in rows}
    if not wished:
        return 0
    rows_to_plan = [(which, key, address) for (which, key), address in wished.items()]
    with transaction.atomic():
        planned = sql.plan(change, rows_to_plan)
        if planned:
            audit.record(actor, f"plan_list_{change}", count=planned, provider_lists=sorted({which for which, _ in wished}))
    return planned


def forget(people: Iterable[tuple[str, bytes]]) -> None:
    """Part of an erasure, which is audited: remove addresses from every list of the provider. They are stored until then.

    people: (address, key)
    """
    rows = [(which.value, key, address) for address, key in people for which in ProviderList]
    if rows:
        LiftRequest.objects.filter(address_key__in={key for _, key, _ in rows}).delete()
        sql.plan(REMOVE, rows, keep_address=True)


def due(change: str, most: int) -> list[ListChange]:
    """The next changes to make: those for which staff wait, then the oldest."""
    return [ListChange(id_, ProviderList(which), *rest) for id_, which, *rest in sql.due(change, most)]  # type: ignore[arg-type]


def is_due() -> bool:
    return ProviderListChange.objects.filter(Q(not_before=None) | Q(not_before__lte=clock.now()), state="planned").exists()


def end(changes: Sequence[ListChange], detail: str = "") -> None:
    """Record that these are done, or that there is nothing to do."""
    sql.end([(change.id, change.version) for change in changes], detail)


def postpone(changes: Sequence[ListChange], detail: str) -> None:
    """Record that the provider did not make these: try again later, a limited number of times."""
    wishes = [(change.id, change.version) for change in changes]
    sql.postpone(wishes, addresses.masked(detail)[:300], MOST_TRIES, FIRST_PAUSE, LONGEST_PAUSE)


def hold(seconds: float) -> None:
    """The provider allows no call for that long."""
    sql.hold(seconds)


def retry(actor: Actor) -> int:
    """Plan failed changes again; their number."""
    with transaction.atomic():
        failed = ProviderListChange.objects.filter(state="failed")
        count = failed.update(state="planned", tries=0, not_before=None, ended_at=None)
        if count:
            audit.record(actor, "retry_list_changes", count=count)
    return count


def counts(change: str = "") -> Counts:
    rows = ProviderListChange.objects.filter(change=change) if change else ProviderListChange.objects.all()
    by_state = dict(rows.values_list("state").annotate(Count("id")))
    return Counts(by_state.get("planned", 0), by_state.get("done", 0), by_state.get("failed", 0))


def last_fault() -> str:
    """The provider's last answer to a change that is not done; "" if there is none."""
    row = ProviderListChange.objects.exclude(state="done").exclude(detail="").order_by("-tries", "-id").first()
    return row.detail if row else ""


def added_at(keys: Sequence[bytes]) -> dict[bytes, datetime]:
    """When we wished these addresses onto the global unsubscribes; without those that were removed since."""
    rows = ProviderListChange.objects.filter(address_key__in=keys, list=ProviderList.UNSUBSCRIBES.value, change=ADD)
    return {bytes(key): at for key, at in rows.values_list("address_key", "planned_at")}


def lists_of(keys: Sequence[bytes]) -> dict[bytes, list[str]]:
    """On which of the provider's lists each address is, as the last pull saw them and as we added since."""
    lists_by_key: dict[bytes, set[str]] = {}
    seen = ProviderListEntry.objects.filter(address_key__in=keys).values_list("address_key", "list")
    added = ProviderListChange.objects.filter(address_key__in=keys, change=ADD, state="done").values_list("address_key", "list")
    for key, which in [*seen, *added]:
        lists_by_key.setdefault(bytes(key), set()).add(which)
    return {key: sorted(lists) for key, lists in lists_by_key.items()}


def of_key(key: bytes) -> list[dict[str, Any]]:
    rows = ProviderListChange.objects.filter(address_key=key).order_by("list")
    return [dict(row) for row in rows.values("list", "change", "state", "planned_at", "ended_at", "tries", "detail")]
