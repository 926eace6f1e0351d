"""Applies pages of the provider's lists: suppressions here, removals there. Applying a page twice changes nothing more."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from campaigns.provider_lists import list_changes
from campaigns.suppression_sync import sync_sql as sql
from campaigns.suppression_sync.pull_rules import UNKNOWN_TIME, EntryMeaning, KnownAddress, PullVerdict, judge
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
    grounds, removals, noted = [], [], []
    for key, spellings in entries.items():
        row, verdict = _decisive(which, spellings, key, known[key])
        noted.append((key, row.listed_at))
        counted[verdict.meaning.value] += 1
        if verdict.ground is not None:
            grounds.append(verdict.ground)
        if verdict.removes:
            removals.append((which, key, row.address))
    if which is not ProviderList.BLOCKS and noted:
        sql.note_entries(which, noted, clock.now())
    counted["suppressed"] = suppressions.suppress_many(actor, grounds)
    counted["removals"] = list_changes.plan_removals(actor, removals)
    # Those that are suppressed here already, for this reason or a stronger one.
    counted["known"] = counted.pop(EntryMeaning.SUPPRESSES, 0) - counted["suppressed"]
    return counted


def _by_key(rows: Sequence[ListedAddress]) -> dict[bytes, list[ListedAddress]]:
    """The rows of each address: two spellings of one may be listed. Text that is no address is left out."""
    key_of = addresses.hasher()
    found: dict[bytes, list[ListedAddress]] = defaultdict(list)
    for row in rows:
        if "@" in row.address and "\0" not in row.address:
            found[key_of(addresses.normalise(row.address))].append(row)
    return found


def _decisive(
    which: ProviderList, spellings: Sequence[ListedAddress], key: bytes, known: KnownAddress
) -> tuple[ListedAddress, PullVerdict]:  # fmt: skip
    """The row that counts for an address, and its effect: the earliest that suppresses, or else the earliest.

    A spelling that was listed before a lift must not hide one that was listed after it.
    """
    earliest_first = sorted(spellings, key=lambda row: (row.listed_at or UNKNOWN_TIME, row.address))
    judged = [(row, judge(which, row, key, known)) for row in earliest_first]
    return next((judgement for judgement in judged if judgement[1].ground is not None), judged[0])


def _known(which: ProviderList, keys: Sequence[bytes]) -> dict[bytes, KnownAddress]:
    lifts = suppressions.lifts_of(keys)
    erased = set(suppressions.erased(keys))
    standing = Suppression.objects.filter(address_key__in=keys).values_list("address_key", "reason")
    reasons = {bytes(key): reason for key, reason in standing}
    added = list_changes.added_at(keys) if which is ProviderList.UNSUBSCRIBES else {}
    return {key: KnownAddress(reasons.get(key), key in erased, lifts.get(key, ()), added.get(key)) for key in keys}
