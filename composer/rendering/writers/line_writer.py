"""Writes blocks as the lines that reviews show: what readers see, without the marks, labels and addresses of the issue file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import assert_never

from composer.issue.document import Block, Emphasis, Field, Inlines, LineBreak, Link, Span, Strong, Text, plain

HEADING, PARAGRAPH, ITEM, ROW = "heading", "paragraph", "item", "row"
PICTURE, CAPTION, CREDIT, SOURCE, BUTTON, CONDITION = "picture", "caption", "credit", "source", "button", "condition"


@dataclass(frozen=True, slots=True)
class ReaderLine:
    """`name`: of the field of a value, the role of a person who made the issue, or what an item of a list begins with."""

    kind: str
    text: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class LineWriter:
    """`with_addresses`: links show where they lead to."""

    with_addresses: bool

    def blocks(self, blocks: Sequence[Block]) -> list[ReaderLine]:
        return [line for block in blocks for line in reader_lines(block, self)]

    def nested(self, block: Block) -> list[ReaderLine]:
        return [line for run in block.nested() for line in self.blocks(run)]

    def text(self, content: Inlines) -> str:
        """Returns inline content as text on one line."""
        text = "".join(self._pieces(content)) if self.with_addresses else plain(content)
        return " ".join(text.split())

    def _pieces(self, content: Inlines) -> Iterator[str]:
        for node in content:
            match node:
                case Link(href, children):
                    yield from self._pieces(children)
                    yield f" ({href})"
                case Strong(children) | Emphasis(children) | Span(children=children):
                    yield from self._pieces(children)
                case Text() | Field() | LineBreak():
                    yield plain((node,))
                case other:
                    assert_never(other)


@singledispatch
def reader_lines(block: Block, writer: LineWriter) -> list[ReaderLine]:
    """Returns the lines of a block; those of its nested blocks, unless its kind registers others."""
    return writer.nested(block)
