"""Compares two texts by line and, in changed lines, by word; and merges two changes of one text by line. Pure functions.

In Chinese and Japanese text each character counts as a word. All comparisons of one request share a `ComparisonBudget`.
"""

import difflib
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

EQUAL, REMOVED, ADDED, CHANGED, SKIPPED = "equal", "removed", "added", "changed", "skipped"
# Words, spaces, and every other character by itself: ideographs, kana and punctuation.
_WORD = re.compile(r"[^\W\u2e80-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff_]+|\s+|.", re.DOTALL)
# difflib searches for the longest common block, then again before and after it. Each search looks at every pair of equal words,
# so two texts of n repeated and n different lines take n³ steps: 2 KB took 5 s. A million steps take about 0.2 s.
MOST_STEPS = 3_000_000
_MOST_PAIRS = 1_000_000  # of a passage, which counts as replaced as a whole beyond it, so that something is left for the others
_STEPS_OF_ITEM = 3  # what looking up an item costs, in steps of a pair
_LEAST_ALIKE = 0.35  # below it, the marked words of a passage are harder to read than both passages one after the other


@dataclass(frozen=True, slots=True)
class DifferenceSegment:
    """A piece of text that is in both texts (equal), only in the first (removed), or only in the second (added)."""

    kind: str
    text: str


class ComparisonBudget:
    """The steps of difflib that the comparisons of one request may still take. When it is used up, passages that differ count
    as replaced as a whole: the result is still correct, but not as fine."""

    def __init__(self, steps: int | None = None) -> None:
        self.left = MOST_STEPS if steps is None else steps

    def take(self, steps: int) -> bool:
        if steps > self.left:
            return False
        self.left -= steps
        return True


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One line, or several lines that changed together. `kind`: equal, removed, added; changed: it has segments of several
    kinds; skipped: `count` equal lines that are not shown."""

    kind: str
    segments: tuple[DifferenceSegment, ...] = ()
    count: int = 0

    @property
    def text(self) -> str:
        return "".join(segment.text for segment in self.segments)


def compare(
    before: str, after: str, *, context: int | None = None, budget: ComparisonBudget | None = None
) -> tuple[DifferenceRow, ...]:
    """The rows that lead from one text to another. With `context`, only so many equal lines around each change are shown.

    If a request compares several texts, give all comparisons the same `budget`.
    """
    rows: list[DifferenceRow] = []
    budget = budget or ComparisonBudget()
    old, new = before.split("\n"), after.split("\n")
    for tag, a, b, c, d in _blocks(old, new, budget):
        if tag == "equal":
            rows += (DifferenceRow(EQUAL, (DifferenceSegment(EQUAL, line),)) for line in old[a:b])
        else:
            rows += _replaced("\n".join(old[a:b]) if b > a else None, "\n".join(new[c:d]) if d > c else None, budget)
    return tuple(rows if context is None else _shortened(rows, context))


def _replaced(old: str | None, new: str | None, budget: ComparisonBudget) -> Iterator[DifferenceRow]:
    if old is not None and new is not None:
        segments = compare_words(old, new, budget)
        same = sum(len(segment.text.strip()) for segment in segments if segment.kind == EQUAL)
        if same >= _LEAST_ALIKE * max(len(old.strip()), len(new.strip()), 1):
            yield DifferenceRow(CHANGED, segments)
            return
    if old is not None:
        yield DifferenceRow(REMOVED, (DifferenceSegment(REMOVED, old),))
    if new is not None:
        yield DifferenceRow(ADDED, (DifferenceSegment(ADDED, new),))


def compare_words(old: str, new: str, budget: ComparisonBudget | None = None) -> tuple[DifferenceSegment, ...]:
    """The segments that lead from one passage to another."""
    first, second = _WORD.findall(old), _WORD.findall(new)
    segments: list[DifferenceSegment] = []
    for tag, a, b, c, d in _blocks(first, second, budget or ComparisonBudget()):
        if tag == "equal":
            segments.append(DifferenceSegment(EQUAL, "".join(first[a:b])))
            continue
        if b > a:
            segments.append(DifferenceSegment(REMOVED, "".join(first[a:b])))
        if d > c:
            segments.append(DifferenceSegment(ADDED, "".join(second[c:d])))
    return tuple(segments)


_Block = tuple[str, int, int, int, int]  # as of difflib: tag, begin and end in the first, begin and end in the second


def _blocks(old: Sequence[str], new: Sequence[str], budget: ComparisonBudget) -> Iterator[_Block]:
    """The blocks of two sequences. What is the same at both ends needs no search."""
    shorter = min(len(old), len(new))
    head = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    tail = next((at for at in range(shorter - head) if old[-1 - at] != new[-1 - at]), shorter - head)
    first, second = old[head : len(old) - tail], new[head : len(new) - tail]
    if head:
        yield "equal", 0, head, 0, head
    for tag, a, b, c, d in _searched(first, second, budget):
        yield tag, a + head, b + head, c + head, d + head
    if tail:
        yield "equal", len(old) - tail, len(old), len(new) - tail, len(new)


def _searched(old: Sequence[str], new: Sequence[str], budget: ComparisonBudget) -> list[_Block]:
    if not old and not new:
        return []
    counts = Counter(new)
    if sum(counts[piece] for piece in old) > _MOST_PAIRS or not budget.take(len(old) + len(new)):
        return [("replace" if old and new else "delete" if old else "insert", 0, len(old), 0, len(new))]
    numbers: dict[str, int] = {}  # compared again and again: numbers, so that long lines cost no more than short ones
    first, second = ([numbers.setdefault(piece, len(numbers)) for piece in texts] for texts in (old, new))
    return list(_BoundedMatcher(first, second, budget).get_opcodes())


class _BoundedMatcher(difflib.SequenceMatcher[int]):
    """Finds the blocks that difflib finds without its heuristics for long texts, until the budget is used up."""

    def __init__(self, old: Sequence[int], new: Sequence[int], budget: ComparisonBudget) -> None:
        super().__init__(None, old, new, autojunk=False)
        self._old, self._budget = old, budget
        self._places: dict[int, list[int]] = {}
        for index, number in enumerate(new):
            self._places.setdefault(number, []).append(index)

    def find_longest_match(self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None) -> difflib.Match:
        """As difflib's, but it looks only at places between `blo` and `bhi`. If the budget ends, the longest block so far."""
        best = difflib.Match(alo, blo, 0)
        lengths: dict[int, int] = {}  # of the block that ends at a place of the other text and at the item before this one
        for at in range(alo, len(self._old) if ahi is None else ahi):
            places = self._places.get(self._old[at], [])
            near = places[bisect_left(places, blo) : len(places) if bhi is None else bisect_left(places, bhi)]
            if not self._budget.take(_STEPS_OF_ITEM + len(near)):
                break
            longer: dict[int, int] = {}
            for index in near:
                length = longer[index] = lengths.get(index - 1, 0) + 1
                if length > best.size:
                    best = difflib.Match(at - length + 1, index - length + 1, length)
            lengths = longer
        return best


