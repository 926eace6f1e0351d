"""Who got something more than once: counts per (address, custom arg) over the whole ledger, in little memory."""

import threading
from array import array
from collections import Counter
from itertools import pairwise
from typing import Any

from sandbox.ledger import Ledger

Key = tuple[str, str | None]


class Tally:
    """Counts for one custom arg (`by`), or for the address alone when `by` is empty.

    Holds 8 bytes per recipient: hashes are sorted to find candidates, and only those are counted by name."""

    def __init__(self, ledger: Ledger, by: str) -> None:
        self._ledger, self._by = ledger, by
        self._hashes = array("q")
        self._slot = 0
        self._generation = ledger.generation
        self._counted_to = -1
        self._duplicates: dict[Key, int] = {}
        self._distinct = 0
        self._lock = threading.Lock()

    def _key(self, person: list[Any]) -> Key | None:
        """None when the recipient does not carry the arg: then there is nothing to compare it with."""
        if not self._by:
            return person[2].lower(), None
        value = person[4].get(self._by)
        return None if value is None else (person[2].lower(), value)

    def _keys_of(self, slot: int) -> list[Key]:
        if not self._ledger.recipients_in(slot):
            return []
        record = self._ledger.record(slot)
        if record["request"] in self._ledger.discarded:
            return []
        return [key for person in record["people"] if (key := self._key(person)) is not None]

    def count(self) -> tuple[dict[Key, int], int]:
        """Everyone counted more than once, with how often; and how many distinct keys there are."""
        with self._lock:
            if self._generation != self._ledger.generation:
                self._generation, self._slot, self._hashes = self._ledger.generation, 0, array("q")
                self._counted_to = -1
            if self._counted_to != (end := len(self._ledger)):
                for slot in range(self._slot, end):
                    self._hashes.extend([hash(key) for key in self._keys_of(slot)])
                self._slot = self._counted_to = end
                self._find_duplicates(end)
            return self._duplicates, self._distinct

    def _find_duplicates(self, end: int) -> None:
        ordered = sorted(self._hashes)
        suspects = {one for one, other in pairwise(ordered) if one == other}
        counts: Counter[Key] = Counter()
        if suspects:
            for slot in range(end):
                counts.update(key for key in self._keys_of(slot) if hash(key) in suspects)
        self._duplicates = {key: count for key, count in counts.items() if count > 1}
        self._distinct = len(ordered) - sum(count - 1 for count in self._duplicates.values())


class Tallies:
    """One tally per custom arg that somebody asked for."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._known: dict[str, Tally] = {}

    def by(self, arg: str) -> Tally:
        return self._known.setdefault(arg, Tally(self._ledger, arg))
