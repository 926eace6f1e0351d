"""Reads the body of a part into groups: some lines of it, and the blocks that they say.

Unlike the parser of a whole issue it never gives up: lines that it cannot read without a loss become a group with no blocks.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from composer.errors import Finding, Findings
from composer.issue.block import Block, BlockContext
from composer.issue.blocks import BLOCKS
from composer.issue.blocks.list import print_blocks
from composer.issue.blocks.only import is_only, read_only
from composer.issue.blocks.table import with_captions
from composer.issue.characters import FORBIDDEN, check_characters
from composer.issue.document import EditorMark
from composer.issue.inlines.editor_inlines import Json
from composer.issue.inlines.inline_reader import Cuttings, cut_fields, cut_marks
from composer.issue.inlines.markdown import CONTAINER, parser, too_deep
from composer.issue.inlines.markdown_nodes import Node, nodes_of
from composer.issue.inlines.node_reading import EditorDocumentError, EditorNode, text
from composer.issue.parsing.blocks import BlockReader
from composer.issue.parsing.body import MOST_BRACKETS, MOST_LINES, MOST_NODES, count_nodes

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


@dataclass(frozen=True, slots=True)
class BlockGroup:
    """Consecutive lines. Exactly one is set: `blocks`, `only` (the condition of a line `Only: …`), or `fault` (why the lines
    cannot be shown as blocks). `gap`: what separates them from the group before, with the line ends."""

    source: str
    blocks: tuple[Block, ...] = ()
    only: str = ""
    fault: Finding | None = None
    gap: str = "\n\n"


def read_groups(body: str) -> tuple[BlockGroup, ...]:
    """Returns the groups of a body in order. Their gaps and sources together are the body without empty lines at its ends."""
    findings, cuttings = Findings(""), Cuttings()
    context = BlockContext(cuttings, findings, 0)
    context.text = cut_fields(cut_marks(body, cuttings, findings, 1), cuttings, findings, 1)
    early = list(findings.collected)  # wrong merge fields, and a mark without an end
    nodes = None if any(finding.code == "mark-open" for finding in early) else _nodes(context.text)
    if nodes is None:
        finding = early[0] if early else Finding("too-much", params={"limit": MOST_LINES})
        return (BlockGroup(body.strip("\n"), fault=finding, gap=""),) if body.strip() else ()
    lines = body.split("\n")
    groups: list[BlockGroup] = []
    at = 0
    for node, caption in with_captions(nodes):
        start, end = _extent(node, caption, lines)
        begins = all(isinstance(block, EditorMark) for block in blocks_of(groups)) and not any(group.only for group in groups)
        blocks, only, fault = _read(node, caption, context, begins=begins)
        fault = next((finding for finding in early if finding.level == "error" and start < (finding.line or 0) <= end), fault)
        source = "\n".join(lines[start:end])
        if fault is not None and blocks and print_blocks(blocks) == source:
            fault = None  # an unfinished card: nothing is lost
        if fault is None and FORBIDDEN.search(source):
            fault = _lost_characters(source, blocks, only, start + 1)
        gap = "\n".join(("", *lines[at:start], "")) if groups else ""
        groups.append(BlockGroup(source, () if fault else blocks, "" if fault else only, fault, gap))
        at = end
    return tuple(groups)


def _nodes(text: str) -> list[Node] | None:
    """Returns the nodes of the Markdown parser; None if they are too many or nested too deeply."""
    if text.count("\n") > MOST_LINES or text.count("[") > MOST_BRACKETS:
        return None
    tokens = parser().parse(text)
    return None if count_nodes(tokens) > MOST_NODES or too_deep(tokens) is not None else nodes_of(tokens)


def _extent(node: Node, caption: Node | None, lines: Sequence[str]) -> tuple[int, int]:
    """The first line of a node, and the line after its last that is not empty. Counted from 0."""
    start, end = node.map or (0, len(lines))
    if caption is not None and caption.map:
        start = caption.map[0]
    if node.type == CONTAINER and end < len(lines) and not lines[end].strip().strip(":"):
        end += 1  # the parser leaves the closing line out
    while end > start + 1 and not lines[end - 1].strip():
        end -= 1
    return start, end


def _read(
    node: Node, caption: Node | None, context: BlockContext, *, begins: bool
) -> tuple[tuple[Block, ...], str, Finding | None]:
    """Returns the blocks of a node, its condition if it is a line `Only: …` at the beginning, and an error if there is one."""
    before = len(context.findings.collected)
    reader = BlockReader(context)
    is_condition = begins and is_only(node)
    only = read_only(context, node) if is_condition else ""
    blocks = () if is_condition else tuple(reader.read(node, caption, top=True))
    errors = (finding for finding in context.findings.collected[before:] if finding.level == "error")
    fault = next(errors, None)
    if fault is None and not blocks and not only:
        fault = Finding("not-in-format", params={"what": node.type})
    return blocks, only, fault


def _lost_characters(source: str, blocks: Sequence[Block], only: str, line: int) -> Finding | None:
    """Returns the error of characters that the editor drops, if they are all that a block says, or in a condition."""
    kept = all(blocks_of_editor(blocks_to_editor([block])) for block in blocks)
    if kept and not FORBIDDEN.search(only):
        return None
    findings = Findings("")
    check_characters(source, line, findings)
    return findings.collected[0]


def blocks_of(groups: Iterable[BlockGroup]) -> Iterator[Block]:
    for group in groups:
        yield from group.blocks
