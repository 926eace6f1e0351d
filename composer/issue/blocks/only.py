"""Blocks for readers that match a condition, and the line `Only: …` with the condition of a section or an article."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from composer.issue import conditions
from composer.issue.block import Block, BlockContext, BlockSource, InnerReader, filled
from composer.issue.blocks.list import print_blocks
from composer.issue.blocks.mark import EditorMark
from composer.issue.inlines.editor_inlines import Json, clean, holder_node
from composer.issue.inlines.inline_printer import print_container
from composer.issue.inlines.markdown_nodes import Node, begins_with
from composer.issue.inlines.node_reading import EditorDocumentError, EditorNode, attrs_of, content_of, text

_LINE = re.compile(r"Only[ \t]*[:：][ \t]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Only(Block):
    """`condition` is in the normal form of `composer.issue.conditions`."""

    condition: str
    blocks: tuple[Block, ...]

    container = "only"
    has_argument = True
    editor_nodes = ("only",)

    def nested(self) -> tuple[tuple[Block, ...], ...]:
        return (self.blocks,)

    @classmethod
    def read(cls, context: BlockContext, source: BlockSource) -> Only:
        condition = context.condition(source.argument, source.line)
        blocks = context.read_run(source.node.children, top=True)
        if all(isinstance(block, EditorMark) for block in blocks):
            context.findings.error("block-empty", source.line, name="only")
        return Only(condition, tuple(blocks), line=source.line)

    def printed(self) -> str:
        return print_container(f"only {self.condition}", print_blocks(self.blocks))

    def to_editor(self) -> Json:
        return holder_node("only", filled(self.blocks), condition=self.condition)

    @classmethod
    def of_editor(cls, node: EditorNode, read_inner: InnerReader) -> Only:
        blocks = read_inner(content_of(node), top=True)
        return Only(condition_of_editor(attrs_of(node)), blocks)


def is_only(node: Node) -> bool:
    return begins_with(node, _LINE)


def read_only(context: BlockContext, node: Node) -> str:
    """Returns the condition of a line `Only: …`; an empty string after a finding."""
    match = _LINE.match(node.content)
    return context.condition(node.content[match.end() :] if match else node.content, context.line_of(node))


def condition_of_editor(attrs: Mapping[str, Any], key: str = "condition") -> str:
    """Returns a condition in its normal form; empty while it is not chosen. Raises EditorDocumentError."""
    written = clean(text(attrs, key)).strip()
    try:
        return str(conditions.parse(written)) if written else ""
    except conditions.ConditionError as fault:
        raise EditorDocumentError("condition", written) from fault
