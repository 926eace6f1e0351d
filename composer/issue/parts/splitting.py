"""Splits an issue file into parts and joins them again, byte for byte: the head, the opening, each section, each article."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from composer.issue.parsing.body import LONGEST_ID, Heading, slug
from composer.issue.parsing.structure import Structure, read_structure

# Ids of the parts without a heading. An id in a file cannot begin with @.
WHOLE = "@whole"  # the only part of a file whose structure cannot be read
HEAD, OPENING = "@head", "@opening"
HEAD_PARTS = {"highlights": "@highlights", "credits": "@credits", "footer": "@footer"}
_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_KEY = re.compile(r"(?:highlights|credits|footer)[ \t]*:")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an issue file: some of its lines. `id`: that of the heading, or one of the constants above."""

    id: str
    text: str


Parts = tuple[Part, ...]


def split(source: str) -> Parts:
    """Returns the parts of a file. Their ids are unique. A heading without an id gets one that is free in the file."""
    structure = read_structure(source)
    if structure is None:
        return (Part(WHOLE, source),)
    lines = _LINES.findall(source)
    parts: list[Part] = []
    starts = [*_starts(structure, lines), (len(lines), "")]
    for (start, name), (end, _) in pairwise(starts):
        parts.append(Part(name, "".join(lines[start:end])))
    return tuple(parts)


def join(parts: Iterable[Part]) -> str:
    return "".join(part.text for part in parts)


def texts_of(parts: Iterable[Part]) -> dict[str, str]:
    return {part.id: part.text for part in parts}


def _starts(structure: Structure, lines: list[str]) -> Iterator[tuple[int, str]]:
    """Yields the index of the first line of each part with the id of the part."""
    yield 0, HEAD
    yield from _starts_in_head(structure, lines)
    first = structure.headings[0].line - 1 if structure.headings else len(lines)
    if any(line.strip() for line in lines[structure.head_end : first]):
        yield structure.head_end, OPENING
    ids = part_ids(structure.headings)
    for heading, name in zip(structure.headings, ids, strict=True):
        yield heading.line - 1, name


def _starts_in_head(structure: Structure, lines: list[str]) -> list[tuple[int, str]]:
    """Highlights, credits and footer are parts if they are the last keys, as in every file that Mailroom writes."""
    keys = {line - 1: key for key, line in structure.keys.items() if "." not in key}
    special = sorted(line for line, key in keys.items() if key in HEAD_PARTS)
    if len(keys) < sum("." not in key for key in structure.keys) or not special:
        return []  # several keys on one line
    others = [line for line in keys if line not in special]
    if not others or max(others) > special[0] or not all(_KEY.match(lines[line]) for line in special):
        return []
    return [(line, HEAD_PARTS[keys[line]]) for line in special]


def part_ids(headings: Iterable[Heading]) -> tuple[str, ...]:
    """Returns a unique id for each heading: the id that it has, or a free one made from its title.

    An article keeps the id that links and the list of contents already use.
    """
    headings = tuple(headings)
    ids: dict[int, str] = {at: heading.id for at, heading in enumerate(headings) if heading.written}
    taken = set(ids.values())
    # Articles first, because their ids are in mails.
    unnamed = sorted((at for at in range(len(headings)) if at not in ids), key=lambda at: headings[at].depth == 1)
    for at in unnamed:
        heading = headings[at]
        number = sum(other.depth == 1 for other in headings[: at + 1])
        ids[at] = free_id(heading.id or slug(heading.title) or f"section-{number}", taken)
        taken.add(ids[at])
    return tuple(ids[at] for at in range(len(headings)))


def free_id(preferred: str, taken: set[str]) -> str:
    """Returns the wanted id, or the first of wanted-2, wanted-3, … that is not taken."""
    number, candidate = 1, preferred
    while candidate in taken:
        number += 1
        candidate = f"{preferred[: LONGEST_ID - 1 - len(str(number))].rstrip('-')}-{number}"
    return candidate


def resplit(parts: Parts, changed: str, named: str) -> Parts:
    """Splits the part `changed` further if its new text has several headings; `named` is the file, with its ids written.

    While the text is not finished, for example with an open `:::`, it may contain the parts after it. Then the parts stay as they
    are: what one author types does not delete the parts on which others work.
    """
    at = next(at for at, part in enumerate(parts) if part.id == changed)
    before, after = parts[:at], parts[at + 1 :]
    new_parts = split(named)
    kept = (
        len(new_parts) >= len(before) + len(after)
        and new_parts[:at] == before
        and new_parts[len(new_parts) - len(after) :] == after
    )
    return new_parts if kept else parts