def _shortened(rows: Sequence[DifferenceRow], context: int) -> Iterator[DifferenceRow]:
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
                yield DifferenceRow(SKIPPED, count=skipped)
            skipped = 0
            yield row
        else:
            skipped += 1
    if skipped:
        yield DifferenceRow(SKIPPED, count=skipped)


def merge_lines(base: str, theirs: str, mine: str, budget: ComparisonBudget | None = None) -> tuple[str, bool]:
    """Both changes of a text in one, and whether they concern different lines.

    Where both changed the same lines, the result has the lines of `theirs` and then those of `mine`, for a person to choose.
    """
    budget = budget or ComparisonBudget()
    old, first, second = (text.split("\n") for text in (base, theirs, mine))
    changes = sorted(
        [(a, b, 0, first[c:d]) for tag, a, b, c, d in _blocks(old, first, budget) if tag != "equal"]
        + [(a, b, 1, second[c:d]) for tag, a, b, c, d in _blocks(old, second, budget) if tag != "equal"],
        key=lambda change: change[:3],
    )
    merged: list[str] = []
    at, clean = 0, True
    while changes:
        begin, end, _, _ = changes[0]
        group = [changes.pop(0)]
        # Two insertions at one place touch each other, too.
        while changes and (changes[0][0] < end or changes[0][0] == begin):
            group.append(changes.pop(0))
            end = max(end, group[-1][1])
        merged += old[at:begin]
        sides = [_applied(old, begin, end, [change for change in group if change[2] == side]) for side in (0, 1)]
        if len({change[2] for change in group}) == 1:
            merged += sides[group[0][2]]
        elif sides[0] == sides[1]:
            merged += sides[0]
        else:
            merged += [*sides[0], *sides[1]]
            clean = False
        at = end
    return "\n".join([*merged, *old[at:]]), clean


def _applied(old: Sequence[str], begin: int, end: int, changes: Sequence[tuple[int, int, int, list[str]]]) -> list[str]:
    """The lines from `begin` to `end` after some changes."""
    merged: list[str] = []
    for a, b, _, lines in changes:
        merged += [*old[begin:a], *lines]
        begin = b
    return [*merged, *old[begin:end]]
