"""Compares two texts by line and, in changed lines, by word; and merges two changes of one text by line. Pure functions.

In Chinese and Japanese text each character counts as a word.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

EQUAL, REMOVED, ADDED, CHANGED, SKIPPED = "equal", "removed", "added", "changed", "skipped"
# Words, spaces, and every other character by itself: ideographs, kana and punctuation.
_WORD = re.compile(r"[^\W\u2e80-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff_]+|\s+|.", re.DOTALL)
# The matcher compares each pair of equal words. Beyond this many pairs (about a second), a passage counts as replaced as a whole.
_MOST_PAIRS = 1_000_000
_LEAST_ALIKE = 0.35  # below it, the marked words of a passage are harder to read than both passages one after the other


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text that is in both texts (equal), only in the first (removed), or only in the second (added)."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line, or several lines that changed together. `kind`: equal, removed, added; changed: it has segments of several
    kinds; skipped: `count` equal lines that are not shown."""

    kind: str
    segments: tuple[Segment, ...] = ()
    count: int = 0

    @property
    def text(self) -> str:
        return "".join(segment.text for segment in self.segments)


def compare(before: str, after: str, *, context: int | None = None) -> tuple[Row, ...]:
    """The rows that lead from one text to another. With `context`, only so many equal lines around each change are shown."""
    rows: list[Row] = []
    old, new = before.split("\n"), after.split("\n")
    for tag, a, b, c, d in _blocks(old, new):
        if tag == "equal":
            rows += (Row(EQUAL, (Segment(EQUAL, line),)) for line in old[a:b])
        else:
            rows += _replaced("\n".join(old[a:b]) if b > a else None, "\n".join(new[c:d]) if d > c else None)
    return tuple(rows if context is None else _shortened(rows, context))


def _replaced(old: str | None, new: str | None) -> Iterator[Row]:
    if old is not None and new is not None:
        segments = compare_words(old, new)
        same = sum(len(each.text.strip()) for each in segments if each.kind == EQUAL)
        if same >= _LEAST_ALIKE * max(len(old.strip()), len(new.strip()), 1):
            yield Row(CHANGED, segments)
            return
    if old is not None:
        yield Row(REMOVED, (Segment(REMOVED, old),))
    if new is not None:
        yield Row(ADDED, (Segment(ADDED, new),))


def compare_words(old: str, new: str) -> tuple[Segment, ...]:
    """The segments that lead from one passage to another."""
    first, second = _WORD.findall(old), _WORD.findall(new)
    found: list[Segment] = []
    for tag, a, b, c, d in _blocks(first, second):
        if tag == "equal":
            found.append(Segment(EQUAL, "".join(first[a:b])))
            continue
        if b > a:
            found.append(Segment(REMOVED, "".join(first[a:b])))
        if d > c:
            found.append(Segment(ADDED, "".join(second[c:d])))
    return tuple(found)


_Block = tuple[str, int, int, int, int]  # as of difflib: tag, begin and end in the first, begin and end in the second


def _blocks(old: Sequence[str], new: Sequence[str]) -> Iterator[_Block]:
    """The blocks of two sequences. What is the same at both ends needs no search."""
    shorter = min(len(old), len(new))
    head = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    tail = next((at for at in range(shorter - head) if old[-1 - at] != new[-1 - at]), shorter - head)
    first, second = old[head : len(old) - tail], new[head : len(new) - tail]
    if head:
        yield "equal", 0, head, 0, head
    for tag, a, b, c, d in _searched(first, second):
        yield tag, a + head, b + head, c + head, d + head
    if tail:
        yield "equal", len(old) - tail, len(old), len(new) - tail, len(new)


def _searched(old: Sequence[str], new: Sequence[str]) -> list[_Block]:
    if not old and not new:
        return []
    counts = Counter(new)
    if sum(counts[each] for each in old) > _MOST_PAIRS:
        return [("replace", 0, len(old), 0, len(new))]
    return list(difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes())


def _shortened(rows: Sequence[Row], context: int) -> Iterator[Row]:
    shown = {
        near
        for at, row in enumerate(rows)
        if row.kind != EQUAL
        for near in range(at - context, at + context + 1)
    }  # fmt: skip
    skipped = 0
    for at, row in enumerate(rows):
        if at in shown:
            if skipped:
                yield Row(SKIPPED, count=skipped)
            skipped = 0
            yield row
        else:
            skipped += 1
    if skipped:
        yield Row(SKIPPED, count=skipped)


def merge_lines(base: str, theirs: str, mine: str) -> tuple[str, bool]:
    """Both changes of a text in one, and whether they concern different lines.

    Where both changed the same lines, the result has the lines of `theirs` and then those of `mine`, for a person to choose.
    """
    old, first, second = (text.split("\n") for text in (base, theirs, mine))
    changes = sorted(
        [(a, b, 0, first[c:d]) for tag, a, b, c, d in _blocks(old, first) if tag != "equal"]
        + [(a, b, 1, second[c:d]) for tag, a, b, c, d in _blocks(old, second) if tag != "equal"],
        key=lambda change: change[:3],
    )
    found: list[str] = []
    at, clean = 0, True
    while changes:
        begin, end, _, _ = changes[0]
        group = [changes.pop(0)]
        # Two insertions at one place touch each other, too.
        while changes and (changes[0][0] < end or changes[0][0] == begin):
            group.append(changes.pop(0))
            end = max(end, group[-1][1])
        found += old[at:begin]
        sides = [_applied(old, begin, end, [each for each in group if each[2] == side]) for side in (0, 1)]
        if len({each[2] for each in group}) == 1:
            found += sides[group[0][2]]
        elif sides[0] == sides[1]:
            found += sides[0]
        else:
            found += [*sides[0], *sides[1]]
            clean = False
        at = end
    return "\n".join([*found, *old[at:]]), clean


def _applied(old: Sequence[str], begin: int, end: int, changes: Sequence[tuple[int, int, int, list[str]]]) -> list[str]:
    """The lines from `begin` to `end` after some changes."""
    found: list[str] = []
    for a, b, _, lines in changes:
        found += [*old[begin:a], *lines]
        begin = b
    return [*found, *old[begin:end]]
