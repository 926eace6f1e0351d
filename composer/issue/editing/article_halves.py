"""The body of an article in two halves, and two bodies as one: marks, titles and sources go where they belong.

A body is the text of an article without its heading. Blocks that nobody changes keep their lines.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from composer.issue import document as doc
from composer.issue.blocks.list import print_blocks
from composer.issue.editing.source_blocks import BlockGroup, blocks_of, read_groups

_QUOTED = re.compile(r'"([^"]+)"')
_PLAIN = (doc.Text, doc.Strong, doc.Emphasis)  # what a title can say as well


@dataclass(frozen=True, slots=True)
class Halves:
    """The bodies of two articles that were one."""

    first: str
    second: str


def halves_at(body: str, at: int) -> Halves | None:
    """Divides the body behind its first `at` blocks; None if one side has no blocks. Marks go with the block below them."""
    groups = read_groups(body)
    counted = 0
    for index, group in enumerate(groups):
        if counted == at:
            halves = Halves(_joined(groups[:index]), _joined(groups[index:]))
            return halves if at and _kinds(groups[index:]) else None
        counted += len(_kinds((group,)))
        if counted > at:
            return None  # several blocks on the same lines
    return None


def block_starts(body: str, longest: int = 200) -> tuple[str, ...]:
    """The beginning of each block as people read it, as `halves_at` counts blocks."""
    return tuple(start for group in read_groups(body) if not group.only for start in _starts(group, longest))


def with_questions(halves: Halves) -> Halves:
    """The halves with each mark at the block that it is about, which is below it. If a paragraph was divided, a mark goes to the
    half that has the words which it quotes."""
    groups = list(read_groups(halves.first))
    last = next((at for at in range(len(groups) - 1, -1, -1) if not _is_mark(groups[at])), None)
    if last is None:
        return halves
    moved = groups[last + 1 :]
    start = last
    while start and _is_mark(groups[start - 1]):
        start -= 1
    away = {
        at for at in range(start, last)
        if _quotes(groups[at], halves.second) and not _quotes(groups[at], groups[last].source)
    }  # fmt: skip
    moved = [*(groups[at] for at in sorted(away)), *moved]
    kept = [group for at, group in enumerate(groups[: last + 1]) if at not in away]
    return Halves(_joined(kept), "\n\n".join([*(group.source for group in moved), halves.second])) if moved else halves


def title_line(halves: Halves) -> str:
    """Returns the first line of the second half if it can be its title.

    That is a sub-heading, or a paragraph without links and merge fields.
    """
    first = _first_block(halves.second)
    return _title_of(first[1]) if first is not None else ""


def without_title_line(halves: Halves, title: str) -> Halves:
    """Returns the halves without the first line of the second one, if that line is the same as its title."""
    first = _first_block(halves.second)
    if first is None or not title or _title_of(first[1]) != " ".join(title.split()):
        return halves
    groups = list(read_groups(halves.second))
    del groups[first[0]]
    return Halves(halves.first, _joined(groups))


def heading(title: str, name: str) -> str:
    """The line with which an article begins."""
    printed = print_blocks([doc.SubHeading(" ".join(title.split()))])
    return f"## {printed.removeprefix('###').strip()} {{#{name}}}"


def divided_alike(halves: Halves, whole: str, other: str) -> Halves | None:
    """Another language's body divided behind the same block. `whole`: the body that was divided into `halves`.

    None if the two languages do not have the same blocks, or if a block itself was divided.
    """
    own = _kinds(read_groups(whole))
    parts = [_kinds(read_groups(half)) for half in (halves.first, halves.second)]
    if own != [*parts[0], *parts[1]] or own != _kinds(read_groups(other)):
        return None
    return halves_at(other, len(parts[0]))


def moved_figures(halves: Halves, other: str) -> Halves:
    """Another language's body that is not divided, without the pictures that are only in the second half; and these pictures."""
    first, second = (_sources_of_figures(half) for half in (halves.first, halves.second))
    away = {src for src in second if src not in first}
    kept: list[BlockGroup] = []
    moved: list[BlockGroup] = []
    for group in read_groups(other):
        is_away = any(isinstance(block, doc.Figure) and block.src in away for block in group.blocks)
        (moved if is_away else kept).append(group)
    return Halves(_joined(kept), "\n\n".join(group.source for group in moved)) if moved else Halves(other, "")


def with_mark(body: str, note: str) -> str:
    """The body with a mark for editors at its beginning, below its condition."""
    groups = read_groups(body)
    conditions = [group.source for group in groups if group.only]
    rest = _joined([group for group in groups if not group.only])
    return "\n\n".join(filter(None, [*conditions, print_blocks([doc.EditorMark(note)]), rest]))


def leading_notes(body: str) -> tuple[str, ...]:
    """What colleagues noted at the beginning of a body, about all of it. Marks of an import are about the block below them."""
    notes: list[str] = []
    for group in read_groups(body):
        if not group.only and not _is_mark(group):
            break
        notes += (
            block.text for block in group.blocks if isinstance(block, doc.EditorMark) and not block.text.startswith("check: ")
        )
    return tuple(notes)


