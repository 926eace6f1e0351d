"""Remembers the addresses of a file and their lines, in 12 bytes per entry instead of the 150 of a dictionary."""

from array import array

_SMALLEST = 1 << 12


class SeenKeys:
    """Address key -> first line. An open-addressed table of 64-bit fingerprints, at most two thirds full.

    The keys are keyed hashes, so nobody can create a collision on purpose. By chance it happens in one of thirty million
    files with a million rows.
    """

    def __init__(self, expected: int = 0) -> None:
        places = _SMALLEST
        while places * 2 < expected * 3:
            places *= 2
        self._make(places)

    def _make(self, places: int) -> None:
        self._mask = places - 1
        self._marks = array("Q", bytes(8 * places))
        self._lines = array("I", bytes(4 * places))
        self._room = places * 2 // 3

    def first(self, key: bytes, line: int) -> int:
        """The first line with `key`: if there was none, `line`, which is stored."""
        mark = int.from_bytes(key[:8], "big") or 1  # 0 marks an empty entry
        marks, mask = self._marks, self._mask
        at = mark & mask
        while stored_mark := marks[at]:
            if stored_mark == mark:
                return self._lines[at]
            at = (at + 1) & mask
        marks[at] = mark
        self._lines[at] = line & 0xFFFFFFFF
        self._room -= 1
        if not self._room:
            self._grow()
        return line

    def _grow(self) -> None:
        old_marks, old_lines = self._marks, self._lines  # no list of them, which would take ten times the memory
        self._make((self._mask + 1) * 2)
        for mark, line in zip(old_marks, old_lines, strict=True):
            if not mark:
                continue
            self._room -= 1
            at = mark & self._mask
            while self._marks[at]:
                at = (at + 1) & self._mask
            self._marks[at], self._lines[at] = mark, line
