"""Add the line and column of each finding: the position of the text that the finding quotes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from composer.errors import Finding

# The parameters that name something as it is written, the most telling first.
_NAMING = ("html", "url", "src", "text", "value", "id", "name", "key", "title", "what")
_SHORTEST = 2
_LONGEST_PARAGRAPH = 40  # lines


def placed(findings: Iterable[Finding], lines: Sequence[str]) -> tuple[Finding, ...]:
    """The findings, each with a line also with a column; `lines` are those of the file. In the order of places.

    A finding about a paragraph may name its first line while what it speaks of stands some lines below: then it gets
    that line.
    """
    found = [_placed(finding, lines) for finding in findings]
    return tuple(sorted(found, key=lambda finding: (finding.line or 0, finding.column or 0)))


def _placed(finding: Finding, lines: Sequence[str]) -> Finding:
    if finding.line is None or finding.column is not None or not 1 <= finding.line <= len(lines):
        return finding
    for needle in _needles(finding):
        for offset, line in enumerate(lines[finding.line - 1 : finding.line - 1 + _LONGEST_PARAGRAPH]):
            if offset and not line.strip():
                break
            at = line.find(needle)
            if at >= 0:
                within = finding.params.get("at", 1)  # which of its characters is meant, from 1: that of a condition is known
                column = min(at + within, len(line) + 1) if isinstance(within, int) else at + 1
                return replace(finding, line=finding.line + offset, column=column)
    line = lines[finding.line - 1]
    return replace(finding, column=len(line) - len(line.lstrip()) + 1)


def _needles(finding: Finding) -> Iterable[str]:
    for name in _NAMING:
        value = finding.params.get(name)
        if isinstance(value, str) and len(value.strip()) >= _SHORTEST:
            yield value.strip()
