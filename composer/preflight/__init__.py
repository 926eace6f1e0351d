"""Checks of a finished mail before it is sent.

`inspect` applies every rule of `rules/` to a `Mail`. `inspect_headers` and `inspect_subject` check what only a campaign has.
`levelled` applies the levels that a publication has set.
"""

from composer.preflight import rules  # noqa: F401  (registers the rules)
from composer.preflight.levels import LEVEL_CHOICES, codes, levelled
from composer.preflight.mail import Mail, SizeBudget
from composer.preflight.rule_registry import RULES, inspect
from composer.preflight.sending_rules import inspect_headers, inspect_subject

__all__ = ["LEVEL_CHOICES", "RULES", "Mail", "SizeBudget", "codes", "inspect", "inspect_headers", "inspect_subject", "levelled"]
