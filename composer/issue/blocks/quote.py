"""A quotation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from composer.issue.block import Block, BlockContext, BlockSource, InnerReader, filled
from composer.issue.blocks.list import print_blocks
from composer.issue.inline_content import Inlines
from composer.issue.inlines.editor_inlines import Json, holder_node
from composer.issue.inlines.markdown_nodes import Node
from composer.issue.inlines.node_reading import EditorNode, content_of


@dataclass(frozen=True, slots=True)
class Quote(Block):
    blocks: tuple[Block, ...]

    editor_nodes = ("blockquote",)
    top_only = False

    def nested(self) -> tuple[tuple[Block, ...], ...]:
        return (self.blocks,)

    def linked(self, link: Callable[[Inlines], Inlines]) -> Block:
        return replace(self, blocks=tuple(block.linked(link) for block in self.blocks))

    @classmethod
    def begins(cls, node: Node, *, top: bool) -> bool:
        return node.type == "blockquote"

    @classmethod
    def read(cls, context: BlockContext, source: BlockSource) -> Quote | None:
        blocks = context.read_run(source.node.children, top=False)
        return Quote(tuple(blocks), line=source.line) if blocks else None

    def printed(self) -> str:
        return "\n".join(f"> {line}".rstrip() for line in print_blocks(self.blocks).split("\n"))

    def to_editor(self) -> Json:
        return holder_node("blockquote", filled(self.blocks))

    @classmethod
    def of_editor(cls, node: EditorNode, read_inner: InnerReader) -> Quote | None:
        blocks = read_inner(content_of(node), top=False)
        return Quote(blocks) if blocks else None
