"""Lines to blocks: a paragraph, list item, picture credit, source line or staff line, as the page had it."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from enum import Enum, auto

from composer.importing.manuscript.line_patterns import INNER_SOURCE, is_closed, is_credit, is_sources, is_staff
from composer.importing.readers.text.text_lines import Line

ITEM = re.compile(r"(?:[-*•·▪◦–]|©)\s+(?=\S)")
ORDERED_ITEM = re.compile(r"\d{1,2}[.)]\s+(?=\S)")
# A text whose lines are longer has a whole paragraph in each line.
WIDEST_WRAP = 140


class Kind(Enum):
    TEXT = auto()
    ITEM = auto()
    SOURCES = auto()
    FIGURE = auto()
    STAFF = auto()


@dataclass(frozen=True, slots=True)
class Block:
    """`text` on one line; a joined block spans line_from to line_to. `caption` is a figure's caption found apart.

    `doubts` are remarks for the editor that the block gathered on its way.
    """

    kind: Kind
    text: str
    line_from: int
    line_to: int
    caption: str = ""
    doubts: tuple[str, ...] = ()
    bullet: str = ""


def gather_blocks(lines: list[Line]) -> list[Block]:
    """Blocks in reading order; lines that were wrapped at a right margin are one block."""
    width = wrap_width(lines)
    blocks: list[Block] = []
    rows: list[Line] = []
    for line in [*lines, Line(0, "")]:
        if rows and (not line.text or begins_block(rows, line.text, width)):
            blocks.append(close_block(rows))
            rows = []
        if line.text:
            rows.append(line)
    return blocks


def wrap_width(lines: list[Line]) -> int:
    """The width the text is wrapped at, or 0 where every line is a paragraph."""
    together = [
        len(line.text)
        for line, following in itertools.pairwise(lines)
        if line.text and following.text and following.number != line.number
    ]
    if len(together) < 10:
        return 0
    width = sorted(together)[len(together) * 9 // 10]
    return width if 30 <= width <= WIDEST_WRAP else 0


def begins_block(rows: list[Line], text: str, width: int) -> bool:
    """Whether this line begins a new block directly below the last one."""
    previous = rows[-1].text
    if text[0] not in "(（" and is_sources(text) and is_credit(rows[0].text) and not INNER_SOURCE.search(rows[0].text):
        return False
    if ITEM.match(text) or ORDERED_ITEM.match(text) or is_staff(text) or is_sources(text):
        return True
    first = rows[0].text
    if is_sources(first):
        return previous.endswith((")", "）")) or first[0] not in "(（"
    if is_credit(text) or is_credit(first) or is_credit(" ".join(row.text for row in rows[-2:])):
        return not width or (is_closed(previous) and not previous.endswith((":", "：")))
    if ITEM.match(first):
        return text[:1].isupper() and len(previous) < (width or WIDEST_WRAP) * 0.6
    return not width or len(previous) < 0.6 * width


def close_block(rows: list[Line]) -> Block:
    text = " ".join(row.text for row in rows)
    return shaped_block(text, rows[0].number, rows[-1].number)


def shaped_block(text: str, line_from: int, line_to: int) -> Block:
    """A block of the kind that its text shows."""
    if is_staff(text):
        return Block(Kind.STAFF, text, line_from, line_to)
    if is_sources(text):
        return Block(Kind.SOURCES, text, line_from, line_to)
    if is_credit(text):
        return Block(Kind.FIGURE, text, line_from, line_to)
    if found := ITEM.match(text):
        return Block(Kind.ITEM, text[found.end() :], line_from, line_to, bullet=found[0].strip())
    return Block(Kind.TEXT, text, line_from, line_to)


def is_ordered(text: str) -> bool:
    """Whether the text begins as a numbered list item or heading does."""
    return ORDERED_ITEM.match(text) is not None
