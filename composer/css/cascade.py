"""The CSS cascade: which declarations win for an element, from style blocks and its style attribute.

It covers what mails use: the selectors that composer.css.selectors reads, and media queries by colour scheme and width. A rule
with any other selector or query is treated as if it never matched.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Literal

import tinycss2

from composer.css.selectors import Compound, StyledElement, read_selector
from composer.css.stylesheets import Declaration, StyleBlock, declarations, rules_of, style_rules

Mode = Literal["light", "dark"]
SCREEN = 800  # CSS pixels: the width of the window for which the styles are computed

_WIDTH = re.compile(r"\(\s*(min|max)-width\s*:\s*(\d+(?:\.\d+)?)(px|r?em)\s*\)")
_SCHEME = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)")


@dataclass(frozen=True, slots=True)
class StyleRule:
    """One selector and its declarations. `chain` starts with the rightmost compound; `weight` is (ids, classes, tags); `around`
    are the classes and attributes that enclosing elements must have, as in `StyledElement.around`."""

    chain: tuple[Compound, ...]
    weight: tuple[int, int, int]
    media: str
    body: tuple[Declaration, ...]
    around: frozenset[str]


@lru_cache(maxsize=16)  # a theme writes the same blocks into each of its mails; reading them takes 7 ms
def read_sheet(block: StyleBlock) -> tuple[StyleRule, ...]:
    rules: list[StyleRule] = []
    for rule, media in style_rules(rules_of(block.text), block.media):
        body, _ = declarations(tinycss2.serialize(rule.content))
        for selector in tinycss2.serialize(rule.prelude).split(","):
            read = read_selector(selector)
            if read is not None:
                rules.append(StyleRule(*read, media, body, _around(read[0])))
    return tuple(rules)


def _around(chain: tuple[Compound, ...]) -> frozenset[str]:
    attributes = (f"[{name}" for compound in chain[1:] for name, _ in compound.attributes)
    return frozenset(attributes).union(*(compound.classes for compound in chain[1:]))


def matches(media: str, mode: Mode) -> bool:
    """Whether a media query matches in a window of SCREEN pixels in light or dark mode."""
    return not media or any(_matches(query.strip().lower(), mode) for query in media.split(","))


def _matches(query: str, mode: Mode) -> bool:
    if query in ("not print", "not speech"):
        return True
    if query.startswith(("print", "not ", "only print", "speech")):
        return False
    for kind, number, unit in _WIDTH.findall(query):
        width = float(number) * (1 if unit == "px" else 16)
        if width > SCREEN if kind == "min" else width < SCREEN:
            return False
    if any(scheme != mode for scheme in _SCHEME.findall(query)):
        return False
    return ")" not in _SCHEME.sub("", _WIDTH.sub("", query)).partition("(")[2]  # no other feature is in brackets


class Cascade:
    """The rules of some style blocks that set one of the given `properties`."""

    def __init__(self, blocks: Sequence[StyleBlock], mode: Mode, properties: Collection[str]) -> None:
        self._properties = properties
        self._own: dict[str, tuple[Declaration, ...]] = {}  # style attribute -> its declarations: most elements share theirs
        # By a class, or else the tag, that an element must have.
        self._by_key: dict[str, list[tuple[int, StyleRule, tuple[Declaration, ...]]]] = {}
        for number, rule in enumerate(rule for block in blocks for rule in read_sheet(block)):
            body = self._relevant(rule.body)
            if body and matches(rule.media, mode):
                last = rule.chain[0]
                key = f".{min(last.classes)}" if last.classes else last.tag or "*"
                self._by_key.setdefault(key, []).append((number, rule, body))

    def winners(self, element: StyledElement) -> dict[str, Declaration]:
        """Property -> the declaration that wins."""
        ranked: list[tuple[tuple[bool, bool, tuple[int, int, int], int], Declaration]] = []
        for key in (element.tag, "*", *(f".{name}" for name in element.classes)):
            for number, rule, body in self._by_key.get(key, ()):
                # Most rules need classes that no enclosing element has: comparing sets is much cheaper than walking up.
                if rule.around <= element.around and _selects(rule.chain, element):
                    ranked += [((declaration.important, False, rule.weight, number), declaration) for declaration in body]
        if style := element.attributes.get("style"):
            if style not in self._own:
                self._own[style] = self._relevant(declarations(style)[0])
            ranked += [((declaration.important, True, (0, 0, 0), 0), declaration) for declaration in self._own[style]]
        if len(ranked) > 1:
            ranked.sort(key=itemgetter(0))
        return {declaration.name: declaration for _, declaration in ranked}

    def _relevant(self, body: tuple[Declaration, ...]) -> tuple[Declaration, ...]:
        return tuple(declaration for declaration in body if declaration.name in self._properties)


def _selects(chain: tuple[Compound, ...], element: StyledElement) -> bool:
    """Whether the element matches the first compound of the chain, and elements around it the others."""
    if not chain[0].matches(element):
        return False
    if len(chain) == 1:
        return True
    around = element.parent
    while around is not None:
        if _selects(chain[1:], around):
            return True
        if chain[0].child:
            return False
        around = around.parent
    return False
