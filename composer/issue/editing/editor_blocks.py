"""Blocks of an issue as nodes of the rich text editor, in the JSON of ProseMirror, and from the nodes that a browser sent."""

from collections.abc import Iterable, Iterator, Sequence

from composer.issue.block import Block
from composer.issue.blocks import BLOCKS
from composer.issue.inlines.editor_inlines import Json
from composer.issue.inlines.node_reading import EditorDocumentError, EditorNode, text

DEEPEST = 60  # nested lists and quotations, as in a file
_RAW = "rawSource"
_KINDS = {name: kind for kind in BLOCKS for name in kind.editor_nodes}


def blocks_to_editor(blocks: Iterable[Block]) -> list[Json]:
    return [block.to_editor() for block in blocks]


def raw_node(source: str, problem: str) -> Json:
    """A node for lines that cannot be shown as blocks. `problem`: the error in words."""
    return {"type": _RAW, "attrs": {"source": source, "problem": problem}}


def blocks_of_editor(nodes: Sequence[EditorNode]) -> tuple[Block, ...]:
    """Returns the blocks that nodes say; empty paragraphs and lists say nothing. Raises EditorDocumentError."""
    return tuple(_blocks(nodes, top=True, depth=0))


def _blocks(nodes: Sequence[EditorNode], *, top: bool, depth: int) -> Iterator[Block]:
    if depth > DEEPEST:
        raise EditorDocumentError("deep")

    def read_inner(nodes: Sequence[EditorNode], *, top: bool) -> tuple[Block, ...]:
        return tuple(_blocks(nodes, top=top, depth=depth + 1))

    for node in nodes:
        name = text(node, "type")
        kind = _KINDS.get(name)
        if not top and (name == _RAW or (kind is not None and kind.top_only)):
            raise EditorDocumentError("place", name)
        if kind is None:
            raise EditorDocumentError("node", name)
        block = kind.of_editor(node, read_inner)
        if block is not None:
            yield block
