"""The state that all block readers share: the text of the body, its position in the file, cut-out fields and marks, findings."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from composer.errors import Findings
from composer.issue import conditions
from composer.issue.parsing.inlines import Cuttings, InlineReader


class BlockContext:
    """The state of reading one body. `lines_before`: the number of lines in the file before it."""

    def __init__(self, cuttings: Cuttings, findings: Findings, lines_before: int) -> None:
        self.cuttings, self.findings, self.lines_before = cuttings, findings, lines_before
        self.text = ""  # the body as the parser sees it

    @cached_property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    def line_of(self, where: Sequence[int] | None) -> int:
        """Returns the line of the file in which a node of the Markdown parser begins."""
        return self.lines_before + 1 + (where[0] if where else 0)

    def inlines(self, line: int) -> InlineReader:
        return InlineReader(self.cuttings, self.findings, line)

    def condition(self, text: str, line: int) -> str:
        """Returns the normal form of a condition; an empty string after a finding."""
        text = self.cuttings.put_back(text).strip()
        try:
            return str(conditions.parse(text.replace("\n", " ")))
        except conditions.ConditionError as fault:
            self.findings.error(fault.code, line, text=text.split("\n")[0], problem=fault.problem, at=fault.column)
            return ""
