"""Classes of elements that no selector can tell apart, so that styles are computed once per class.

Two elements are in the same class if they have the same tag and the same attributes of those that matter, and if their parents are
in the same class. A mail has thousands of elements and some hundreds of such classes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from composer.css.html_tree import Element

_PRESENTATIONAL = frozenset({"bgcolor", "class", "color", "hidden", "href", "style", "text"})  # they change how an element looks


class ElementClass:
    """One class. Of `href` it only holds whether there is an address, unless a selector names the attribute."""

    __slots__ = ("attributes", "classes", "parent", "tag")

    def __init__(self, parent: ElementClass | None, tag: str, attributes: Iterable[tuple[str, str]]) -> None:
        self.parent, self.tag, self.attributes = parent, tag, dict(attributes)
        self.classes = frozenset(self.attributes.get("class", "").split())


def classify(elements: Iterable[Element], named: Collection[str]) -> dict[Element, ElementClass]:
    """Each element's class, in order. `elements` come parents first; `named` are the attributes that selectors name."""
    relevant = _PRESENTATIONAL.union(named)
    known: dict[tuple[object, ...], ElementClass] = {}
    found: dict[Element, ElementClass] = {}
    for element in elements:
        attributes = [(name, value) for name, value in element.items() if name in relevant]
        if "href" not in named:
            attributes = [(name, value and "#") if name == "href" else (name, value) for name, value in attributes]
        parent = found.get(element.getparent())
        key = (parent, element.tag, *attributes)
        if key not in known:
            known[key] = ElementClass(parent, element.tag, attributes)
        found[element] = known[key]
    return found
