"""Style sheets and style blocks as lists of rules, and the declarations of a rule or a style attribute."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

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


_PIXELS = re.compile(r"\s*(\d+(?:\.\d+)?)(?:px)?\s*")


@dataclass(frozen=True, slots=True)
class Declaration:
    """One `name: value` of CSS; `tokens` are tinycss2's."""

    name: str
    value: str
    important: bool
    tokens: tuple[Any, ...]


# Seven rules and the cascade read the same style attributes; kept for the next mail too, parsing them again would take 4 ms.
@lru_cache(maxsize=2048)
def declarations(style: str) -> tuple[tuple[Declaration, ...], tuple[str, ...]]:
    """Returns the declarations of a style attribute or of a rule's body, and the messages of its syntax errors."""
    body: list[Declaration] = []
    faults: list[str] = []
    for item in tinycss2.parse_declaration_list(style, skip_comments=True, skip_whitespace=True):
        if item.type == "declaration":
            tokens = tuple(item.value)
            body.append(Declaration(item.lower_name, tinycss2.serialize(tokens).strip(), item.important, tokens))
        else:
            faults.append(getattr(item, "message", "") or "this is not a declaration")
    return tuple(body), tuple(faults)


def value_in(style: str, name: str) -> str:
    """Returns the value that a style attribute gives the property, in lower case, or ""; the last declaration wins."""
    return next((declaration.value.lower() for declaration in reversed(declarations(style)[0]) if declaration.name == name), "")


def pixels(value: str | None) -> float | None:
    """`520` or `520px` -> 520.0; None for anything else."""
    match = _PIXELS.fullmatch(value or "")
    return float(match[1]) if match else None
