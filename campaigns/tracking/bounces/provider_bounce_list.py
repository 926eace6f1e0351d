"""Addresses to be removed from the provider's bounce list: requests and their results.

This module decides and records; worker/bounce_list_removal.py calls the provider. Removing an address twice does no harm, so
any step may be repeated.
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
FIRST_PAUSE = timedelta(seconds=30)  # doubles with each try, up to LONGEST_PAUSE
LONGEST_PAUSE = timedelta(hours=1)
LOCK = 0x756E6C69  # one process at a time, because several would send the provider the same calls


@dataclass(frozen=True, slots=True)
class Listed:
    """One address to remove; None if its person was erased or changed it since."""

    id: int
    address: str | None


@dataclass(frozen=True, slots=True)
class Counts:
    planned: int
    done: int
    failed: int


def plan(actor: Actor, keys: Sequence[bytes]) -> int:
    """Request the removal of these addresses, even if it succeeded or failed before; their number."""
    planned = sql.plan(keys) if keys else 0
    if planned:
        audit.record(actor, "unlist", count=planned)
    return planned


def due(most: int) -> list[Listed]:
    """The next addresses to remove."""
    rows = [(pk, bytes(key)) for pk, key in _open().order_by("id").values_list("pk", "address_key")[:most]]
    found = Subscriber.objects.filter(address_key__in=[key for _, key in rows]).values_list("address_key", "address")
    addresses = {bytes(key): address for key, address in found}
    return [Listed(pk, addresses.get(key)) for pk, key in rows]


def is_due() -> bool:
    return _open().exists()


def _open() -> QuerySet[Unlisting]:
    return Unlisting.objects.filter(Q(not_before=None) | Q(not_before__lte=clock.now()), state="planned")


def end(id_: int, detail: str = "") -> None:
    """Record that the address is off the list, or that there is nothing to remove."""
    Unlisting.objects.filter(pk=id_).update(state="done", detail=detail, ended_at=clock.now(), not_before=None)


def postpone(id_: int, detail: str) -> None:
    """Record that the provider did not remove it: try again later, a limited number of times."""
    row = Unlisting.objects.get(pk=id_)
    row.tries, row.detail = row.tries + 1, detail[:300]
    if row.tries >= MOST_TRIES:
        row.state, row.ended_at = "failed", clock.now()
    row.not_before = clock.now() + min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (row.tries - 1))
    row.save()


def retry(actor: Actor) -> int:
    """Plan failed removals again; their number."""
    count = Unlisting.objects.filter(state="failed").update(state="planned", tries=0, not_before=None, ended_at=None)
    if count:
        audit.record(actor, "unlist", count=count)
    return count


def counts() -> Counts:
    found = dict(Unlisting.objects.values_list("state").annotate(Count("id")))
    return Counts(found.get("planned", 0), found.get("done", 0), found.get("failed", 0))


def last_fault() -> str:
    """The provider's last answer to a removal that is not done; "" if there is none."""
    row = Unlisting.objects.exclude(state="done").exclude(detail="").order_by("-tries", "-id").first()
    return row.detail if row else ""
