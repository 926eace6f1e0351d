"""Parses HTML, and reads CSS selectors of tags, classes, ids, attributes, `:root`, and the combinators space and `>`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Element = Any  # lxml.etree._Element: lxml has no types of its own

# Control characters, at which lxml would end the document. The rule about them checks the text itself.
_CONTROL = bytes(byte for byte in range(32) if byte not in b"\t\n\r")


def parse(html: bytes) -> Element:
    """Parses a document in UTF-8. lxml truncates very deep documents; the MJML stage rejects those before."""
    from lxml import etree  # noqa: PLC0415  (an engine; loaded only for composing)
    from lxml import html as lxml_html  # noqa: PLC0415

    document = html.translate(None, _CONTROL) or b"<html><body></body></html>"
    return lxml_html.document_fromstring(document, parser=etree.HTMLParser(encoding="utf-8"))


def elements_of(root: Element) -> tuple[Element, ...]:
    """The root and every element in it, in document order, without comments."""
    from lxml import etree  # noqa: PLC0415  (loaded by `parse`)

    return tuple(root.iter(etree.Element))


_PIECE = re.compile(
    r"\.(?P<class>[\w-]+)|#(?P<id>[\w-]+)|\[(?P<name>[\w-]+)(?:=[\"']?(?P<value>[^\"'\]]*)[\"']?)?\]|(?P<root>:root)"
)
_TAG = re.compile(r"[A-Za-z][\w-]*|\*")
_STEP = re.compile(r"\s*(?P<child>>)\s*|\s+")


class StyledElement:
    """An element as selectors see it. `around`: the classes, and the attributes as `[name`, of all enclosing elements."""

    __slots__ = ("around", "attributes", "classes", "parent", "tag")

    def __init__(self, tag: str, attributes: Iterable[tuple[str, str]], parent: StyledElement | None) -> None:
        self.tag = tag
        self.attributes = dict(attributes)
        self.classes = frozenset(self.attributes.get("class", "").split())
        self.parent = parent
        self.around: frozenset[str] = frozenset()
        if parent:
            self.around = parent.around.union(parent.classes, (f"[{name}" for name in parent.attributes))


def styled_elements(elements: Iterable[Element]) -> dict[Element, StyledElement]:
    """Returns element -> StyledElement, parents first.

    Elements that no selector can tell apart share one, so that a style is computed once for all of them: that halves the time.
    """
    styled: dict[Element, StyledElement] = {}
    known: dict[tuple[str, tuple[tuple[str, str], ...], StyledElement | None], StyledElement] = {}
    for element in elements:
        kind = (element.tag, tuple(element.items()), styled.get(element.getparent()))
        if kind not in known:
            known[kind] = StyledElement(*kind)
        styled[element] = known[kind]
    return styled


@dataclass(frozen=True, slots=True)
class Compound:
    """A compound selector: `div.a#b[c=d]`. `child`: `>` is before it."""

    tag: str
    classes: frozenset[str]
    ids: frozenset[str]
    attributes: tuple[tuple[str, str | None], ...]
    root: bool
    child: bool

    def matches(self, element: StyledElement) -> bool:
        if self.tag and element.tag != self.tag:
            return False
        if not self.classes <= element.classes:
            return False
        if self.root and element.parent is not None:
            return False
        given = element.attributes
        if self.ids and given.get("id") not in self.ids:
            return False
        return all(name in given and (value is None or given[name] == value) for name, value in self.attributes)


def read_selector(text: str) -> tuple[tuple[Compound, ...], tuple[int, int, int]] | None:
    """Returns the compounds of a selector from right to left, and its specificity (ids, classes, tags).

    Returns None if the selector has anything else.
    """
    compounds: list[Compound] = []
    at, child, text = 0, False, text.strip()
    while at < len(text):
        tag = _TAG.match(text, at)
        at = tag.end() if tag else at
        pieces: list[re.Match[str]] = []
        while piece := _PIECE.match(text, at):
            pieces.append(piece)
            at = piece.end()
        if not tag and not pieces:
            return None
        compounds.append(
            Compound(
                "" if not tag or tag[0] == "*" else tag[0].lower(),
                frozenset(part["class"] for part in pieces if part["class"]),
                frozenset(part["id"] for part in pieces if part["id"]),
                tuple((part["name"].lower(), part["value"]) for part in pieces if part["name"]),
                any(part["root"] for part in pieces),
                child,
            )
        )
        if at == len(text):
            break
        step = _STEP.match(text, at)
        if step is None:
            return None
        at, child = step.end(), bool(step["child"])
    weight = (
        sum(len(compound.ids) for compound in compounds),
        sum(len(compound.classes) + len(compound.attributes) + compound.root for compound in compounds),
        sum(bool(compound.tag) for compound in compounds),
    )
    return tuple(reversed(compounds)), weight
