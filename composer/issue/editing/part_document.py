"""The body of a part as the document of the rich text editor, and back to source.

Blocks that nobody changed keep their lines, character for character, so that saving changes only what its author changed.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from composer.errors import Finding
from composer.issue import digest
from composer.issue import document as doc
from composer.issue.blocks.list import print_blocks
from composer.issue.blocks.only import condition_of_editor
from composer.issue.editing.source_blocks import BlockGroup, blocks_of_editor, blocks_to_editor, raw_node, read_groups
from composer.issue.inlines.editor_inlines import Json, clean_lines
from composer.issue.inlines.node_reading import EditorDocumentError, attrs_of, content_of, listed, mapping, text

_OF_WORDS = ("strong", "emphasis")


def spaces_outside(node: Mapping[str, Any]) -> Json:
    """Returns a node of the editor with the marks of its spaces changed. Raises EditorDocumentError.

    The node was read before, but what its kind does not have was not: the content of an editor's mark, for example.
    """
    content = content_of(node)
    if any(child.get("type") == "text" for child in content):
        return {**node, "content": list(_run(content))}
    return {**node, "content": [spaces_outside(child) for child in content]} if content else dict(node)


def _run(nodes: Sequence[Mapping[str, Any]]) -> Iterator[Json]:
    marks_of = [_marks(node) for node in nodes]
    for at, node in enumerate(nodes):
        marks, written = marks_of[at], text(node, "text") if node.get("type") == "text" else ""
        if not written or not any(mark.get("type") in _OF_WORDS for mark in marks):
            yield dict(node)
            continue
        before, after = (marks_of[near] if 0 <= near < len(nodes) else [] for near in (at - 1, at + 1))
        trimmed = written.strip(" ")
        start = len(written) - len(written.lstrip(" "))
        for part, beside in ((written[:start], before), (trimmed, marks), (written[start + len(trimmed) :], after)):
            if part:
                own = [mark for mark in marks if mark.get("type") not in _OF_WORDS or mark in beside]
                yield (
                    {key: value for key, value in node.items() if key != "marks"}
                    | {"text": part}
                    | ({"marks": own} if own else {})
                )


def _marks(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [mapping(mark) for mark in listed(node.get("marks") or [])]


@dataclass(frozen=True, slots=True)
class PartDocument:
    """`only`: the condition below the heading; empty for everybody. `nodes`: the blocks as JSON of the editor."""

    only: str
    nodes: tuple[Json, ...]

    def json(self) -> Json:
        return {"only": self.only, "doc": {"type": "doc", "content": list(self.nodes) or [{"type": "paragraph"}]}}


def document_of(body: str, describe: Callable[[Finding], str] = str) -> PartDocument:
    """Returns the body of a part as a document. `describe` puts the error of lines that cannot be read into words."""
    groups = read_groups(body)
    only = next((group.only for group in groups if group.only), "")
    nodes = [node for group in groups for node in _nodes(group, describe)]
    return PartDocument(only, tuple(nodes))


def _nodes(group: BlockGroup, describe: Callable[[Finding], str]) -> list[Json]:
    if group.fault is not None:
        return [raw_node(group.source, describe(group.fault))]
    return blocks_to_editor(group.blocks)


def proposed_summary(body: str) -> str:
    """Returns what a digest says of an article with this body as long as nobody wrote its summary; empty if somebody did."""
    blocks = tuple(block for group in read_groups(body) for block in group.blocks)
    article = doc.Article("", "", blocks)
    return "" if article.summary or article.whole_in_digest else digest.proposed_summary(article)


def block_lines(body: str) -> tuple[int, ...]:
    """Returns the line of a body, counted from 1, on which each of its blocks begins, in the order of the document's nodes."""
    line_numbers: list[int] = []
    at = 1
    for group in read_groups(body):
        at += group.gap.count("\n")
        line_numbers += [at] * (1 if group.fault is not None else len(group.blocks))
        at += group.source.count("\n")
    return tuple(line_numbers)


def source_of(document: object, before: str) -> str:
    """Returns the body that a document of the editor says. `before`: the body that its author began with.

    Raises EditorDocumentError if the document is not one of the editor.
    """
    try:
        return _source_of(document, before)
    except RecursionError as fault:  # nested deeply in a place that the editor's nodes do not have
        raise EditorDocumentError("deep") from fault


