"""Fills what an unfinished issue lacks, so that its mail can be shown while it is written. The result is never stored or sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePath

from composer.errors import Finding
from composer.issue.parsing.issue_file import unified_lines
from publication import clock

PLACEHOLDER = "…"
_HEADING = re.compile(r" {0,3}(#{1,2})(?:[ \t]|$)")
_FILLED = {"key-empty", "article-empty", "section-empty", "no-articles"}


def filled(sources: Mapping[str, str], faults: Iterable[Finding]) -> dict[str, str] | None:
    """The files (name -> text) with a placeholder where something is missing; None if they have other errors, too."""
    errors = [fault for fault in faults if fault.level == "error"]
    if not errors or any(fault.code not in _FILLED for fault in errors):
        return None
    found = dict(sources)
    for name in {PurePath(fault.file).name for fault in errors}:
        here = [fault for fault in errors if PurePath(fault.file).name == name]
        text = _with_values(unified_lines(sources.get(name, "")), here)
        if text is None:
            return None
        found[name] = text
    return found


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
