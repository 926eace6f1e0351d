"""Applies pages of the provider's lists: suppressions here, removals there. Applying a page twice changes nothing more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from campaigns.provider_lists import list_changes
from campaigns.suppression_sync import pulling_sql as sql
from campaigns.suppression_sync.pull_rules import UNKNOWN_TIME, Known, Meaning, judge
from publication import clock
from publication.models import Actor
from subscribers import addresses
from subscribers.consent import suppressions
from subscribers.models import Suppression
from transport.provider_lists import ListedAddress, ProviderList


def apply_page(actor: Actor, which: ProviderList, rows: Sequence[ListedAddress]) -> Counter[str]:
    """Apply the rows of one page in the caller's transaction; returns counts of what they are and of what changed."""
    counted: Counter[str] = Counter(read=len(rows))
    entries = _by_key(rows)
    known = _known(which, list(entries))
    if which is not ProviderList.BLOCKS and entries:
        sql.note_entries(which, [(key, row.listed_at) for key, row in entries.items()], clock.now())
    grounds, removals = [], []
    for key, row in entries.items():
        verdict = judge(which, row, key, known[key])
        counted[verdict.meaning.value] += 1
        if verdict.ground is not None:
            grounds.append(verdict.ground)
        if verdict.removes:
            removals.append((which, key, row.address))
    counted["suppressed"] = suppressions.suppress_many(actor, grounds)
    counted["removals"] = list_changes.plan_removals(actor, removals)
    # Those that are suppressed here already, for this reason or a stronger one.
    counted["known"] = counted.pop(Meaning.SUPPRESSES, 0) - counted["suppressed"]
    return counted


def _by_key(rows: Sequence[ListedAddress]) -> dict[bytes, ListedAddress]:
    """One row for each address, the earliest: two spellings of one address may be listed. Text that is no address is left out."""
    key_of = addresses.hasher()
    found: dict[bytes, ListedAddress] = {}
    for row in rows:
        if "@" not in row.address or "\0" in row.address:
            continue
        key = key_of(addresses.normalise(row.address))
        other = found.get(key)
        if other is None or (row.listed_at or UNKNOWN_TIME) < (other.listed_at or UNKNOWN_TIME):
            found[key] = row
    return found


def _known(which: ProviderList, keys: Sequence[bytes]) -> dict[bytes, Known]:
    lifts = suppressions.lifts_of(keys)
    erased = set(suppressions.erased(keys))
    standing = Suppression.objects.filter(address_key__in=keys).values_list("address_key", "reason")
    reasons = {bytes(key): reason for key, reason in standing}
    added = list_changes.added_at(keys) if which is ProviderList.UNSUBSCRIBES else {}
    return {key: Known(reasons.get(key), key in erased, lifts.get(key, ()), added.get(key)) for key in keys}
