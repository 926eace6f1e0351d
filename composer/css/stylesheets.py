"""Style sheets and style blocks as lists of rules, their declarations, and the rules of a theme that a mail needs."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise
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


_CLASSES = re.compile(r'class="([^"]*)"')  # also matches mj-class; a surplus class only keeps a rule


@dataclass(frozen=True, slots=True)
class HeadRule:
    """One rule; `media` is its media query or "". Each selector comes with the classes that it names."""

    media: str
    selectors: tuple[tuple[str, frozenset[str]], ...]
    body: str


def parse_head_css(css: str) -> tuple[HeadRule, ...]:
    """Returns the rules of CSS that has passed `check_css`."""
    rules: list[HeadRule] = []
    for rule, media in style_rules(rules_of(css)):
        named = tuple(
            (tinycss2.serialize(selector).strip(), frozenset(_named(selector))) for selector in _at_commas(rule.prelude)
        )
        rules.append(HeadRule(media, named, tinycss2.serialize(rule.content).strip()))
    return tuple(rules)


def _at_commas(prelude: Sequence[tinycss2.ast.Node]) -> list[list[tinycss2.ast.Node]]:
    selectors: list[list[tinycss2.ast.Node]] = [[]]
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            selectors.append([])
        else:
            selectors[-1].append(token)
    return selectors


def _named(selector: Sequence[tinycss2.ast.Node]) -> Iterator[str]:
    """The classes that a selector requires; those in parentheses, as in :not(.x), do not count."""
    for before, token in pairwise(selector):
        if token.type == "ident" and before.type == "literal" and before.value == ".":
            yield token.value


def classes_in(markup: str) -> frozenset[str]:
    return frozenset(name for value in _CLASSES.findall(markup) for name in value.split())


def needed(rules: Iterable[HeadRule], classes: Collection[str]) -> str:
    """The rules as CSS, without the selectors that name a class that is not among `classes`."""
    blocks: list[str] = []
    present = frozenset(classes)
    for media, group in groupby(rules, key=lambda rule: rule.media):
        kept: list[str] = []
        for rule in group:
            selectors = [selector for selector, named in rule.selectors if named <= present]
            if selectors:
                kept.append(f"{','.join(selectors)}{{{rule.body}}}")
        if kept:
            blocks += [f"@media {media}{{", *kept, "}"] if media else kept
    return "\n".join(blocks)
