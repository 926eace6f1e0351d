"""Writes blocks as plain text: for the text part, 76 columns wide with numbered links, and as the lines that reviews show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import Any, assert_never

from composer.issue import links, merge_fields
from composer.issue.document import Block, Emphasis, Field, Inline, Inlines, Issue, LineBreak, Link, Span, Strong, Text, plain
from composer.rendering.text_wrapping import COLUMNS


@singledispatch
def block_text(block: Block, writer: TextWriter, width: int) -> str:
    """Returns the text of a block, at most `width` columns wide. Kinds of blocks that are not mailed register nothing."""
    return ""


class TextWriter:
    """Writes the text of articles in order; links are numbered throughout the issue."""

    def __init__(self, issue: Issue, tags: merge_fields.Tags, fixed_texts: Mapping[str, Any]) -> None:
        self.tags, self.fixed_texts = tags, fixed_texts
        self.titles = {article.id: article.title for article in issue.articles()}
        self._numbers: dict[str, int] = {}
        self._listed: list[str] = []

    def take_links(self) -> list[str]:
        """Returns the lines `[1] https://…` for the new links since the last call."""
        taken, self._listed = self._listed, []
        return taken

    def blocks(self, blocks: tuple[Block, ...], width: int = COLUMNS, gap: str = "\n\n") -> str:
        return gap.join(filter(None, [block_text(block, self, width) for block in blocks]))

    def inlines(self, content: Inlines) -> str:
        return "".join([self._inline(node) for node in content])

    def _inline(self, node: Inline) -> str:
        match node:
            case Text(text):
                return text.replace("\n", " ")
            case Strong(children) | Emphasis(children) | Span(children=children):
                return self.inlines(children)
            case Link(href, children):
                return self._link(href, self.inlines(children))
            case Field():
                return self.tags.tag(node, "text")
            case LineBreak():
                return "\n"
            case other:
                assert_never(other)

    def _link(self, href: str, text: str) -> str:
        url = links.normalise(href, self.titles)
        if url.startswith("#"):
            return f"{text} (→ {self.titles[url[1:]]})" if text != self.titles[url[1:]] else text
        if merge_fields.WRITTEN.fullmatch(url):
            url = self.tags.replace_fields(url, "url")
        if text in (url, url.removeprefix("mailto:")):
            return text
        return self.numbered(url, text)

    def numbered(self, url: str, text: str) -> str:
        """Returns the text with the number of a link to this address."""
        if url not in self._numbers:
            self._numbers[url] = len(self._numbers) + 1
            self._listed.append(f"[{self._numbers[url]}] {url}")
        return f"{text} [{self._numbers[url]}]"


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
