"""Finds for each doubt the passage of the original document."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from composer.issue.parsing.issue_file import ISSUE_FILE
from editorial.importing import doubts
from editorial.importing.doubts import Doubt
from editorial.models import DocumentImport
from editorial.sources import issue_state

_Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class SourcePlace:
    """A passage of a document. `place` counts `unit` (line, paragraph or page); 0: the whole document."""

    unit: str
    place: int
    text: str


def of_doubts(found: Sequence[Doubt], runs: Iterable[DocumentImport]) -> dict[str, SourcePlace]:
    """The passage of each doubt, by its `seen`. A doubt whose place is not certain has none: a wrong one is worse.

    Several places may have the same mark, so a doubt is compared with those that the import left: by its part, its marks and its
    passage; if somebody edited that passage, by its part and its marks; if its article was divided or joined, without its part.
    """
    known = [pair for run in runs if run.result for pair in _of_run(run)]
    places: dict[str, SourcePlace] = {}
    for key_of in (_same_text, _same_part, _same_passage, _same_marks):
        originals: dict[_Key, list[SourcePlace]] = defaultdict(list)
        for doubt, place in known:
            originals[key_of(doubt)].append(place)
        alike, times = Counter(map(key_of, found)), Counter[_Key]()
        for doubt in found:
            key = key_of(doubt)
            at, candidates = times[key], originals[key]
            times[key] += 1
            # Of several alike places, all must be left: else nobody knows which of them are.
            if len(candidates) == alike[key]:
                places.setdefault(doubt.seen, candidates[at])
    return places


def _same_text(doubt: Doubt) -> _Key:
    return doubt.file, doubt.part, doubt.marks, doubt.passage


def _same_part(doubt: Doubt) -> _Key:
    return doubt.file, doubt.part, doubt.marks


def _same_passage(doubt: Doubt) -> _Key:
    return doubt.file, doubt.marks, doubt.passage


def _same_marks(doubt: Doubt) -> _Key:
    return doubt.file, doubt.marks


def _of_run(run: DocumentImport) -> Iterator[tuple[Doubt, SourcePlace]]:
    """The doubts that an import left in its issue, with their places. The import logged alike marks in the order of the issue."""
    result = run.result or {}
    logged: dict[str, deque[SourcePlace]] = defaultdict(deque)
    for place, text, passage in result["marks"]:
        logged[" ".join(str(text).split())].append(SourcePlace(str(result["unit"]), int(place), str(passage)))
    for doubt in doubts.find(issue_state.of_sources({ISSUE_FILE: str(result["issue"])}, {})):
        places = [logged[mark].popleft() for mark in doubt.marks if logged[mark]]
        if places:
            yield doubt, next((each for each in places if each.place), places[0])
