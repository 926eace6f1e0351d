"""Style sheets and style blocks as lists of rules."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import tinycss2


@dataclass(frozen=True, slots=True)
class StyleBlock:
    """A `<style>` element: its CSS and its `media` attribute."""

    text: str
    media: str = ""


# Several rules and the cascade read the same style blocks; parsing them takes 2 ms each time.
@lru_cache(maxsize=16)
def rules_of(css: str) -> tuple[tinycss2.ast.Node, ...]:
    """The rules and syntax errors of CSS, without comments and whitespace between them. Do not change them: they are shared."""
    return tuple(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True))


def style_rules(rules: Iterable[tinycss2.ast.Node], media: str = "") -> Iterator[tuple[tinycss2.ast.Node, str]]:
    """Yields the rules with declarations, each with its media query; `media` is a query that applies to all of them."""
    for rule in rules:
        if rule.type == "qualified-rule":
            yield rule, media
        elif rule.type == "at-rule" and rule.lower_at_keyword == "media" and rule.content is not None:
            inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            query = tinycss2.serialize(rule.prelude).strip()
            yield from style_rules(inner, f"{media} and {query}" if media else query)
