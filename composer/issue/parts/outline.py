"""The outline of an issue file: what each part is, its title, and where it can be moved."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from composer.issue.parts.splitting import HEAD, HEAD_PARTS, OPENING, WHOLE, Part

SECTION, ARTICLE = "section", "article"
# The kinds of parts that are texts of the mail; each should exist in every language.
TEXT_KINDS = ("opening", SECTION, ARTICLE)
_KINDS = {HEAD: "head", OPENING: "opening", WHOLE: "whole"} | {name: key for key, name in HEAD_PARTS.items()}
_HEADING = re.compile(r" {0,3}(#{1,2})(?:[ \t]+([^\n]*))?(?:\n|\Z)")
_LANGUAGE = re.compile(r"^language:[ \t]*[\"']?([A-Za-z0-9-]+)", re.MULTILINE)
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")


def kind_of(part: Part) -> str:
    """`head`, `highlights`, `credits`, `footer`, `opening`, `section`, `article`, or `whole`: a file that cannot be split."""
    if part.id in _KINDS:
        return _KINDS[part.id]
    match = _HEADING.match(part.text)
    return SECTION if match is not None and match[1] == "#" else ARTICLE


def title_of(part: Part) -> str:
    """Returns the title of a section or an article as its heading has it, without id and marks for the editor; else empty."""
    match = None if part.id in _KINDS else _HEADING.match(part.text)
    if match is None:
        return ""
    title, _ = split_id(_without_marks(match[2] or "").rstrip())
    bare = title.rstrip("#")
    closed = bare != title and (not bare or bare[-1] in " \t")  # `# Title #`
    return _ESCAPE.sub(r"\1", bare if closed else title).strip()


def split_id(line: str) -> tuple[str, str]:
    """The line of a heading without its id, and the id; an empty id if the line ends with none."""
    at = line.rfind("{#")
    if at < 0 or not line.endswith("}") or "{" in line[at + 2 :] or "}" in line[at:-1]:
        return line, ""
    return line[:at].rstrip(), line[at + 2 : -1].strip()


def _without_marks(line: str) -> str:
    """The line without `<!-- … -->`, also without one that ends on another line."""
    kept: list[str] = []
    while (at := line.find("<!--")) >= 0:
        kept.append(line[:at])
        line = line[at:].partition("-->")[2]
    return "".join((*kept, line))


def language_of(parts: Sequence[Part]) -> str:
    """Returns the language that the head of a file names, as it is written; empty if it names none."""
    match = _LANGUAGE.search(parts[0].text) if parts else None
    return match[1] if match else ""


def end_of_section(parts: Sequence[Part], at: int) -> int:
    """Returns the index of the last part in the section of the part at `at`, or `at` for a part before all sections."""
    begin = next((index for index in range(at, -1, -1) if kind_of(parts[index]) == SECTION), None)
    return at if begin is None else block(parts, begin).stop - 1


def block(parts: Sequence[Part], at: int) -> range:
    """Returns the indexes of the parts that move together: a section with its articles, or one article."""
    if kind_of(parts[at]) != SECTION:
        return range(at, at + 1)
    later = (index for index in range(at + 1, len(parts)) if kind_of(parts[index]) == SECTION)
    return range(at, next(later, len(parts)))


class Moves(NamedTuple):
    """The part after which a part would be if it moved up, and if it moved down; None where it cannot move."""

    up: str | None
    down: str | None


def moves(parts: Sequence[Part]) -> dict[str, Moves]:
    """For each section and each article: a section moves past a section, an article past an article or into another section."""
    kinds = [kind_of(part) for part in parts]
    headed = [at for at, kind in enumerate(kinds) if kind in (SECTION, ARTICLE)]
    return {parts[at].id: Moves(_up(parts, kinds, at), _down(parts, kinds, at)) for at in headed}


def _up(parts: Sequence[Part], kinds: Sequence[str], at: int) -> str | None:
    if kinds[at] == SECTION:
        target = next((index for index in range(at - 1, -1, -1) if kinds[index] == SECTION), None)
    else:
        target = at - 1 if kinds[at - 1] == ARTICLE or SECTION in kinds[: at - 1] else None
    return parts[target - 1].id if target else None


def _down(parts: Sequence[Part], kinds: Sequence[str], at: int) -> str | None:
    following = block(parts, at).stop
    if following >= len(parts):
        return None
    return parts[block(parts, following).stop - 1].id if kinds[at] == SECTION else parts[following].id
