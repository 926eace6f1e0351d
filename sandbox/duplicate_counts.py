"""Counts duplicate mail: counts per (address, custom arg) over the whole ledger, updated incrementally."""

import heapq
import threading
from collections import Counter
from typing import Any

from sandbox.ledger import Ledger, moment_of

Key = tuple[str, str | None]


class Tally:
    """Counts for one custom arg (`by`), or for the address alone when `by` is empty.

    Each call of `count` reads the new records. A hash that occurred once takes one entry, hash -> slot. When the hash occurs
    again, its keys are counted by name, and the first key is read from its record. So the counts are exact."""

    def __init__(self, ledger: Ledger, by: str) -> None:
        self._ledger, self._by = ledger, by
        self._lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._era = self._ledger.era
        self._slot = 0
        self._gone: set[tuple[int, int]] = set()  # slot and moment of discarded mail
        self._alone: dict[int, int] = {}  # hash -> slot of its only key
        self._again: set[int] = set()  # hashes that occurred more than once; their keys:
        self._named: Counter[Key] = Counter()
        self._recent: tuple[int, dict[int, Key]] = (-1, {})

    def _keys_of(self, slot: int, only: int | None = None) -> list[Key]:
        """Keys of one request, in order; recipients without the arg are left out, because they cannot be compared."""
        if not self._ledger.recipients_in(slot):
            return []
        record = self._ledger.record(slot)
        people: list[list[Any]] = record["people"]
        if only is not None:
            people = [person for person in people if moment_of(record, person) == only]
        elif self._gone:
            people = [person for person in people if (slot, moment_of(record, person)) not in self._gone]
        if not (by := self._by):
            return [(person[2].lower(), None) for person in people]
        return [(person[2].lower(), value) for person in people if (value := person[4].get(by)) is not None]

    def count(self) -> tuple[dict[Key, int], int]:
        """The keys that occurred more than once, with their counts; and the number of distinct keys."""
        with self._lock:
            if self._era != self._ledger.era:
                self._forget()
            for slot, moment in self._ledger.discards[len(self._gone) :]:
                self._gone.add((slot, moment))
                self._recent = (-1, {})
                if slot < self._slot:
                    self._take_back(self._keys_of(slot, only=moment))
            end = len(self._ledger)
            for slot in range(self._slot, end):
                self._take(slot, self._keys_of(slot))
            self._slot = end
            named = [(key, count) for key, count in self._named.items() if count]
            return {key: count for key, count in named if count > 1}, len(self._alone) + len(named)

    def _take(self, slot: int, keys: list[Key]) -> None:
        hashes = [hash(key) for key in keys]
        new = set(hashes)
        if len(new) == len(keys) and new.isdisjoint(self._again) and self._alone.keys().isdisjoint(new):
            self._alone.update(dict.fromkeys(hashes, slot))  # the usual case: all hashes are new
            return
        for key, key_hash in zip(keys, hashes, strict=True):
            if key_hash in self._again:
                self._named[key] += 1
            elif key_hash in self._alone:
                self._named.update((self._first_of(key_hash), key))
                self._again.add(key_hash)
                del self._alone[key_hash]
            else:
                self._alone[key_hash] = slot

    def _first_of(self, key_hash: int) -> Key:
        """The only key with this hash so far."""
        slot = self._alone[key_hash]
        if self._recent[0] != slot:
            self._recent = (slot, {hash(key): key for key in reversed(self._keys_of(slot))})
        return self._recent[1][key_hash]

    def _take_back(self, keys: list[Key]) -> None:
        for key in keys:
            if hash(key) in self._again:
                self._named[key] -= 1
            else:
                del self._alone[hash(key)]


class Tallies:
    """One tally for each custom arg that was requested."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._known: dict[str, Tally] = {}

    def by(self, arg: str) -> Tally:
        return self._known.setdefault(arg, Tally(self._ledger, arg))


def worst(counts: dict[Key, int], limit: int) -> list[dict[str, Any]]:
    """The `limit` keys with the highest counts."""
    most = heapq.nlargest(limit, counts.items(), key=lambda item: item[1])
    return [{"address": address, "key": key, "count": count} for (address, key), count in most]
