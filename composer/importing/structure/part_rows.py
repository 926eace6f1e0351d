"""Adds to each part of a document what the rules for unmarked headings need: its text, and its kind by its form."""

from dataclasses import dataclass

from composer.importing.manuscript.document_parts import DocumentPart, text_of_block
from composer.importing.manuscript.line_patterns import GREETING, LineKind, is_heading_like, kind_of_line
from composer.issue.document import Figure, ListBlock, Paragraph


@dataclass(slots=True)
class PartRow:
    """`text`: the text of a paragraph, of the items of a list, or of the caption of a picture."""

    part: DocumentPart
    kind: LineKind
    text: str
    heading_like: bool = False


def read_row(part: DocumentPart) -> PartRow:
    text = text_of_block(part.block)
    if isinstance(part.block, Figure):
        return PartRow(part, LineKind.FIGURE, text)
    if isinstance(part.block, ListBlock):
        return PartRow(part, LineKind.ITEM, text)
    if not isinstance(part.block, Paragraph) or GREETING.match(text):  # a greeting has the form of a heading
        return PartRow(part, LineKind.OTHER, text)
    kind = kind_of_line(text)
    return PartRow(part, kind, text, heading_like=kind is LineKind.TEXT and is_heading_like(text))