def _source_of(document: object, before: str) -> str:
    whole = mapping(document)
    root = mapping(whole.get("doc"))
    if root.get("type") != "doc":
        raise EditorDocumentError("shape", "doc")
    groups = [(group, _keys(group)) for group in read_groups(before)]
    before_keys = _in_order(groups)
    known = frozenset(before_keys)
    pieces = [piece for node in content_of(root) for piece in _pieces(node, known)]
    pieces = _with_condition(pieces, condition_of_editor(whole, "only"))
    keys = [piece.key for piece in pieces]
    if before_keys == keys:
        return before
    kept = "".join(_merged(groups, pieces, keys)).strip("\n")
    says = _in_order([(group, _keys(group)) for group in read_groups(kept)])
    return kept if says == keys else _printed(pieces)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A block of the new document: what it says, in one form, and the block; for other lines, their source."""

    key: str
    source: str = ""
    block: doc.Block | None = None


def _pieces(node: object, known: frozenset[str]) -> Iterator[_Piece]:
    """Yields the blocks of a node. `known`: keys of the text before; a block with another key is new or changed, and tidied."""
    block_node = mapping(node)
    if block_node.get("type") == "rawSource":
        yield from _raw_pieces(text(attrs_of(block_node), "source"), known)
        return
    for block in blocks_of_editor([block_node]):
        if (key := _key(block)) in known:
            yield _Piece(key, block=block)
        else:
            for tidied in blocks_of_editor([spaces_outside(block_node)]):
                yield _Piece(_key(tidied), block=tidied)


def _raw_pieces(source: str, known: frozenset[str]) -> Iterator[_Piece]:
    """The lines that were there before as they are: read alone they may say something else, such as a condition of the part."""
    if f"raw {source}" in known:
        yield _Piece(f"raw {source}", source)
        return
    for group in read_groups(clean_lines(source).strip("\n")):  # its author may have repaired it
        if group.blocks:
            yield from (_Piece(_key(block), block=block) for block in group.blocks)
        else:
            yield _Piece(f"raw {group.source}", group.source)


def _with_condition(pieces: list[_Piece], only: str) -> list[_Piece]:
    """The pieces with the condition of the part first. Without one, a line `Only: …` that is now at the beginning is it."""
    if only:
        return [_Piece(f"Only: {only}", f"Only: {only}"), *pieces]
    first = next((at for at, piece in enumerate(pieces) if not isinstance(piece.block, doc.EditorMark)), None)
    if first is None or pieces[first].block is not None:
        return pieces
    group = next(iter(read_groups(pieces[first].source)), None)
    if group is None or not group.only:
        return pieces
    return [_Piece(f"Only: {group.only}", pieces[first].source), *pieces[:first], *pieces[first + 1 :]]


def _key(block: doc.Block) -> str:
    """What a block says, whatever the order of its marks: that of the editor may be another."""
    (node,) = blocks_to_editor([block])
    (again,) = blocks_of_editor([_sorted(node)]) or (block,)
    return json.dumps(blocks_to_editor([again]), ensure_ascii=False, sort_keys=True)


def _sorted(node: Json) -> Json:
    ordered = dict(node)
    if "marks" in ordered:
        ordered["marks"] = sorted(ordered["marks"], key=lambda mark: json.dumps(mark, sort_keys=True))
    if "content" in ordered:
        ordered["content"] = [_sorted(child) for child in ordered["content"]]
    return ordered


def _keys(group: BlockGroup) -> list[str]:
    if group.fault is not None:
        return [f"raw {group.source}"]
    if group.only:
        return [f"Only: {group.only}"]
    return [_key(block) for block in group.blocks]


_Keyed = Sequence[tuple[BlockGroup, list[str]]]  # each group with its keys


def _in_order(groups: _Keyed) -> list[str]:
    """Returns the keys of all blocks, the condition first: marks may come before it."""
    return [key for _, own in sorted(groups, key=lambda keyed: not keyed[0].only) for key in own]


def _merged(groups: _Keyed, pieces: Sequence[_Piece], keys: Sequence[str]) -> Iterator[str]:
    """Yields the new text: the lines of groups that are still there, wherever they are now, and what is new, printed.

    `keys`: those of the pieces.
    """
    unused: dict[tuple[str, ...], list[int]] = {}
    for number, (_, own) in enumerate(groups):
        unused.setdefault(tuple(own), []).append(number)
    sizes = sorted({len(own) for own in unused}, reverse=True)
    at, last = 0, -2
    waiting: list[_Piece] = []
    begun = False
    while at < len(pieces):
        same = next((numbers for size in sizes if (numbers := unused.get(tuple(keys[at : at + size])))), None)
        if same is None:
            waiting.append(pieces[at])
            at, last = at + 1, -2
            continue
        if waiting:
            yield ("\n\n" if begun else "") + _printed(waiting)
            waiting, begun = [], True
        number = last + 1 if last + 1 in same else same[0]
        same.remove(number)
        group, own = groups[number]
        gap = group.gap if number == last + 1 else "\n\n"
        yield (gap if begun else "") + group.source
        begun, last, at = True, number, at + len(own)
    if waiting:
        yield ("\n\n" if begun else "") + _printed(waiting)


def _printed(pieces: Sequence[_Piece]) -> str:
    """The pieces as text. Blocks in a row are printed together: two lists one after the other need different markers."""
    parts: list[str] = []
    run: list[doc.Block] = []
    for piece in pieces:
        if piece.block is not None:
            run.append(piece.block)
            continue
        parts += ([print_blocks(run)] if run else []) + [piece.source]
        run = []
    return "\n\n".join([*parts, *([print_blocks(run)] if run else [])])
