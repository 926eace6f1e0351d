"""Kinds of elements: elements alike in all that style can ask of them, within elements that are alike.

A mail has many elements and few kinds, and most of these come with its theme: they hold tags, classes and styles, never the
words of an issue, and serve for the next mail too.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from composer.preflight.page import Element, Page

if TYPE_CHECKING:
    from composer.preflight.look import Look

_ALWAYS = ("bgcolor", "class", "color", "style", "text")  # attributes that say how an element looks
_MOST = 2048  # kinds that are kept; a mail has some hundreds


class Kind:
    """One kind. `above` are the classes of all elements around; `attributes` has those that were asked for, and of an address
    only whether there is one. `looks` is filled by whoever works a look out."""

    __slots__ = ("above", "attributes", "classes", "looks", "parent", "tag")

    def __init__(self, parent: Kind | None, tag: str, attributes: dict[str, str]) -> None:
        self.parent, self.tag, self.attributes = parent, tag, attributes
        self.classes = frozenset(attributes.get("class", "").split())
        self.above: frozenset[str] = parent.above | parent.classes if parent else frozenset()
        self.looks: dict[tuple[str, bool], Look] = {}


class Kinds:
    """The kinds met so far under one set of style blocks, whose selectors ask for the attributes `asked`."""

    def __init__(self, asked: frozenset[str]) -> None:
        self._asked = (*_ALWAYS, *sorted(asked.difference(_ALWAYS)))
        self._known: dict[tuple[Any, ...], Kind] = {}

    def of(self, page: Page) -> dict[Element, Kind]:
        """Each element's kind, the outermost first."""
        if len(self._known) > _MOST:
            self._known.clear()
        given, known, found = self._given(page), self._known, dict[Element, Kind]()
        for element in page.elements:
            attributes = given.get(element, ())
            key = (found.get(element.getparent()), element.tag, *attributes)
            kind = known.get(key)
            if kind is None:
                kind = known[key] = Kind(key[0], element.tag, dict(attributes))
            found[element] = kind
        return found

    def _given(self, page: Page) -> dict[Element, list[tuple[str, str]]]:
        given: defaultdict[Element, list[tuple[str, str]]] = defaultdict(list)
        for name in self._asked:
            for element, value in page.having(name).items():
                given[element].append((name, value))
        if "href" not in self._asked:
            for element, value in page.having("href").items():
                given[element].append(("href", value and "#"))
        return given
