"""What could be written instead of a doubtful passage, where the mark of the import says so: a comma, a full stop, a spelling."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

_QUOTED = re.compile(r'"([^"]+)"')
_SPELLING = re.compile(r'check: "([^"]+)" here, "([^"]+)" elsewhere: which is right\?')
_JOINED = re.compile(r'check: joined from "([^"]+)-" and "([^"]+)": is "([^"]+)" right\?')
_SMALL = "check: a sentence begins with a lowercase letter: "
_STOP = "check: a full stop may be missing: "
_TWICE = "check: a word may be repeated here: "


@dataclass(frozen=True, slots=True)
class Correction:
    """`name`: `usual`, or `capital` where a capital letter is another possibility. `changes`: (before, after) of each place.

    `text`: the whole passage with the changes.
    """

    name: str
    changes: tuple[tuple[str, str], ...]
    text: str


def proposed(marks: Iterable[str], passage: str) -> tuple[Correction, ...]:
    """The corrections of a passage for all its marks together. Words that are not exactly once in it are not corrected."""
    found: list[Correction] = []
    for name, small in (("usual", _with_comma), ("capital", _with_capital)):
        changes = [change for mark in marks for change in _changes(mark, small)]
        made = _applied(passage, changes)
        if made is not None and made not in [passage, *(each.text for each in found)]:
            found.append(Correction(name, tuple(dict.fromkeys(changes)), made))
    return tuple(found)


def _applied(passage: str, changes: Iterable[tuple[str, str]]) -> str | None:
    for before, after in changes:
        found = list(re.finditer(rf"(?<!\w){re.escape(before)}(?!\w)", passage))
        if len(found) != 1:
            return None
        passage = passage[: found[0].start()] + after + passage[found[0].end() :]
    return passage


def _changes(mark: str, small: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    if found := _SPELLING.fullmatch(mark):
        yield found[1], found[2]
    elif found := _JOINED.fullmatch(mark):
        left, right, whole = found.groups()
        yield whole, f"{left}{right}" if "-" in whole else f"{left}-{right}"
    elif mark.startswith(_SMALL):
        yield from ((text, small(text)) for text in _QUOTED.findall(mark.removeprefix(_SMALL)))
    elif mark.startswith(_STOP):
        yield from ((text, _with_stop(text)) for text in _QUOTED.findall(mark.removeprefix(_STOP)))
    elif mark.startswith(_TWICE):
        yield from ((text, text.rpartition(" ")[0]) for text in _QUOTED.findall(mark.removeprefix(_TWICE)))


def _with_comma(text: str) -> str:
    """`growth. and trade` -> `growth, and trade`."""
    return re.sub(r"[.!?] (?=[a-z])", ", ", text, count=1)


def _with_capital(text: str) -> str:
    return re.sub(r"([.!?] )([a-z])", lambda found: found[1] + found[2].upper(), text, count=1)


def _with_stop(text: str) -> str:
    """`in Asia She spoke` -> `in Asia. She spoke`: before the last word that begins with a capital letter."""
    return re.sub(r"^(\S+) (?=[A-Z])", r"\1. ", text, count=1)
