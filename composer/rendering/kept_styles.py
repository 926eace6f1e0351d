"""What the inliner wrote for each kind of element, kept, so that it is asked once per kind and not once per mail.

Of one kind are elements that no selector of a theme can tell apart: alike in tag, class, style and every attribute that a
selector names, behind alike neighbours where one asks for them, within elements that are alike. Words of an issue are in none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from composer.css.html_tree import Element
from composer.css.unused_rules import parse_head_css

Own = tuple[str | None, ...]  # what an element itself has: tag, class, style, attributes asked for

_ATTRIBUTE = re.compile(r"\[\s*([\w-]+)\s*(?:[~|^$*]?=[^\]]*)?\]")
_PLAIN = re.compile(r"[\w\s.#*>+-]*")  # names, classes and ids, inside or right behind one another
_STEP = re.compile(r"[\s>]+")
_TAG = re.compile(r"[A-Za-z][\w-]*")
_MOST = 4096  # kinds that are kept of a theme; a mail has some two hundred


@dataclass(frozen=True, slots=True)
class Asked:
    """What the selectors of a theme can ask of an element: its `attributes` beside class and style, and whether it stands
    right behind one with a tag of `before` ("" is any)."""

    attributes: tuple[str, ...]
    before: frozenset[str]


def what_is_asked(selectors: Iterable[str]) -> Asked | None:
    """None where one of them asks for more, such as which child an element is: then no kinds can be made."""
    attributes, before = set[str](), set[str]()
    for selector in selectors:
        bare = _ATTRIBUTE.sub("", selector)
        steps = [_STEP.split(each.strip()) for each in bare.split("+")]
        if not _PLAIN.fullmatch(bare) or any(len(each) == 1 for each in steps[1:-1]):
            return None
        attributes.update(name.lower() for name in _ATTRIBUTE.findall(selector))
        attributes.update(("id",) * ("#" in bare))
        for each in steps[:-1]:
            tag = _TAG.match(each[-1])
            before.add(tag[0].lower() if tag else "")
    return Asked(tuple(sorted(attributes - {"class", "style"})), frozenset(before))


class Kind:
    """One kind. Once it is `known`, `style` is its style attribute with the theme's rules; None where it has none."""

    __slots__ = ("inside", "known", "style")

    def __init__(self) -> None:
        self.inside: dict[tuple[Own, Own | None], Kind] = {}
        self.known = False
        self.style: str | None = None


class KeptStyles:
    """The kinds met so far under the rules of one theme."""

    def __init__(self, css: str) -> None:
        rules = [rule for rule in parse_head_css(css) if not rule.media]
        self._asked = what_is_asked(selector for rule in rules for selector, _ in rule.selectors)
        self._top, self.count = Kind(), 0

    def kinds_of(self, root: Element) -> dict[Element, Kind]:
        """Each element's kind, the outermost first; empty where the theme's selectors ask for more than a kind has."""
        if self._asked is None:
            return {}
        if self.count > _MOST:
            self._top, self.count = Kind(), 0
        top, asked, before = self._top, self._asked.attributes, self._asked.before
        found: dict[Element, Kind] = {}
        neighbours: dict[Element, Own | None] = {}  # parent -> what its last element so far has, if a selector may ask for it
        for element in root.iter("*"):
            parent, tag, get = element.getparent(), element.tag, element.get
            own = (tag, get("class"), get("style"), *map(get, asked))
            around = found.get(parent, top).inside
            key = (own, neighbours.get(parent))
            if before:
                neighbours[parent] = own if tag in before or "" in before else None
            kind = around.get(key)
            if kind is None:
                kind = around[key] = Kind()
                self.count += 1
            found[element] = kind
        return found


@lru_cache(maxsize=16)
def kept_styles(css: str) -> KeptStyles:
    """Those of a theme's rules."""
    return KeptStyles(css)
