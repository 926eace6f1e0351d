"""A paragraph of text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from composer.issue.block import Block, BlockContext, BlockSource, InnerReader
from composer.issue.blocks.only import is_only
from composer.issue.inline_content import Inlines, plain
from composer.issue.inlines.editor_inlines import Json, content_of_editor, line_node
from composer.issue.inlines.inline_printer import print_lines
from composer.issue.inlines.node_reading import EditorNode


@dataclass(frozen=True, slots=True)
class Paragraph(Block):
    content: Inlines

    editor_nodes = ("paragraph",)
    top_only = False

    def contents(self) -> tuple[Inlines, ...]:
        return (self.content,)

    def translated_texts(self) -> tuple[tuple[str, str], ...]:
        return (("text", plain(self.content)),)

    def linked(self, link: Callable[[Inlines], Inlines]) -> Block:
        return replace(self, content=link(self.content))

    # `begins` is not defined: a paragraph is what no other kind of block begins with.

    @classmethod
    def read(cls, context: BlockContext, source: BlockSource) -> Paragraph | None:
        node, line = source.node, source.line
        reader = context.inlines(line)
        reader.in_list = node.parent is not None and node.parent.type in ("list_item", "blockquote")
        if is_only(node):
            context.findings.error("only-place", line, text="Only")
        context.report_foreign_lines(node, line, of_figure=node.content.startswith("!["))  # also one that is not recognised
        content = reader.read(node.children)
        return Paragraph(content, line=line) if content else None

    def printed(self) -> str:
        return print_lines(self.content)

    def to_editor(self) -> Json:
        return line_node("paragraph", self.content)

    @classmethod
    def of_editor(cls, node: EditorNode, read_inner: InnerReader) -> Paragraph | None:
        content = content_of_editor(node)
        return Paragraph(content) if content else None
