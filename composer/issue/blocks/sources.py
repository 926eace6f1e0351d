"""The sources of an article, below its text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from composer.issue.block import Block, BlockContext, BlockSource, InnerReader
from composer.issue.inline_content import Inlines
from composer.issue.inlines.editor_inlines import Json, content_of_editor, holder_node, line_node
from composer.issue.inlines.inline_printer import print_content
from composer.issue.inlines.markdown_nodes import Node, at_semicolons, begins_with
from composer.issue.inlines.node_reading import EditorNode, content_of

_BEGINNING = re.compile(r"Sources?[ \t]*[:：][ \t]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sources(Block):
    entries: tuple[Inlines, ...]

    editor_nodes = ("sources",)

    def contents(self) -> tuple[Inlines, ...]:
        return self.entries

    def linked(self, link: Callable[[Inlines], Inlines]) -> Block:
        return replace(self, entries=tuple(map(link, self.entries)))

    @classmethod
    def begins(cls, node: Node, *, top: bool) -> bool:
        return top and begins_with(node, _BEGINNING)

    @classmethod
    def read(cls, context: BlockContext, source: BlockSource) -> Sources | None:
        context.report_foreign_lines(source.node, source.line)
        reader = context.inlines(source.line)
        match = _BEGINNING.match(source.node.children[0].content)
        parts = at_semicolons(source.node.children, match.end() if match else 0)
        entries = tuple(content for content in map(reader.read, parts) if content)
        if not entries:
            context.findings.error("sources-empty", source.line)
            return None
        return Sources(entries, line=source.line)

    def printed(self) -> str:
        word = "Source" if len(self.entries) == 1 else "Sources"
        return f"{word}: " + "; ".join(print_content(entry, semicolons=True) for entry in self.entries)

    def to_editor(self) -> Json:
        return holder_node("sources", [line_node("sourceEntry", entry) for entry in self.entries])

    @classmethod
    def of_editor(cls, node: EditorNode, read_inner: InnerReader) -> Sources | None:
        entries = tuple(filter(None, map(content_of_editor, content_of(node))))
        return Sources(entries) if entries else None
