"""Kinds of elements: elements alike in all that style can ask of them, within elements that are alike.

A mail has many elements and few kinds, and most of these come with its theme: they hold tags, classes and styles, never the
words of an issue, and serve for the next mail too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from composer.css.html_tree import Element
from composer.preflight.parsed_html import Page

if TYPE_CHECKING:
    from composer.preflight.rules.contrast import Look
    from composer.preflight.rules.outlook_layout import Room

Given = tuple[tuple[str, str], ...]
_ALWAYS = frozenset({"bgcolor", "color", "hidden", "text"})  # attributes that say how an element looks, beside class and style
_MOST = 2048  # kinds that are kept; a mail has some hundreds


class Kind:
    """One kind. `above` are the classes of all elements around; `attributes` has those that were asked for, and of an address
    only whether there is one. `looks` is filled by whoever works a look out, and `room` likewise."""

    __slots__ = ("above", "attributes", "classes", "looks", "parent", "room", "tag")

    def __init__(self, parent: Kind | None, tag: str, style: str | None, classes: str | None, others: Given | None) -> None:
        self.parent, self.tag, self.attributes = parent, tag, dict(others or ())
        self.attributes |= {name: value for name, value in (("style", style), ("class", classes)) if value is not None}
        self.classes = frozenset((classes or "").split())
        self.above: frozenset[str] = parent.above | parent.classes if parent else frozenset()
        self.looks: dict[tuple[str, bool], Look] = {}
        self.room: Room | None = None


class Kinds:
    """The kinds met so far under one set of style blocks, whose selectors ask for the attributes `asked`."""

    def __init__(self, asked: frozenset[str]) -> None:
        self._asked = sorted((_ALWAYS | asked) - {"class", "style"})
        self._known: dict[tuple[Kind | None, str, str | None, str | None, Given | None], Kind] = {}

    def of(self, page: Page) -> dict[Element, Kind]:
        """Each element's kind, the outermost first."""
        if len(self._known) > _MOST:
            self._known.clear()
        styles, classes, others = page.having("style"), page.having("class"), self._others(page)
        known, found = self._known, dict[Element, Kind]()
        for element in page.elements:
            key = (
                found.get(element.getparent()), element.tag, styles.get(element), classes.get(element), others.get(element),
            )  # fmt: skip
            kind = known.get(key)
            if kind is None:
                kind = known[key] = Kind(*key)
            found[element] = kind
        return found

    def _others(self, page: Page) -> dict[Element, Given]:
        """What few elements have."""
        given: dict[Element, Given] = {}
        for name in self._asked:
            for element, value in page.having(name).items():
                given[element] = (*given.get(element, ()), (name, value))
        if "href" not in self._asked:
            for element, value in page.having("href").items():
                given[element] = (*given.get(element, ()), ("href", value and "#"))
        return given
