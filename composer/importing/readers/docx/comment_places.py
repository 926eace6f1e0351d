"""Finds which words of a Word document each of its comments is attached to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lxml import etree

from composer.importing.manuscript.inline_slicing import clean_line
from composer.importing.readers.docx.docx_xml import PARAGRAPH, W, text_of_run_child
from composer.importing.readers.docx.tracked_changes import position_of

LONGEST_QUOTE = 100


@dataclass(slots=True)
class Anchor:
    """Where a comment is: its first and last paragraph, and the words between, cut after the limit."""

    first: int = 0
    last: int = 0
    pieces: list[str] = field(default_factory=list)
    length: int = 0

    @property
    def quote(self) -> str:
        text = clean_line("".join(self.pieces))
        return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE].rstrip()}…"

    def add(self, text: str, position: int) -> None:
        if self.pieces and position != self.last:
            self.pieces.append(" ")
        self.first, self.last = self.first or position, position
        self.pieces.append(text)
        self.length += len(text)


def comment_anchors(roots: Iterable[etree._Element]) -> Mapping[str, Anchor]:
    """Returns the place of each comment by its id. A comment on a point, as some programs write it, has no words."""
    anchors: dict[str, Anchor] = {}
    for root in roots:
        _find_anchors(root, anchors)
    return anchors


def _find_anchors(root: etree._Element, anchors: dict[str, Anchor]) -> None:
    position = 0
    ranges: dict[str, Anchor] = {}  # open ones
    quoted: dict[str, Anchor] = {}  # those of them whose quotation is not long enough yet
    for element in root.iter():
        key = element.get(W + "id", "") if isinstance(element.tag, str) else ""
        if element.tag == PARAGRAPH:
            position = position_of(element)
        elif element.tag == W + "commentRangeStart" and key not in anchors:
            anchors[key] = ranges[key] = quoted[key] = Anchor()
        elif element.tag == W + "commentRangeEnd" and key in ranges:
            anchor = ranges.pop(key)
            quoted.pop(key, None)
            anchor.last = position if anchor.first else 0
        elif element.tag == W + "commentReference":
            anchor = anchors.setdefault(key, Anchor())
            if not anchor.first:
                anchor.first = anchor.last = position
        elif quoted and (text := text_of_run_child(element) if isinstance(element.tag, str) else None):
            for name, anchor in list(quoted.items()) if text.strip() else ():
                anchor.add(text, position)
                if anchor.length > LONGEST_QUOTE:
                    del quoted[name]
