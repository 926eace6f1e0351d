"""Prints findings: as JSON, or as text with the errors on standard error."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from cli import output
from cli.texts.printed_values import near_path

if TYPE_CHECKING:
    from composer.errors import Finding


def document(finding: Finding, *, with_variant: bool = True) -> dict[str, object]:
    """A finding for `--json`. One of a theme belongs to no variant."""
    from composer.messages import finding_texts

    message, hint = finding_texts.text(finding.code, finding.params)
    variant = {"variant": finding.variant} if with_variant else {}
    return {
        "level": finding.level, "code": finding.code, "file": finding.file, "line": finding.line, "column": finding.column,
        **variant, "message": message, "hint": hint,
    }  # fmt: skip


def tell(findings: Iterable[Finding]) -> None:
    """Print each finding with its file as it is written from the working directory."""
    for reported in findings:
        finding = replace(reported, file=near_path(reported.file)) if reported.file else reported
        (output.note if finding.level == "error" else output.say)(f"{finding.level}: {finding}")


def errors_of(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.level == "error"]
