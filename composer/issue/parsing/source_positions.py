"""Adds line and column to findings: the position of the text that a finding quotes."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from composer.errors import Finding

# The parameters that quote something as written, the most specific first.
_NAMING = ("html", "url", "src", "text", "value", "id", "name", "key", "title", "what")
_SHORTEST = 2
_LONGEST_PARAGRAPH = 40  # lines


def placed(findings: Iterable[Finding], lines: Sequence[str]) -> tuple[Finding, ...]:
    """Adds columns to the findings that have a line, and sorts them by position; `lines` are those of the file.

    A finding about a paragraph may have the first line of the paragraph although its text is some lines below. Then it gets the
    line of that text.
    """
    positioned = [_placed(finding, lines) for finding in findings]
    return tuple(sorted(positioned, key=lambda finding: (finding.line or 0, finding.column or 0)))


def _placed(finding: Finding, lines: Sequence[str]) -> Finding:
    if finding.line is None or finding.column is not None or not 1 <= finding.line <= len(lines):
        return finding
    for needle in _needles(finding):
        for offset, line in enumerate(lines[finding.line - 1 : finding.line - 1 + _LONGEST_PARAGRAPH]):
            if offset and not line.strip():
                break
            at = line.find(needle)
            if at >= 0:
                within = finding.params.get("at", 1)  # the character in the text, from 1; conditions know the exact one
                column = min(at + within, len(line) + 1) if isinstance(within, int) else at + 1
                return replace(finding, line=finding.line + offset, column=column)
    line = lines[finding.line - 1]
    return replace(finding, column=len(line) - len(line.lstrip()) + 1)


def _needles(finding: Finding) -> Iterable[str]:
    for name in _NAMING:
        value = finding.params.get(name)
        if isinstance(value, str) and len(value.strip()) >= _SHORTEST:
            yield value.strip()