def condition_of(body: str) -> str:
    return next((group.only for group in read_groups(body) if group.only), "")


def with_condition(body: str, condition: str) -> str:
    """The body with a condition as its first line, unless it has one."""
    return f"Only: {condition}\n\n{body}".strip("\n") if condition and not condition_of(body) else body


def joined(first: str, title: str, second: str) -> str:
    """Joins two bodies. The title of the second article becomes a sub-heading, and the sources of both are the last lines."""
    texts: list[str] = []
    sources: list[list[BlockGroup]] = []
    for body in (first, second):
        text, own = _without_sources([group for group in read_groups(body) if body is first or not group.only])
        texts.append(text)
        sources.append(own)
    if not any(sources[0]):  # those of the second article are where they belong
        texts[1], sources = _joined([group for group in read_groups(second) if not group.only]), [[], []]
    sub_heading = print_blocks([doc.SubHeading(title)]) if title else ""
    return "\n\n".join(filter(None, [texts[0], sub_heading, texts[1], _printed_sources(sources)]))


def _without_sources(groups: Sequence[BlockGroup]) -> tuple[str, list[BlockGroup]]:
    """Returns the text without its sources, and the sources with the marks above them."""
    away: set[int] = set()
    for at, group in enumerate(groups):
        if any(isinstance(block, doc.Sources) for block in group.blocks):
            start = at
            while start and _is_mark(groups[start - 1]):
                start -= 1
            away |= set(range(start, at + 1))
    return _joined([group for at, group in enumerate(groups) if at not in away]), [groups[at] for at in sorted(away)]


def _printed_sources(sources: Sequence[Sequence[BlockGroup]]) -> str:
    both = [group for groups in sources for group in groups]
    marks = [group.source for group in both if _is_mark(group)]
    blocks = [block for block in blocks_of(both) if isinstance(block, doc.Sources)]
    if len(blocks) == 1:
        return "\n\n".join([*marks, *(group.source for group in both if not _is_mark(group))])
    entries = tuple(dict.fromkeys(entry for block in blocks for entry in block.entries))
    return "\n\n".join([*marks, *([print_blocks([doc.Sources(entries)])] if entries else [])])


def _joined(groups: Sequence[BlockGroup]) -> str:
    """Returns the lines of groups, with what was between them."""
    return "".join(f"{group.gap}{group.source}" for group in groups).strip("\n")


def _is_mark(group: BlockGroup) -> bool:
    return bool(group.blocks) and all(isinstance(block, doc.EditorMark) for block in group.blocks)


def _kinds(groups: Sequence[BlockGroup]) -> list[str]:
    """Returns the kinds of the blocks, without conditions and marks. Two languages may have this structure in common."""
    kinds: list[str] = []
    for group in groups:
        kinds += ["lines"] if group.fault is not None else []
        kinds += [_kind(block) for block in group.blocks if not isinstance(block, doc.EditorMark)]
    return kinds


def _kind(block: doc.Block) -> str:
    name = type(block).__name__
    return f"{name} {block.src}" if isinstance(block, doc.Figure) else name


def _starts(group: BlockGroup, longest: int) -> list[str]:
    if group.fault is not None:
        return [_shortened(group.source, longest)]
    beginnings = []
    for block in group.blocks:
        if not isinstance(block, doc.EditorMark):
            texts = [text for inner in doc.walk((block,)) for text in (*inner.own_texts(), *map(doc.plain, inner.contents()))]
            beginnings.append(_shortened(" ".join(" ".join(texts).split()), longest))
    return beginnings


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest].rstrip()}…"


def _first_block(body: str) -> tuple[int, doc.Block] | None:
    """Returns the first block below conditions and marks, with the index of its group; None if other blocks are on its lines."""
    groups = read_groups(body)
    at = next((index for index, group in enumerate(groups) if not group.only and not _is_mark(group)), None)
    if at is None or len(groups[at].blocks) != 1:
        return None
    return at, groups[at].blocks[0]


def _title_of(block: doc.Block) -> str:
    if isinstance(block, doc.SubHeading):
        return " ".join(block.text.split())
    if isinstance(block, doc.Paragraph) and all(isinstance(node, _PLAIN) for node in doc.walk_inlines(block.content)):
        return " ".join(doc.plain(block.content).split())
    return ""


def _quotes(mark: BlockGroup, text: str) -> bool:
    """Whether the words that a mark quotes are in a text. A mark that quotes nothing is about the block below it."""
    quoted = [
        quotation for block in mark.blocks if isinstance(block, doc.EditorMark) for quotation in _QUOTED.findall(block.text)
    ]
    spaced = " ".join(text.split())
    return bool(quoted) and " ".join(quoted[0].split()) in spaced


def _sources_of_figures(body: str) -> set[str]:
    return {
        block.src
        for block in doc.walk(tuple(blocks_of(read_groups(body))))
        if isinstance(block, doc.Figure) and not block.missing
    }
