"""The parts of a document with what the rules for unmarked headings look at: their text and what they are by their form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from composer.importing.manuscript.document_parts import Part, text_of_block
from composer.importing.manuscript.line_patterns import GREETING, LineKind, is_heading_like, kind_of_line
from composer.issue.document import (
    Action,
    Calendar,
    EditorMark,
    Figure,
    ListBlock,
    Only,
    Paragraph,
    Passage,
    Profile,
    Quote,
    Sources,
    SubHeading,
    Table,
    plain,
)


@dataclass(slots=True)
class Row:
    """`text`: that of a paragraph, the items of a list, or the caption of a picture."""

    part: Part
    kind: LineKind
    text: str
    heading_like: bool = False


def read_row(part: Part) -> Row:
    match part.block:
        case Paragraph():
            text = part.text
            if GREETING.match(text):  # it has the form of a heading
                return Row(part, LineKind.OTHER, text)
            kind = kind_of_line(text)
            return Row(part, kind, text, heading_like=kind is LineKind.TEXT and is_heading_like(text))
        case Figure(caption=caption):
            return Row(part, LineKind.FIGURE, plain(caption))
        case ListBlock():
            return Row(part, LineKind.ITEM, text_of_block(part.block))
        case SubHeading() | Quote() | Table() | Profile() | Calendar() | Action() | Passage() | Only() | Sources() | EditorMark():
            return Row(part, LineKind.OTHER, "")
        case other:
            assert_never(other)
