"""Counts duplicate mail: counts per (address, custom arg) over the whole ledger, updated incrementally."""

import heapq
import threading
from typing import Any

from sandbox.ledger import Ledger, moment_of

Key = tuple[str, str | None]


class Tally:
    """Counts for one custom arg (`by`), or for the address alone when `by` is empty.

    Each call of `count` reads the new records. A key takes a hash and a count, and its text only when it occurs again. Among a
    million keys the chance that two have the same hash of 64 bits is one in thirty million."""

    def __init__(self, ledger: Ledger, by: str) -> None:
        self._ledger, self._by = ledger, by
        self._lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._era = self._ledger.era
        self._slot = self._discards = 0  # how many were read
        self._counts: dict[int, int] = {}  # by hash
        self._names: dict[int, Key] = {}  # of the hashes that occurred more than once

    def _keys_of(self, slot: int, only: int | None = None) -> list[Key]:
        """Keys of one request; recipients without the arg are left out, because they cannot be compared."""
        if not self._ledger.recipients_in(slot):
            return []
        record, by = self._ledger.record(slot), self._by
        people: list[list[Any]] = record["people"]
        if only is not None:
            people = [person for person in people if moment_of(record, person) == only]
        if not by:
            return [(person[2].lower(), None) for person in people]
        return [(person[2].lower(), value) for person in people if (value := person[4].get(by)) is not None]

    def count(self) -> tuple[dict[Key, int], int]:
        """The keys that occurred more than once, with their counts; and the number of distinct keys."""
        with self._lock:
            if self._era != self._ledger.era:
                self._forget()
            discards = self._ledger.discards[self._discards :]  # read before the slots, which include those discarded
            end = len(self._ledger)
            for slot in range(self._slot, end):
                self._add(self._keys_of(slot), 1)
            for slot, moment in discards:
                self._add(self._keys_of(slot, only=moment), -1)
            self._slot, self._discards = end, self._discards + len(discards)
            again = {key: count for key_hash, key in self._names.items() if (count := self._counts.get(key_hash, 0)) > 1}
            return again, len(self._counts)

    def _add(self, keys: list[Key], times: int) -> None:
        for key in keys:
            key_hash = hash(key)
            count = self._counts.pop(key_hash, 0) + times
            if count:
                self._counts[key_hash] = count
            if count > 1:
                self._names[key_hash] = key


class Tallies:
    """One tally for each custom arg that was requested."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._known: dict[str, Tally] = {}

    def by(self, arg: str) -> Tally:
        return self._known.setdefault(arg, Tally(self._ledger, arg))


def worst(counts: dict[Key, int], limit: int) -> list[dict[str, Any]]:
    most = heapq.nlargest(limit, counts.items(), key=lambda item: item[1])
    return [{"address": address, "key": key, "count": count} for (address, key), count in most]
