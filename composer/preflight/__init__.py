"""Checks of a finished mail before it is sent.

`inspect` applies every rule of `rules/` to a `Mail`. `inspect_headers`, `inspect_subject`, `inspect_digest` and `inspect_size`
check what only a campaign has.
`levelled` applies the levels that a publication has set.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import get_args

from composer.errors import Finding, Level
from composer.preflight import rules  # noqa: F401  (registers the rules)
from composer.preflight.mail import Mail, SizeBudget
from composer.preflight.rule_registry import RULES, inspect
from composer.preflight.rules.size_rules import inspect_size
from composer.preflight.sending_rules import SENDING_RULES, inspect_digest, inspect_headers, inspect_subject

__all__ = [
    "LEVEL_CHOICES", "RULES", "Mail", "SizeBudget", "codes", "inspect", "inspect_digest", "inspect_headers", "inspect_size",
    "inspect_subject", "levelled",
]  # fmt: skip
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
