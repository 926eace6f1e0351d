"""Removes the rules of a theme's style sheet that a mail does not need.

A theme has rules for every block and tone, and Gmail drops all style blocks of a mail that has more than 16 KB of them.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import tinycss2

from composer.css.stylesheets import rules_of, style_rules

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
