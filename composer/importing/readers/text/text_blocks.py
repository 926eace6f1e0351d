"""Gathers lines into blocks: paragraphs, list items, picture credits, lines of sources and of staff."""

import itertools
from dataclasses import dataclass

from composer.importing.manuscript.line_patterns import (
    BULLETED,
    INNER_SOURCE,
    NUMBERED,
    LineKind,
    is_closed,
    is_credit,
    is_sources,
    is_staff,
    kind_of_line,
)
from composer.importing.readers.text.text_lines import TextLine

# If lines are longer than this, each line is a whole paragraph.
WIDEST_WRAP = 140


@dataclass(frozen=True, slots=True)
class TextBlock:
    """`text` is on one line; a joined block covers line_from to line_to. `caption`: the line above a picture credit.

    `questions`: what an editor has to decide about the block.
    """

    kind: LineKind
    text: str
    line_from: int
    line_to: int
    caption: str = ""
    questions: tuple[str, ...] = ()


def gather_blocks(lines: list[TextLine]) -> list[TextBlock]:
    """Returns blocks in reading order; lines that were wrapped at the right margin become one block."""
    width = wrap_width(lines)
    blocks: list[TextBlock] = []
    rows: list[TextLine] = []
    for line in [*lines, TextLine(0, "")]:
        if rows and (not line.text or begins_block(rows, line.text, width)):
            blocks.append(close_block(rows))
            rows = []
        if line.text:
            rows.append(line)
    return blocks


def wrap_width(lines: list[TextLine]) -> int:
    """Returns the width at which the text is wrapped, in characters; 0 if every line is a paragraph."""
    together = [
        len(line.text)
        for line, following in itertools.pairwise(lines)
        if line.text and following.text and following.number != line.number
    ]
    if len(together) < 10:
        return 0
    width = sorted(together)[len(together) * 9 // 10]
    return width if 30 <= width <= WIDEST_WRAP else 0


def begins_block(rows: list[TextLine], text: str, width: int) -> bool:
    """Whether this line begins a new block, directly below the previous line."""
    previous = rows[-1].text
    if text[0] not in "(（" and is_sources(text) and is_credit(rows[0].text) and not INNER_SOURCE.search(rows[0].text):
        return False
    if BULLETED.match(text) or NUMBERED.match(text) or is_staff(text) or is_sources(text):
        return True
    first = rows[0].text
    if is_sources(first):
        return previous.endswith((")", "）")) or first[0] not in "(（"
    if is_credit(text) or is_credit(first) or is_credit(" ".join(row.text for row in rows[-2:])):
        return not width or (is_closed(previous) and not previous.endswith((":", "：")))
    if BULLETED.match(first):
        return text[:1].isupper() and len(previous) < (width or WIDEST_WRAP) * 0.6
    return not width or len(previous) < 0.6 * width


def close_block(rows: list[TextLine]) -> TextBlock:
    text = " ".join(row.text for row in rows)
    kind = kind_of_line(text)
    if kind is LineKind.ITEM:
        text = BULLETED.sub("", text, count=1)
    return TextBlock(kind, text, rows[0].number, rows[-1].number)
