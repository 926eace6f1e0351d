"""A style sheet or style block as its rules. Several ask for the same one, one after the other, and parsing is slow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

import tinycss2


@lru_cache(maxsize=16)
def rules_of(css: str) -> tuple[tinycss2.ast.Node, ...]:
    """The rules and faults of CSS, without comments and blanks between them. Nobody may change them."""
    return tuple(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True))


def style_rules(rules: Iterable[tinycss2.ast.Node], less: str = "") -> Iterator[tinycss2.ast.Node]:
    """The rules that hold declarations, those within @media too, less those whose query has the word `less`."""
    for rule in rules:
        if rule.type == "qualified-rule":
            yield rule
        elif rule.type == "at-rule" and rule.content is not None and not (less and less in tinycss2.serialize(rule.prelude)):
            inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            yield from style_rules(inner, less)
