"""Who got something more than once: counts per (address, custom arg) over the whole ledger, kept up step by step."""

import heapq
import threading
from typing import Any

from sandbox.ledger import Ledger, moment_of

Key = tuple[str, str | None]


class Tally:
    """Counts for one custom arg (`by`), or for the address alone when `by` is empty.

    Each call of `count` reads what is new. A key seen once is one entry hash -> slot; only keys that came again (or
    whose hash did) are held by name, after a look into the earlier record: the counts are exact."""

    def __init__(self, ledger: Ledger, by: str) -> None:
        self._ledger, self._by = ledger, by
        self._lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._era = self._ledger.era
        self._slot = 0
        self._discards = 0  # how many of the ledger's are taken into account
        self._skip: set[tuple[int, int]] = set()  # discarded before they were counted
        self._first: dict[int, int] = {}  # hash -> slot of its first key
        self._named: dict[Key, int] = {}
        self._distinct = 0
        self._recent: tuple[int, list[Key]] = (-1, [])

    def _keys_of(self, slot: int, left_out: frozenset[int] = frozenset(), only: int | None = None) -> list[Key]:
        """Keys of one request in order; none for recipients that do not carry the arg: nothing to compare them with."""
        if not self._ledger.recipients_in(slot):
            return []
        record = self._ledger.record(slot)
        people: list[list[Any]] = record["people"]
        if left_out or only is not None:
            people = [one for one in people if (m := moment_of(record, one)) not in left_out and only in (None, m)]
        if not self._by:
            return [(person[2].lower(), None) for person in people]
        by = self._by
        return [(person[2].lower(), value) for person in people if (value := person[4].get(by)) is not None]

    def count(self) -> tuple[dict[Key, int], int]:
        """Everyone counted more than once, with how often; and how many distinct keys there are."""
        with self._lock:
            if self._era != self._ledger.era:
                self._forget()
            discards = self._ledger.discards
            known, end = len(discards), len(self._ledger)
            for slot, moment in discards[self._discards : known]:
                if slot < self._slot:
                    self._take_back(slot, moment)
                else:
                    self._skip.add((slot, moment))
            self._discards = known
            for slot in range(self._slot, end):
                self._take(slot)
            self._slot = end
            return {key: count for key, count in self._named.items() if count > 1}, self._distinct

    def _take(self, slot: int) -> None:
        left_out = frozenset(moment for where, moment in self._skip if where == slot) if self._skip else frozenset()
        keys = self._keys_of(slot, left_out)
        first, mine = self._first, len(self._first)
        hashes = [hash(key) for key in keys]
        if first.keys().isdisjoint(hashes):
            first.update(dict.fromkeys(hashes, slot))
            if len(first) - mine == len(keys):  # the usual case: nobody came before
                self._distinct += len(keys)
                return
            for one in hashes:
                first.pop(one, None)
        for place, (key, one) in enumerate(zip(keys, hashes, strict=True)):
            self._take_again(key, one, slot, keys[:place])

    def _take_again(self, key: Key, one: int, slot: int, before: list[Key]) -> None:
        count = self._named.get(key)
        if count is not None:
            self._named[key] = count + 1
            self._distinct += count == 0
        elif (where := self._first.get(one)) is None:
            self._first[one] = slot
            self._distinct += 1
        else:
            earlier = before if where == slot else self._earlier(where)
            self._named[key] = 1 + (key in earlier)
            self._distinct += key not in earlier

    def _earlier(self, slot: int) -> list[Key]:
        if self._recent[0] != slot:
            self._recent = (slot, self._keys_of(slot))
        return self._recent[1]

    def _take_back(self, slot: int, moment: int) -> None:
        for key in self._keys_of(slot, only=moment):
            count = self._named.get(key)
            if count is None:
                del self._first[hash(key)]
            else:
                self._named[key] = count - 1
            self._distinct -= count in (None, 1)


class Tallies:
    """One tally per custom arg that somebody asked for."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._known: dict[str, Tally] = {}

    def by(self, arg: str) -> Tally:
        return self._known.setdefault(arg, Tally(self._ledger, arg))


def worst(found: dict[Key, int], limit: int) -> list[dict[str, Any]]:
    """The `limit` keys counted most often."""
    most = heapq.nlargest(limit, found.items(), key=lambda item: item[1])
    return [{"address": address, "key": key, "count": count} for (address, key), count in most]
