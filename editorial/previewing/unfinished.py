"""Fills what an unfinished issue lacks and replaces what is wrong, so that its mail can be shown while it is written.

The result is never stored or sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from composer.errors import Finding
from composer.issue.editing.source_blocks import read_groups
from composer.issue.parsing.issue_file import unified_lines
from composer.issue.parts.part_texts import body_line, opened
from composer.issue.parts.splitting import OPENING, split
from publication import clock

PLACEHOLDER = "…"
_HEADING = re.compile(r" {0,3}(#{1,2})(?:[ \t]|$)")
_FILLED = {"key-empty", "article-empty", "section-empty", "no-articles"}
_WHOLE = {"mark-open", "too-much"}  # errors that make a whole text one block
_ADDRESS = "https://example.org/"


def filled(sources: Mapping[str, str], faults: Iterable[Finding]) -> dict[str, str] | None:
    """The files (name -> text) with a placeholder where something is missing or wrong; None if that is not enough.

    A link gets another address, so that its words stay; any other block with an error becomes a placeholder.
    """
    errors = [fault for fault in faults if fault.level == "error"]
    if not errors:
        return None
    found = dict(sources)
    for name in {PurePath(fault.file).name for fault in errors}:
        here = [fault for fault in errors if PurePath(fault.file).name == name]
        lines: list[str] | None = unified_lines(sources.get(name, ""))
        lines = _with_blocks(lines or [], [fault for fault in here if fault.code not in _FILLED])
        text = _with_values(lines, [fault for fault in here if fault.code in _FILLED]) if lines is not None else None
        if text is None:
            return None
        found[name] = text
    return found


def _with_blocks(lines: list[str], faults: list[Finding]) -> list[str] | None:
    """The lines with each block that has an error replaced, line for line; None if an error is in no block."""
    if not faults:
        return lines
    blocks = list(_blocks("\n".join(lines)))
    for fault in faults:
        block = next((each for each in blocks if each.start <= (fault.line or 0) - 1 < each.start + each.count), None)
        if block is None:
            return None
        inside = lines[block.start : block.start + block.count]
        lines[block.start : block.start + block.count] = _with_link(inside, fault) or [PLACEHOLDER, *[""] * (block.count - 1)]
    return lines


@dataclass(frozen=True, slots=True)
class _Lines:
    """Lines of a file: the index of the first, and how many."""

    start: int
    count: int


def _blocks(text: str) -> Iterator[_Lines]:
    """The lines of each block of the opening and of the articles. Without those of a card that is not closed: it has no end."""
    start = 0
    for part in split(text):
        if not part.id.startswith("@") or part.id == OPENING:
            at = start + body_line(part.text) - 1
            for group in read_groups(opened(part.text).body):
                at += group.gap.count("\n")
                count = group.source.count("\n") + 1
                closed = not group.source.startswith(":::") or group.source.rstrip().endswith(":::")
                if closed and (group.fault is None or group.fault.code not in _WHOLE):
                    yield _Lines(at, count)
                at += count - 1
        start += part.text.count("\n")


def _with_link(lines: list[str], fault: Finding) -> list[str] | None:
    """The lines with words or an address for the link that the error is about; None if it is not about one."""
    if not fault.code.startswith("link-"):
        return None
    url = f"#{fault.params['id']}" if fault.code == "link-anchor" else str(fault.params.get("url", ""))
    before, after = ("[](", f"[{PLACEHOLDER}](") if fault.code == "link-no-text" else (f"]({url})", f"]({_ADDRESS})")
    changed = [line.replace(before, after) for line in lines]
    return changed if changed != lines else None


def _with_values(lines: list[str], faults: list[Finding]) -> str | None:
    """The text of one file with placeholders. From the last line to the first, so that the numbers stay right."""
    codes = {fault.code for fault in faults}
    for fault in sorted(faults, key=lambda fault: -(fault.line or 0)):
        at = (fault.line or 1) - 1
        if fault.code == "key-empty":
            key, colon, rest = (lines[at] if at < len(lines) else "").partition(":")
            if not colon or rest.strip() not in ("", '""', "''"):
                return None
            value = f"{clock.now():%Y-%m-%d}" if fault.params.get("key") == "date" else f'"{PLACEHOLDER}"'
            lines[at] = f"{key}: {value}"
        elif fault.code == "article-empty":
            end = _end(lines, at, depth=2)
            lines[end:end] = ["", PLACEHOLDER, ""]
        elif fault.code == "section-empty":
            end = _end(lines, at, depth=1)
            lines[end:end] = ["", f"## {PLACEHOLDER}", "", PLACEHOLDER, ""]
    if "no-articles" in codes and "section-empty" not in codes:
        lines += ["", f"# {PLACEHOLDER}", "", f"## {PLACEHOLDER}", "", PLACEHOLDER, ""]
    return "\n".join(lines)


def _end(lines: list[str], at: int, depth: int) -> int:
    """The index behind the lines of a heading: of the next one of the same or a higher level, or the end."""
    for number in range(at + 1, len(lines)):
        found = _HEADING.match(lines[number])
        if found and len(found[1]) <= depth:
            return number
    return len(lines)
