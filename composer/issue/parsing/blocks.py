"""Reads Markdown nodes into the blocks of an article, with a finding for everything that is not part of the format."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from composer.issue import document as doc
from composer.issue.parsing.block_context import BlockContext
from composer.issue.parsing.containers import ContainerReader
from composer.issue.parsing.figures import read_figure
from composer.issue.parsing.foreign_markup import report_lines
from composer.issue.parsing.inlines import InlineReader, on_one_line
from composer.issue.parsing.markdown import CONTAINER
from composer.issue.parsing.markdown_nodes import Node, after, at_semicolons
from composer.issue.parsing.table_rows import MORE
from composer.messages.phrases import phrase

_SOURCES = re.compile(r"Sources?[ \t]*[:：][ \t]*", re.IGNORECASE)
_TABLE_CAPTION = re.compile(r"Table[ \t]*[:：][ \t]*", re.IGNORECASE)
_ONLY = re.compile(r"Only[ \t]*[:：][ \t]*", re.IGNORECASE)
_NUMBERED = re.compile(r"([0-9]{1,3})[.)][ \t]+")
_NOT_IN_FORMAT = {"hr": phrase("a line of dashes"), "fence": phrase("a block of code"), "code_block": phrase("a block of code")}


class BlockReader:
    """Reads the blocks of one body."""

    def __init__(self, context: BlockContext) -> None:
        self.context, self.findings = context, context.findings
        self.containers = ContainerReader(context, self.read_run)

    def read_run(self, nodes: Sequence[Node], *, top: bool) -> list[doc.Block]:
        """Reads neighbouring nodes. `top`: not inside a list or quotation, so any block is allowed."""
        return [block for node, caption in with_captions(nodes) for block in self.read(node, caption, top=top)]

    def read(self, node: Node, caption: Node | None = None, *, top: bool) -> list[doc.Block]:
        line = self.context.line_of(node.map)
        match node.type:
            case "paragraph":
                return self._read_paragraph(node, line, top=top)
            case "blockquote":
                blocks = self.read_run(node.children, top=False)
                return [doc.Quote(tuple(blocks), line)] if blocks else []
            case "bullet_list" | "ordered_list":
                items = tuple(tuple(self.read_run(item.children, top=False)) for item in node.children)
                start = node.attrs.get("start", 1)
                return [doc.ListBlock(items, node.type == "ordered_list", int(start), line)]
            case "table" if top:
                return self._read_table(node, caption, line)
            case "heading" if top and node.tag == "h3":
                return self.read_sub_heading(node)
            case "heading":
                self.findings.error("heading-outside", line)
            case kind if kind == CONTAINER:
                return self.containers.read(node, line, top=top)
            case "table":
                self.findings.error("block-place", line, name="table")
            case other:
                self.findings.error("not-in-format", line, what=_NOT_IN_FORMAT.get(other, other))
        return []

    # -- headings ------------------------------------------------------------------------------------------------

    def read_title(self, node: Node) -> tuple[str, InlineReader]:
        """Returns the plain text of a heading, and the reader with the editor's marks in it."""
        line = self.context.line_of(node.map)
        reader = self.context.inlines(line)
        content = reader.read(node.children)
        kinds = set(map(type, content))
        if doc.Field in kinds:
            self.findings.error("field-place", line, where=phrase("a heading"))
        elif kinds - {doc.Text}:
            self.findings.warning("title-markup", line)
        return " ".join(doc.plain(content).split()), reader

    def read_sub_heading(self, node: Node) -> list[doc.Block]:
        line = self.context.line_of(node.map)
        title, reader = self.read_title(node)
        number: int | None = None
        nodes = node.children
        # An escaped number is part of the title: then the first text node ends before its full stop.
        if nodes and nodes[0].type == "text" and (match := _NUMBERED.match(nodes[0].content)) and _NUMBERED.match(title + " "):
            number, title = int(match[1]), _NUMBERED.sub("", title + " ", count=1).strip()
        if not title:
            self.findings.error("title-empty", line)
        return [doc.SubHeading(title, number, line), *reader.marks]

    # -- conditions ----------------------------------------------------------------------------------------------

    def read_only(self, node: Node) -> str:
        """Returns the condition of a line `Only: …`; an empty string after a finding."""
        written = node.content
        match = _ONLY.match(written)
        return self.context.condition(written[match.end() :] if match else written, self.context.line_of(node.map))

    # -- paragraphs, figures, sources ----------------------------------------------------------------------------

    def _read_paragraph(self, node: Node, line: int, *, top: bool) -> list[doc.Block]:
        children = node.children
        reader = self.context.inlines(line)
        block: doc.Block | None = None
        reader.in_list = node.parent is not None and node.parent.type in ("list_item", "blockquote")
        if is_only(node):
            self.findings.error("only-place", line, text="Only")
        if children:
            written = self.context.cuttings.put_back(node.content).split("\n")
            report_lines(written, line, self.findings, of_figure=children[0].type == "image")
        if top and children and children[0].type == "image":
            block = read_figure(self.context, children, reader, line)
        elif top and children and children[0].type == "text" and (match := _SOURCES.match(children[0].content)):
            block = self._read_sources(children, match.end(), reader, line)
        else:
            content = reader.read(children)
            block = doc.Paragraph(content, line) if content else None
        return [*([block] if block else []), *reader.marks]

    def _read_sources(self, children: list[Node], skip: int, reader: InlineReader, line: int) -> doc.Sources | None:
        read = tuple(content for content in map(reader.read, at_semicolons(children, skip)) if content)
        if not read:
            self.findings.error("sources-empty", line)
            return None
        return doc.Sources(read, line)

    # -- tables --------------------------------------------------------------------------------------------------

    def _read_table(self, node: Node, caption: Node | None, line: int) -> list[doc.Block]:
        rows = [row for part in node.children for row in part.children]
        marks: list[doc.Block] = []
        read: list[tuple[doc.Inlines, ...]] = []
        for row in rows:
            reader = self.context.inlines(self.context.line_of(row.map))
            self._check_width(row)
            read.append(tuple(reader.read(cell.children) for cell in row.children))
            marks += reader.marks
        aligns = tuple(str(cell.attrs.get("style", "")).removeprefix("text-align:") for cell in rows[0].children)
        if any(read[0]) and not all(read[0]):
            self.findings.warning("table-head", line)
        words: doc.Inlines = ()
        if caption is not None:
            reader = self.context.inlines(self.context.line_of(caption.map))
            words = on_one_line(reader.read(after(caption.children, _TABLE_CAPTION)))
            marks += reader.marks
        return [doc.Table(read[0], tuple(read[1:]), aligns if any(aligns) else (), words, line), *marks]

    def _check_width(self, row: Node) -> None:
        more: list[str] = row.meta.get(MORE, [])
        if more:
            columns = len(row.children)
            text = self.context.cuttings.put_back(next(filter(None, more)))[:60]
            self.findings.error("table-row", self.context.line_of(row.map), cells=columns + len(more), columns=columns, text=text)


def with_captions(nodes: Sequence[Node]) -> Iterator[tuple[Node, Node | None]]:
    """Yields (node, caption): a paragraph `Table: …` directly before a table is its caption."""
    waiting: Node | None = None
    for node, following in zip(nodes, (*nodes[1:], None), strict=False):
        if following is not None and following.type == "table" and _begins(node, _TABLE_CAPTION):
            waiting = node
            continue
        yield node, waiting
        waiting = None


def is_only(node: Node) -> bool:
    """Whether the node is a line `Only: …`."""
    return _begins(node, _ONLY)


def _begins(node: Node, beginning: re.Pattern[str]) -> bool:
    """Whether a paragraph begins with a keyword of the format; with an escaped colon it does not."""
    if node.type != "paragraph" or not node.children:
        return False
    first = node.children[0]
    return first.type == "text" and beginning.match(first.content) is not None
