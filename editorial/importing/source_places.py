"""Finds for each doubt the passage of the original document, and how the issue came from which imports."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from editorial.importing.doubts import Doubt
from editorial.models import DocumentImport

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class SourcePlace:
    """A passage of a document. `place` counts `unit` (line, paragraph or page); 0: the whole document."""

    unit: str
    place: int
    text: str


def of_doubts(doubts: Iterable[Doubt], runs: Iterable[DocumentImport]) -> dict[str, SourcePlace]:
    """The passage of each doubt, by its `seen`. Doubts that come from no import of this issue have none.

    The same mark may be at several pictures: then the passage is the one whose words are most like those of the place.
    """
    known = [
        (" ".join(str(text).split()), SourcePlace(str(run.result["unit"]), int(place), str(passage)))
        for run in runs
        if run.result
        for place, text, passage in run.result["marks"]
    ]
    found: dict[str, SourcePlace] = {}
    for doubt in doubts:
        words = set(_WORD.findall(doubt.passage))
        fitting = [place for text, place in known if text in doubt.marks]
        if fitting:
            found[doubt.seen] = max(fitting, key=lambda place: len(words & set(_WORD.findall(place.text))))
    return found
