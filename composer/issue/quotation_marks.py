"""Accepts the quotation marks of other keyboards in segments and conditions: “…” ‘…’ ＂…＂ ＇…＇ 「…」 『…』."""

from collections.abc import Mapping

_PLAIN = ('"', "'")
_PAIRS: Mapping[str, str] = {"“": "”", "‘": "’", "＂": "＂", "＇": "＇", "「": "」", "『": "』"}
MARKS = frozenset({*_PLAIN, *_PAIRS.keys(), *_PAIRS.values()})


def plain_marks(text: str, accepted: tuple[str, ...] = _PLAIN) -> str:
    """Replaces matching pairs of quotation marks by the `accepted` marks, for a reader that knows only those.

    Every character keeps its place, so that columns stay true. Text between accepted marks is not touched. A mark without its
    partner stays, and so does a pair around text with all accepted marks in it: the reader reports them.
    """
    characters = list(text)
    at = 0
    while at < len(text):
        if text[at] in accepted:
            at = _closing(text, at)
        elif (end := _partner(text, at)) > 0:
            if mark := next((candidate for candidate in accepted if candidate not in text[at + 1 : end]), ""):
                characters[at] = characters[end] = mark
            at = end
        at += 1
    return "".join(characters)


def _closing(text: str, at: int) -> int:
    """Where the plain text that opens at `at` ends; a backslash hides the character after it."""
    mark, at = text[at], at + 1
    while at < len(text) and text[at] != mark:
        at += 2 if text[at] == "\\" else 1
    return at


def _partner(text: str, at: int) -> int:
    return text.find(_PAIRS[text[at]], at + 1) if text[at] in _PAIRS else -1
