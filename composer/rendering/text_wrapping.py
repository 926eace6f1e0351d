"""Wraps plain text by columns, with the line breaking rules of Latin and East Asian scripts."""

import re
import unicodedata
from functools import lru_cache

COLUMNS = 76
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
# Characters that may not begin a line, and characters that may not end one, in East Asian text.
_NOT_FIRST = frozenset("、。，．・：；？！）〕］｝〉》」』】〗〞’”…—々ー)]},.;:?!%")
_NOT_LAST = frozenset("（〔［｛〈《「『【〖〝‘“([{")


def columns(text: str) -> int:
    """Returns the width of the text in columns; East Asian characters take two."""
    return len(text) if text.isascii() else len(text) + sum(map(_surplus, _NOT_ASCII.findall(text)))


@lru_cache(maxsize=16384)
def _surplus(character: str) -> int:
    """Returns by how many columns a character is wider than one."""
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return -1
    return 1 if _wide(character) else 0


def _wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def wrapped(text: str, first: str = "", rest: str = "", width: int = COLUMNS) -> str:
    """Breaks the text into lines of at most `width` columns; a longer word, such as an address, is not broken."""
    lines: list[str] = []
    for paragraph in str(text).split("\n"):
        line, start = "", rest if lines else first
        room = width - columns(start)
        for gap, piece in _pieces(paragraph):
            more = len(piece) if piece.isascii() else columns(piece)
            if line and len(gap) + more > room:
                lines.append(start + line)
                line, start, room = piece, rest, width - columns(rest) - more
            elif line:
                line += gap + piece
                room -= len(gap) + more
            else:
                line, room = piece, room - more
        lines.append((start + line).rstrip())
    return "\n".join(lines)


def _pieces(text: str) -> list[tuple[str, str]]:
    """Returns (space or nothing before the piece, piece without a possible break)."""
    pieces: list[tuple[str, str]] = []
    for word in text.split(" "):
        if word.isascii():
            if word:
                pieces.append((" ", word))
            continue
        gap, begin = " ", 0
        for at in range(1, len(word)):
            if _may_break(word[at - 1], word[at]):
                pieces.append((gap, word[begin:at]))
                gap, begin = "", at
        pieces.append((gap, word[begin:]))
    return pieces


def _may_break(before: str, after: str) -> bool:
    if after in _NOT_FIRST or before in _NOT_LAST or unicodedata.category(after) in ("Mn", "Me", "Cf"):
        return False
    if before == "\u200d":
        return False
    return _wide(before) or _wide(after)


def hanging(text: str, marker: str, width: int = COLUMNS) -> str:
    """Wraps the text after a list marker, with later lines indented below the first."""
    return wrapped(text, marker, " " * columns(marker), width)
