"""A style sheet or style block as its rules. Several ask for the same one, one after the other, and parsing is slow."""

from __future__ import annotations

from functools import lru_cache

import tinycss2


@lru_cache(maxsize=16)
def rules_of(css: str) -> tuple[tinycss2.ast.Node, ...]:
    """The rules and faults of CSS, without comments and blanks between them. Nobody may change them."""
    return tuple(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True))
