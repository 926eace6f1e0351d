"""Blocks in another language than the issue."""

from __future__ import annotations

from dataclasses import dataclass

from composer.issue.block import Block, BlockContext, BlockSource, InnerReader, filled, walk
from composer.issue.blocks.list import print_blocks
from composer.issue.blocks.mark import EditorMark
from composer.issue.blocks.sources import Sources
from composer.issue.inlines.editor_inlines import Json, holder_node, language_tag
from composer.issue.inlines.inline_printer import print_container
from composer.issue.inlines.node_reading import EditorNode, attrs_of, content_of
from composer.issue.languages import LANGUAGE


@dataclass(frozen=True, slots=True)
class Passage(Block):
    language: str
    blocks: tuple[Block, ...]

    container = "lang"
    has_argument = True
    editor_nodes = ("passage",)

    def nested(self) -> tuple[tuple[Block, ...], ...]:
        return (self.blocks,)

    @classmethod
    def read(cls, context: BlockContext, source: BlockSource) -> Passage | None:
        if not LANGUAGE.match(source.argument):
            context.findings.error("language-wrong", source.line, value=source.argument[:80])
            return None
        blocks = context.read_run(source.node.children, top=True)
        for block in walk(blocks):
            if isinstance(block, Sources):
                context.findings.error("sources-place", block.line)
        if all(isinstance(block, EditorMark) for block in blocks):
            context.findings.error("block-empty", source.line, name="lang")
        return Passage(source.argument, tuple(blocks), line=source.line)

    def printed(self) -> str:
        return print_container(f"lang {self.language}", print_blocks(self.blocks))

    def to_editor(self) -> Json:
        return holder_node("passage", filled(self.blocks), language=self.language)

    @classmethod
    def of_editor(cls, node: EditorNode, read_inner: InnerReader) -> Passage:
        blocks = read_inner(content_of(node), top=True)
        return Passage(language_tag(attrs_of(node), "language"), blocks)
