"""The text of a part in lines as its readers see it: without the marks, labels and addresses of its source.

Each line has a kind, from which the console makes its label in the language of the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import assert_never

from composer.issue import document as doc
from composer.issue.editing.head_values import FIELDS, HeadUnreadable, values_of
from composer.issue.editing.source_blocks import read_groups
from composer.issue.parts import outline
from composer.issue.parts.part_texts import opened
from composer.issue.parts.splitting import Part

# The kinds of lines. The texts of value lines are those of a field, whose name is in `name`; a credit has its role there.
TITLE, HEADING, PARAGRAPH, ITEM, ROW, SOURCE_LINES = "title", "heading", "paragraph", "item", "row", "lines"
PICTURE, CAPTION, CREDIT, SOURCE, BUTTON, CONDITION = "picture", "caption", "credit", "source", "button", "condition"
VALUE, MADE_BY, HIGHLIGHT = "value", "made_by", "highlight"


@dataclass(frozen=True, slots=True)
class ReaderLine:
    """`name`: of the field of a value, the role of a person who made the issue, or what an item of a list begins with."""

    kind: str
    text: str
    name: str = ""


def lines_of(part: Part, titles: Mapping[str, str], *, with_addresses: bool = False) -> Iterator[ReaderLine]:
    """The lines of a part. `titles`: of the articles, by their ids. `with_addresses`: links show where they lead to.

    Lines that Mailroom cannot read as blocks stay as they are.
    """
    kind = outline.kind_of(part)
    if kind in ("head", "highlights", "credits", "footer"):
        yield from _of_head(kind, part.text, titles)
    elif kind == "whole":
        yield ReaderLine(SOURCE_LINES, part.text.strip("\n"))
    else:
        if title := outline.title_of(part):
            yield ReaderLine(TITLE, title)
        yield from _Lines(with_addresses=with_addresses).of_body(part)


def _of_head(kind: str, text: str, titles: Mapping[str, str]) -> Iterator[ReaderLine]:
    try:
        values = values_of(kind, text)
    except HeadUnreadable:
        yield ReaderLine(SOURCE_LINES, text.strip("\n"))
        return
    for name in FIELDS.get(kind, ()):
        if values.texts[name]:
            yield ReaderLine(VALUE, " ".join(values.texts[name].split()), name)
    for first, second in values.rows:
        yield ReaderLine(MADE_BY, second, first) if kind == "credits" else ReaderLine(HIGHLIGHT, titles.get(first, first))


@dataclass(frozen=True, slots=True)
class _Lines:
    with_addresses: bool

    def of_body(self, part: Part) -> Iterator[ReaderLine]:
        for group in read_groups(opened(part.text).body):
            if group.fault is not None:
                yield ReaderLine(SOURCE_LINES, group.source)
            if group.only:
                yield ReaderLine(CONDITION, group.only)
            yield from self.of_blocks(group.blocks)

    def of_blocks(self, blocks: tuple[doc.Block, ...]) -> Iterator[ReaderLine]:
        for block in blocks:
            yield from self.of_block(block)

    def of_block(self, block: doc.Block) -> Iterator[ReaderLine]:
        match block:
            case doc.Paragraph(content):
                yield ReaderLine(PARAGRAPH, self.words(content))
            case doc.SubHeading(text, number):
                yield ReaderLine(HEADING, text if number is None else f"{number}. {text}")
            case doc.Figure():
                yield from self.of_figure(block)
            case doc.Table():
                yield from self.of_table(block)
            case doc.Calendar(events):
                for event in events:
                    days = " – ".join(day.isoformat() for day in (event.start, event.end) if day is not None)
                    yield ReaderLine(ROW, " · ".join(filter(None, (days, self.words(event.title), self.words(event.place)))))
            case doc.Action(link):
                yield ReaderLine(BUTTON, self.words((link,)))
            case doc.Sources(entries):
                for entry in entries:
                    yield ReaderLine(SOURCE, self.words(entry))
            case doc.EditorMark():
                pass  # never in a mail
            case doc.Quote() | doc.ListBlock() | doc.Profile() | doc.Passage() | doc.Only():
                yield from self.of_container(block)
            case other:
                assert_never(other)

    def of_container(self, block: doc.Quote | doc.ListBlock | doc.Profile | doc.Passage | doc.Only) -> Iterator[ReaderLine]:
        if isinstance(block, doc.ListBlock):
            for number, item in enumerate(block.items, block.start):
                first, *others = list(self.of_blocks(item)) or [ReaderLine(PARAGRAPH, "")]
                yield ReaderLine(ITEM, first.text, f"{number}." if block.ordered else "•") if first.kind == PARAGRAPH else first
                yield from others
            return
        if isinstance(block, doc.Only):
            yield ReaderLine(CONDITION, block.condition)
        if isinstance(block, doc.Profile):
            yield ReaderLine(HEADING, block.name)
            if block.role:
                yield ReaderLine(PARAGRAPH, block.role)
        for run in doc.nested(block):
            yield from self.of_blocks(run)

    def of_figure(self, figure: doc.Figure) -> Iterator[ReaderLine]:
        yield ReaderLine(PICTURE, figure.alt)
        for kind, content in ((CAPTION, figure.caption), (CREDIT, figure.credit)):
            if content:
                yield ReaderLine(kind, self.words(content))

    def of_table(self, table: doc.Table) -> Iterator[ReaderLine]:
        if table.caption:
            yield ReaderLine(CAPTION, self.words(table.caption))
        for row in (table.head, *table.rows):
            yield ReaderLine(ROW, " · ".join(filter(None, map(self.words, row))))

    def words(self, content: doc.Inlines) -> str:
        """Inline content as text in one line."""
        text = "".join(self._pieces(content)) if self.with_addresses else doc.plain(content)
        return " ".join(text.split())

    def _pieces(self, content: doc.Inlines) -> Iterator[str]:
        for node in content:
            match node:
                case doc.Link(href, children):
                    yield from self._pieces(children)
                    yield f" ({href})"
                case doc.Strong(children) | doc.Emphasis(children) | doc.Span(children=children):
                    yield from self._pieces(children)
                case doc.Text() | doc.Field() | doc.LineBreak():
                    yield doc.plain((node,))
                case other:
                    assert_never(other)
