"""A bulleted or numbered list, and printing blocks in a row: only lists are printed differently beside one another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from composer.issue.block import Block, BlockContext, BlockSource, InnerReader, filled
from composer.issue.inline_content import Inlines
from composer.issue.inlines.editor_inlines import Json, holder_node
from composer.issue.inlines.markdown_nodes import Node
from composer.issue.inlines.node_reading import EditorDocumentError, EditorNode, attrs_of, content_of

_LARGEST_NUMBER = 999_999_999  # of a list in Markdown


@dataclass(frozen=True, slots=True)
class ListBlock(Block):
    """Each item is a tuple of blocks, usually one paragraph."""

    items: tuple[tuple[Block, ...], ...]
    ordered: bool = False
    start: int = 1

    editor_nodes = ("bulletList", "orderedList")
    top_only = False

    def nested(self) -> tuple[tuple[Block, ...], ...]:
        return self.items

    def linked(self, link: Callable[[Inlines], Inlines]) -> Block:
        return replace(self, items=tuple(tuple(block.linked(link) for block in item) for item in self.items))

    @classmethod
    def begins(cls, node: Node, *, top: bool) -> bool:
        return node.type in ("bullet_list", "ordered_list")

    @classmethod
    def read(cls, context: BlockContext, source: BlockSource) -> ListBlock:
        node = source.node
        items = tuple(tuple(context.read_run(item.children, top=False)) for item in node.children)
        return ListBlock(items, node.type == "ordered_list", int(node.attrs.get("start", 1)), line=source.line)

    def printed(self) -> str:
        return self.printed_with(other_marker=False, depth=0)

    def printed_with(self, *, other_marker: bool, depth: int) -> str:
        """Prints the list with the usual or the other marker; `depth`: the number of lists around it."""
        items: list[str] = []
        for position, item in enumerate(self.items, start=self.start):
            number = min(position, _LARGEST_NUMBER)  # only the first number counts
            marker = (f"{number}{')' if other_marker else '.'}" if self.ordered else "*" if other_marker else "-") + " "
            inner = print_blocks(item, depth + 1).split("\n")
            indent = " " * len(marker)
            items.append("\n".join([marker + inner[0], *(indent + line if line else "" for line in inner[1:])]).rstrip())
        return "\n".join(items)

    def to_editor(self) -> Json:
        items = [holder_node("listItem", filled(item)) for item in self.items]
        return holder_node("orderedList", items, start=self.start) if self.ordered else holder_node("bulletList", items)

    @classmethod
    def of_editor(cls, node: EditorNode, read_inner: InnerReader) -> ListBlock | None:
        items = tuple(read_inner(content_of(item), top=False) for item in content_of(node))
        ordered = node.get("type") == "orderedList"
        start = attrs_of(node).get("start", 1) if ordered else 1
        if type(start) is not int or not 0 <= start <= _LARGEST_NUMBER:
            raise EditorDocumentError("number", repr(start))
        return ListBlock(items, ordered, start) if items else None


def print_blocks(blocks: Sequence[Block], depth: int = 0) -> str:
    """Returns blocks as the text between two headings, without a line end after the last. `depth`: the number of lists around
    them. Nested lists alternate their markers: `- - -` would be a rule."""
    parts: list[str] = []
    previous: Block | None = None
    usual = depth % 2 == 1
    other = usual
    for block in blocks:
        if isinstance(block, ListBlock):
            # Two consecutive lists of one kind would be parsed as one, so the second gets the other marker.
            joins = isinstance(previous, ListBlock) and block.ordered == previous.ordered
            other = not other if joins else usual
            parts.append(block.printed_with(other_marker=other, depth=depth))
        else:
            parts.append(block.printed())
        previous = block
    return "\n\n".join(parts)
