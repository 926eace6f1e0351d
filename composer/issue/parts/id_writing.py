"""Writes an id at every heading that has none, so that a part keeps its name when its title changes."""

import re
from collections.abc import Mapping

from composer.issue.parsing.body import Heading
from composer.issue.parsing.issue_file import ISSUE_FILE, LARGEST_FILE
from composer.issue.parsing.structure import Structure, read_structure
from composer.issue.parts.splitting import free_id, part_ids

_LINE_END = re.compile(r"\r\n|\r|\n")
_OPENING = re.compile(r" {0,3}#{1,2}")


def with_ids(sources: Mapping[str, str]) -> dict[str, str]:
    """Returns the files of an issue (name -> text) with an id at every heading.

    In the first language each article gets the id that its title gives it, so its mail stays the same. The other languages get
    the ids of the same places if they have the same sections and articles in the same order. A file whose structure cannot be
    read, or that would become too large, stays as it is.
    """
    first = read_structure(sources[ISSUE_FILE]) if ISSUE_FILE in sources else None
    named: dict[str, str] = {}
    for name, source in sources.items():
        structure = read_structure(source)
        if structure is None:
            named[name] = source
            continue
        ids = part_ids(structure.headings)
        if first is not None and name != ISSUE_FILE:
            ids = _shared(source, structure.headings, ids, first.headings)
        named[name] = _written(source, structure, ids)
    return named


def _shared(source: str, own: tuple[Heading, ...], ids: tuple[str, ...], first: tuple[Heading, ...]) -> tuple[str, ...]:
    """Returns ids for the headings of another language: those of the first language where that is safe."""
    if [heading.depth for heading in own] != [heading.depth for heading in first]:
        return ids
    first_ids = part_ids(first)
    positions = {name: at for at, name in enumerate(first_ids)}
    if any(heading.written and positions.get(heading.id, at) != at for at, heading in enumerate(own)):
        return ids  # the same parts in another order
    shared = list(ids)
    for at, heading in enumerate(own):
        if not heading.written and not _mentioned(source, heading.id) and first_ids[at] not in {*shared[:at], *shared[at + 1 :]}:
            shared[at] = first_ids[at]
    for at, heading in enumerate(own):  # an id that another part now has
        if not heading.written and shared[at] in shared[:at]:
            shared[at] = free_id(shared[at], set(shared))
    return tuple(shared)


def _mentioned(source: str, name: str) -> bool:
    """Whether a highlight or a link may refer to this id."""
    return bool(name) and re.search(rf"(?:#|-[ \t]+|[\[,\"'][ \t]*){name}(?![a-z0-9-])", source) is not None


def _written(source: str, structure: Structure, ids: tuple[str, ...]) -> str:
    """Writes the ids, all at once; if that does not give the same headings, one by one, without those that do not fit."""
    missing = [at for at, heading in enumerate(structure.headings) if not heading.written]
    made = _inserted(source, structure, ids, missing)
    if missing and not _as_wanted(made, structure, ids, missing):
        good: list[int] = []
        for at in missing:
            if _as_wanted(_inserted(source, structure, ids, [*good, at]), structure, ids, [*good, at]):
                good.append(at)
        made = _inserted(source, structure, ids, good)
    return made if len(made) <= LARGEST_FILE and len(made.encode()) <= LARGEST_FILE else source


def _as_wanted(made: str, before: Structure, ids: tuple[str, ...], named: list[int]) -> bool:
    after = read_structure(made)
    if after is None or len(after.headings) != len(before.headings):
        return False
    return all(
        (new.line, new.depth, new.title) == (old.line, old.depth, old.title)
        and (new.id == ids[at] and new.written if at in named else (new.id, new.written) == (old.id, old.written))
        for at, (new, old) in enumerate(zip(after.headings, before.headings, strict=True))
    )


def _inserted(source: str, structure: Structure, ids: tuple[str, ...], named: list[int]) -> str:
    """Inserts ` {#id}` after the titles of these headings."""
    ends = [0, *(match.end() for match in _LINE_END.finditer(source))]
    parts: list[str] = []
    last = 0
    for at in named:
        start = ends[structure.headings[at].line - 1]
        match = _LINE_END.search(source, start)
        line = source[start : match.start() if match else len(source)]
        mark = line.find("<!--")
        title = _without_closing(line) if mark < 0 else line[:mark].rstrip()
        parts += (source[last : start + len(title)], f" {{#{ids[at]}}}")
        last = start + len(title)
        if mark >= 0 and last == start + mark:
            parts.append(" ")
    return "".join((*parts, source[last:]))


def _without_closing(line: str) -> str:
    """Returns a heading without the number signs at its end, which are not part of the title: `# Title #`."""
    opening = _OPENING.match(line)
    start = opening.end() if opening else 0
    title = line[start:].rstrip()
    bare = title.rstrip("#")
    return line[:start] + (bare if bare != title and bare[-1:] in {" ", "\t"} else title).rstrip()
