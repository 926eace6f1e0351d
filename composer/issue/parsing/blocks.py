"""Reads Markdown nodes into the blocks of an article, with a finding for everything that is not part of the format."""

from collections.abc import Sequence

from composer.issue import links
from composer.issue.block import Block, BlockContext, BlockSource
from composer.issue.blocks import BLOCKS
from composer.issue.blocks.mark import EditorMark
from composer.issue.blocks.paragraph import Paragraph
from composer.issue.blocks.table import with_captions
from composer.issue.inlines.markdown import CONTAINER
from composer.issue.inlines.markdown_nodes import Node
from composer.messages.phrases import phrase

_CONTAINERS = {kind.container: kind for kind in BLOCKS if kind.container}
_NOT_IN_FORMAT = {"hr": phrase("a line of dashes"), "fence": phrase("a block of code"), "code_block": phrase("a block of code")}


class BlockReader:
    def __init__(self, context: BlockContext) -> None:
        self.context, self.findings = context, context.findings
        context.read_run = self.read_run

    def read_run(self, nodes: Sequence[Node], *, top: bool) -> list[Block]:
        """Reads neighbouring nodes. `top`: not inside a list or quotation, so any block is allowed."""
        return [block for node, caption in with_captions(nodes) for block in self.read(node, caption, top=top)]

    def read(self, node: Node, caption: Node | None = None, *, top: bool) -> list[Block]:
        """Reads one node: its block, if it is one, and the editor's marks in it."""
        marks_before, self.context.marks = self.context.marks, []
        block = self._read(BlockSource(node, self.context.line_of(node), top, caption=caption))
        marks = self.take_marks()
        self.context.marks = marks_before
        return [block, *marks] if block else [*marks]

    def take_marks(self) -> list[EditorMark]:
        """Returns the editor's marks in the inline content that was read since they were taken, and forgets them."""
        marks, self.context.marks = self.context.marks, []
        return [EditorMark(mark.text, line=mark.line) for mark in marks]

    def _read(self, source: BlockSource) -> Block | None:
        node = source.node
        if node.type == CONTAINER:
            return self._read_container(source)
        if (kind := next((kind for kind in BLOCKS if kind.begins(node, top=source.top)), None)) is not None:
            return kind.read(self.context, source)
        if node.type == "paragraph":
            return Paragraph.read(self.context, source)
        if node.type == "heading":
            self.findings.error("heading-outside", source.line)
        else:
            self.findings.error("not-in-format", source.line, what=_NOT_IN_FORMAT.get(node.type, node.type))
        return None

    def _read_container(self, source: BlockSource) -> Block | None:
        node, line = source.node, source.line
        name, argument = (*self.context.cuttings.put_back(node.info).split(None, 1), "", "")[:2]
        argument = argument.strip()
        self._check_closed(node, name, line)
        kind = _CONTAINERS.get(name)
        if kind is None and name.lower() in ("table", "tables"):
            self.findings.error("block-table", line, name=name)
        elif kind is None:
            self.findings.error("block-unknown", line, name=name, **links.suggestions(name, _CONTAINERS))
        elif not source.top:
            self.findings.error("block-place", line, name=name)
        else:
            if argument and not kind.has_argument:
                self.findings.error("block-words", line, name=name, text=argument)
            return kind.read(self.context, BlockSource(node, line, top=True, argument=argument))
        return None

    def _check_closed(self, node: Node, name: str, line: int) -> None:
        """Reports a block that is not closed. The parser silently closes it at the end of the enclosing block."""
        end = node.map[1] if node.map else 0
        lines = self.context.lines
        last = lines[end].strip() if end < len(lines) else ""
        around = node.parent.map if node.parent is not None and node.parent.type == CONTAINER else None
        if not last or last.strip(":") or (around and around[1] == end):  # the last: this line closed the enclosing block
            self.findings.error("block-open", line, name=name)
