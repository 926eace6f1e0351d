"""Merges two edits of a file by part: edits of different parts both land, edits of the same part are a conflict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from composer.issue.parts.splitting import WHOLE, Part, Parts, join, texts_of

ORDER = "@order"  # the id of a conflict about the order of the parts; its texts are lists of ids, one on a line


@dataclass(frozen=True, slots=True)
class PartConflict:
    """A part that both sides changed. A text is None where the part does not exist. `base` is the text that both began with."""

    id: str
    base: str | None
    theirs: str | None
    mine: str | None


@dataclass(frozen=True, slots=True)
class MergedFile:
    """The result of a merge. With conflicts, `parts` has the text of the other side for these parts."""

    parts: Parts
    conflicts: tuple[PartConflict, ...] = ()


def merge(base: Parts, theirs: Parts, mine: Parts) -> MergedFile:
    """Merges two successors of `base`. A file without parts does not exist."""
    versions = (base, theirs, mine)
    if any(_is_whole(parts) for parts in versions) and not all(_is_whole(parts) or not parts for parts in versions):
        if mine in (base, theirs):
            return MergedFile(theirs)
        if theirs == base:
            return MergedFile(mine)
        base, theirs, mine = (parts and (Part(WHOLE, join(parts)),) for parts in versions)
    texts = [texts_of(parts) for parts in (base, theirs, mine)]
    merged, conflicts = merge_texts(*texts)
    order = _merge_order(*([part.id for part in parts] for parts in (base, theirs, mine)))
    if order is None:
        listed = ("\n".join(part.id for part in parts) for parts in (base, theirs, mine))
        conflicts = (*conflicts, PartConflict(ORDER, *listed))
        order = [part.id for part in theirs] + [part.id for part in mine if part.id not in texts[1]]
    return MergedFile(_on_own_lines([Part(name, merged[name]) for name in order if name in merged]), conflicts)


def merge_texts(
    base: Mapping[str, str], theirs: Mapping[str, str], mine: Mapping[str, str]
) -> tuple[dict[str, str], tuple[PartConflict, ...]]:
    """Merges two successors of a mapping by key. A key in conflict has the value of the other side, or is missing as there."""
    merged: dict[str, str] = {}
    conflicts: list[PartConflict] = []
    for name in dict.fromkeys((*theirs, *mine, *base)):
        versions = base.get(name), theirs.get(name), mine.get(name)
        before, other, own = versions
        if own not in (before, other) and other != before:
            conflicts.append(PartConflict(name, *versions))
        result = own if other == before else other
        if result is not None:
            merged[name] = result
    return merged, tuple(conflicts)


def _is_whole(parts: Parts) -> bool:
    return len(parts) == 1 and parts[0].id == WHOLE


def _merge_order(base: Sequence[str], theirs: Sequence[str], mine: Sequence[str]) -> list[str] | None:
    """Returns the order of all ids, also of deleted ones; None if both sides moved parts to different places."""
    common = {name for name in mine if name in set(theirs)}
    agreed = [name for name in theirs if name in common] == [name for name in mine if name in common]
    if agreed or not _moved(base, mine):
        return _with_added(theirs, mine)
    return None if _moved(base, theirs) else _with_added(mine, theirs)


def _moved(before: Sequence[str], after: Sequence[str]) -> bool:
    common = set(before) & set(after)
    return [name for name in before if name in common] != [name for name in after if name in common]


def _with_added(order: Sequence[str], other: Sequence[str]) -> list[str]:
    """Inserts the ids that only the other side has, each after the id that is before it there."""
    merged = list(order)
    for at, name in enumerate(other):
        if name not in merged:
            before = next((earlier for earlier in reversed(other[:at]) if earlier in merged), None)
            merged.insert(merged.index(before) + 1 if before is not None else 0, name)
    return merged


def _on_own_lines(parts: Sequence[Part]) -> Parts:
    """Ends the last line of each part, because a part that was the last may now have a heading after it."""
    ended = [Part(part.id, part.text if part.text.endswith(("\n", "\r")) else part.text + "\n") for part in parts[:-1]]
    return (*ended, *parts[-1:])
