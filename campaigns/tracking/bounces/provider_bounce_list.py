"""Addresses that are to come off the provider's bounce list: what was asked for and what became of it.

This module decides and records; worker/bounce_list_removal.py calls the provider. Removing one twice does no harm, so any step
may be repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q, QuerySet

from campaigns.models import Unlisting
from campaigns.tracking.bounces import provider_bounce_list_sql as sql
from publication import audit, clock
from publication.models import Actor
from subscribers.models import Subscriber

MOST_TRIES = 10
FIRST_PAUSE = timedelta(seconds=30)  # doubled by each try, up to the longest
LONGEST_PAUSE = timedelta(hours=1)
LOCK = 0x756E6C69  # one process at a time calls the provider: two would only ask for the same


@dataclass(frozen=True, slots=True)
class Listed:
    """One address to take off; None where its person was erased or has moved meanwhile."""

    id: int
    address: str | None


@dataclass(frozen=True, slots=True)
class Counts:
    planned: int
    done: int
    failed: int


def plan(actor: Actor, keys: Sequence[bytes]) -> int:
    """Ask for these addresses to be taken off, also those for which it was done or failed before; how many."""
    planned = sql.plan(keys) if keys else 0
    if planned:
        audit.record(actor, "unlist", count=planned)
    return planned


def due(most: int) -> list[Listed]:
    """The next to be taken off."""
    rows = [(pk, bytes(key)) for pk, key in _open().order_by("id").values_list("pk", "address_key")[:most]]
    found = Subscriber.objects.filter(address_key__in=[key for _, key in rows]).values_list("address_key", "address")
    addresses = {bytes(key): address for key, address in found}
    return [Listed(pk, addresses.get(key)) for pk, key in rows]


def is_due() -> bool:
    return _open().exists()


def _open() -> QuerySet[Unlisting]:
    return Unlisting.objects.filter(Q(not_before=None) | Q(not_before__lte=clock.now()), state="planned")


def end(id_: int, detail: str = "") -> None:
    """It is off the list, or there is nothing to take off."""
    Unlisting.objects.filter(pk=id_).update(state="done", detail=detail, ended_at=clock.now(), not_before=None)


def postpone(id_: int, detail: str) -> None:
    """The provider did not do it: try again later, a bounded number of times."""
    row = Unlisting.objects.get(pk=id_)
    row.tries, row.detail = row.tries + 1, detail[:300]
    if row.tries >= MOST_TRIES:
        row.state, row.ended_at = "failed", clock.now()
    row.not_before = clock.now() + min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (row.tries - 1))
    row.save()


def retry(actor: Actor) -> int:
    """Plan again what failed; how many."""
    count = Unlisting.objects.filter(state="failed").update(state="planned", tries=0, not_before=None, ended_at=None)
    if count:
        audit.record(actor, "unlist", count=count)
    return count


def counts() -> Counts:
    found = dict(Unlisting.objects.values_list("state").annotate(Count("id")))
    return Counts(found.get("planned", 0), found.get("done", 0), found.get("failed", 0))


def last_fault() -> str:
    """What the provider last answered where it did not do it; "" where all is well."""
    row = Unlisting.objects.exclude(state="done").exclude(detail="").order_by("-tries", "-id").first()
    return row.detail if row else ""
