"""Applies the levels that a publication sets for the codes of findings: more or less severe, or off."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import get_args

from composer.errors import Finding, Level
from composer.preflight.rule_registry import RULES
from composer.preflight.sending_rules import SENDING_RULES

OFF = "off"
LEVEL_CHOICES = ("error", "warning", "info", OFF)


def codes() -> dict[str, bool]:
    """Code of a rule -> whether its level is fixed."""
    return {entry.code: entry.fixed for entry in RULES} | SENDING_RULES


def levelled(findings: Iterable[Finding], levels: Mapping[str, str]) -> tuple[Finding, ...]:
    """Returns the findings at the levels set for their codes, without those that are off. A fixed rule keeps its own."""
    fixed = codes()
    kept: list[Finding] = []
    for finding in findings:
        level = levels.get(finding.code, "")
        if not level or fixed.get(finding.code, True):
            kept.append(finding)
        elif level in get_args(Level):
            kept.append(replace(finding, level=level))  # type: ignore[arg-type]
    return tuple(kept)
