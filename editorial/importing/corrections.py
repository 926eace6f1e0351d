"""What could be written instead of a passage, where the question of the import says it: a comma, a full stop, a spelling."""

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
    """What could be written instead of a passage. `name`: `usual`, or `capital` where a capital letter is another possibility.

    `changes`: (before, after) of each place. `text`: the whole passage with the changes.
    """

    name: str
    changes: tuple[tuple[str, str], ...]
    text: str


def proposed(questions: Iterable[str], passage: str) -> tuple[Correction, ...]:
    """The corrections of a passage for all its questions together. Words that are not exactly once in it are not corrected."""
    proposals: list[Correction] = []
    for name, small in (("usual", _with_comma), ("capital", _with_capital)):
        changes = [change for question in questions for change in _changes(question, small)]
        made = _applied(passage, changes)
        if made is not None and made not in [passage, *(proposal.text for proposal in proposals)]:
            proposals.append(Correction(name, tuple(dict.fromkeys(changes)), made))
    return tuple(proposals)


def _applied(passage: str, changes: Iterable[tuple[str, str]]) -> str | None:
    for before, after in changes:
        matches = list(re.finditer(rf"(?<!\w){re.escape(before)}(?!\w)", passage))
        if len(matches) != 1:
            return None
        passage = passage[: matches[0].start()] + after + passage[matches[0].end() :]
    return passage


def _changes(question: str, small: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    if match := _SPELLING.fullmatch(question):
        yield match[1], match[2]
    elif match := _JOINED.fullmatch(question):
        left, right, whole = match.groups()
        yield whole, f"{left}{right}" if "-" in whole else f"{left}-{right}"
    elif question.startswith(_SMALL):
        yield from ((text, small(text)) for text in _QUOTED.findall(question.removeprefix(_SMALL)))
    elif question.startswith(_STOP):
        yield from ((text, _with_stop(text)) for text in _QUOTED.findall(question.removeprefix(_STOP)))
    elif question.startswith(_TWICE):
        yield from ((text, text.rpartition(" ")[0]) for text in _QUOTED.findall(question.removeprefix(_TWICE)))


def _with_comma(text: str) -> str:
    """`growth. and trade` -> `growth, and trade`."""
    return re.sub(r"[.!?] (?=[a-z])", ", ", text, count=1)


def _with_capital(text: str) -> str:
    return re.sub(r"([.!?] )([a-z])", lambda match: match[1] + match[2].upper(), text, count=1)


def _with_stop(text: str) -> str:
    """`in Asia She spoke` -> `in Asia. She spoke`: before the last word that begins with a capital letter."""
    return re.sub(r"^(\S+) (?=[A-Z])", r"\1. ", text, count=1)
