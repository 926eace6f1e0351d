"""A table with its caption."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from composer.issue.block import Block, BlockContext, BlockSource, InnerReader
from composer.issue.inline_content import Inline, Inlines, Text, plain
from composer.issue.inlines.editor_inlines import Json, content_of_editor, holder_node, line_node
from composer.issue.inlines.inline_printer import print_content
from composer.issue.inlines.inline_reader import on_one_line
from composer.issue.inlines.markdown_nodes import Node, after, begins_with
from composer.issue.inlines.node_reading import EditorDocumentError, EditorNode, attrs_of, content_of, text
from composer.issue.inlines.table_rows import MORE

_CAPTION = re.compile(r"Table[ \t]*[:：][ \t]*", re.IGNORECASE)
_RULES = {"": "---", "left": ":--", "center": ":-:", "right": "--:"}


@dataclass(frozen=True, slots=True)
class Table(Block):
    """Data in rows and columns; every row has as many cells as `head`. `aligns` is per column: left, center, right or ""."""

    head: tuple[Inlines, ...]
    rows: tuple[tuple[Inlines, ...], ...]
    aligns: tuple[str, ...] = ()
    caption: Inlines = ()

    editor_nodes = ("captionedTable",)

    @property
    def has_headings(self) -> bool:
        """Whether the first row names the columns. Where all its cells are empty, the columns have no names."""
        return any(self.head)

    def contents(self) -> tuple[Inlines, ...]:
        return (self.caption, *self.head, *(cell for row in self.rows for cell in row))

    def translated_texts(self) -> tuple[tuple[str, str], ...]:
        return (("caption", plain(self.caption)),)

    def linked(self, link: Callable[[Inlines], Inlines]) -> Block:
        rows = tuple(tuple(map(link, row)) for row in self.rows)  # not its head: that names columns
        return replace(self, rows=rows, caption=link(self.caption))

    @classmethod
    def begins(cls, node: Node, *, top: bool) -> bool:
        return node.type == "table"

    @classmethod
    def read(cls, context: BlockContext, source: BlockSource) -> Table | None:
        if not source.top:
            context.findings.error("block-place", source.line, name="table")
            return None
        rows = [row for part in source.node.children for row in part.children]
        contents: list[tuple[Inlines, ...]] = []
        for row in rows:
            reader = context.inlines(context.line_of(row))
            _check_width(context, row)
            contents.append(tuple(reader.read(cell.children) for cell in row.children))
        aligns = tuple(str(cell.attrs.get("style", "")).removeprefix("text-align:") for cell in rows[0].children)
        if any(contents[0]) and not all(contents[0]):
            context.findings.warning("table-head", source.line)
        caption: Inlines = ()
        if source.caption is not None:
            reader = context.inlines(context.line_of(source.caption))
            caption = on_one_line(reader.read(after(source.caption.children, _CAPTION)))
        return Table(contents[0], tuple(contents[1:]), aligns if any(aligns) else (), caption, line=source.line)

    def printed(self) -> str:
        aligns = self.aligns or ("",) * len(self.head)
        rows = [_print_row(self.head), "|" + "|".join(_RULES[align] for align in aligns) + "|", *map(_print_row, self.rows)]
        caption = f"Table: {print_content(on_one_line(self.caption))}\n\n" if self.caption else ""
        return caption + "\n".join(rows)

    def to_editor(self) -> Json:
        aligns = self.aligns or ("",) * len(self.head)
        rows = [
            holder_node(
                "tableRow",
                [holder_node(kind, [line_node("paragraph", cell)], align=align) for cell, align in zip(row, aligns, strict=True)],
            )
            for kind, row in (("tableHeader", self.head), *(("tableCell", row) for row in self.rows))
        ]
        return holder_node("captionedTable", [line_node("tableCaption", self.caption), holder_node("table", rows)])

    @classmethod
    def of_editor(cls, node: EditorNode, read_inner: InnerReader) -> Table | None:
        caption: Inlines = ()
        rows: list[tuple[Inlines, ...]] = []
        aligns: tuple[str, ...] = ()
        for part in content_of(node):
            if part.get("type") == "tableCaption":
                caption = on_one_line(content_of_editor(part))
                continue
            for row in content_of(part):
                cells = content_of(row)
                if not rows:
                    aligns = tuple(_align_of_editor(cell) for cell in cells)
                rows.append(tuple(map(_cell_of_editor, cells)))
        if not rows or not rows[0]:
            return None
        width = len(rows[0])
        if any(len(row) != width for row in rows):
            raise EditorDocumentError("table")
        return Table(rows[0], tuple(rows[1:]), aligns if any(aligns) else (), caption)


def with_captions(nodes: Sequence[Node]) -> Iterator[tuple[Node, Node | None]]:
    """Yields (node, caption): a paragraph `Table: …` directly before a table is its caption."""
    waiting: Node | None = None
    for node, following in zip(nodes, (*nodes[1:], None), strict=False):
        if following is not None and following.type == "table" and begins_with(node, _CAPTION):
            waiting = node
            continue
        yield node, waiting
        waiting = None


def _check_width(context: BlockContext, row: Node) -> None:
    more: list[str] = row.meta.get(MORE, [])
    if more:
        columns = len(row.children)
        first = context.cuttings.put_back(next(filter(None, more)))[:60]
        context.findings.error("table-row", context.line_of(row), cells=columns + len(more), columns=columns, text=first)


def _print_row(cells: Sequence[Inlines]) -> str:
    return "| " + " | ".join(print_content(on_one_line(cell)).replace("|", "\\|") for cell in cells) + " |"


def _align_of_editor(cell: EditorNode) -> str:
    align = text(attrs_of(cell), "align")
    if align not in _RULES:
        raise EditorDocumentError("align", align)
    return align


def _cell_of_editor(cell: EditorNode) -> Inlines:
    """Returns the content of a cell. Several paragraphs, which a paste may bring, become one line."""
    attrs = attrs_of(cell)
    if attrs.get("colspan", 1) != 1 or attrs.get("rowspan", 1) != 1:
        raise EditorDocumentError("table")
    nodes: list[Inline] = []
    for paragraph in content_of(cell):
        content = content_of_editor(paragraph)
        nodes += ([Text(" ")] if nodes and content else []) + list(content)
    return on_one_line(tuple(nodes))
