"""Reads CSS selectors that consist of tags, classes, ids, attributes, `:root`, and the combinators space and `>`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from composer.css.html_tree import Element

_PIECE = re.compile(
    r"\.(?P<class>[\w-]+)|#(?P<id>[\w-]+)|\[(?P<name>[\w-]+)(?:=[\"']?(?P<value>[^\"'\]]*)[\"']?)?\]|(?P<root>:root)"
)
_TAG = re.compile(r"[A-Za-z][\w-]*|\*")
_STEP = re.compile(r"\s*(?P<child>>)\s*|\s+")
_SAYS = re.compile(r"\[(lang|dir)(\|?=)[\"']?([\w-]+)[\"']?\]")
_SIGN = re.compile(r"[+~>]")
_NONE: frozenset[str] = frozenset()


class StyledElement:
    """An element as selectors see it. `around` are the classes, and the attributes as `[name`, of the elements around it."""

    __slots__ = ("around", "attributes", "classes", "parent", "tag")

    def __init__(self, element: Element, parent: StyledElement | None) -> None:
        self.tag: str = element.tag
        self.attributes: dict[str, str] = dict(element.items())
        self.classes = frozenset(self.attributes.get("class", "").split())
        self.parent = parent
        self.around = parent.around.union(parent.classes, (f"[{name}" for name in parent.attributes)) if parent else _NONE


def styled_elements(elements: Iterable[Element]) -> dict[Element, StyledElement]:
    """Element -> how selectors see it. Parents come first."""
    found: dict[Element, StyledElement] = {}
    for element in elements:
        found[element] = StyledElement(element, found.get(element.getparent()))
    return found


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
    """The compounds of a selector from right to left, and its specificity (ids, classes, tags); None if it has anything else."""
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
                frozenset(each["class"] for each in pieces if each["class"]),
                frozenset(each["id"] for each in pieces if each["id"]),
                tuple((each["name"].lower(), each["value"]) for each in pieces if each["name"]),
                any(each["root"] for each in pieces),
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
        sum(len(each.ids) for each in compounds),
        sum(len(each.classes) + len(each.attributes) + each.root for each in compounds),
        sum(bool(each.tag) for each in compounds),
    )
    return tuple(reversed(compounds)), weight


class Inventory:
    """What a document has: tags with their classes and those around them. However long a mail, such kinds are few.

    The languages and directions that elements say count among the classes, in brackets.
    """

    def __init__(self, root: Element) -> None:
        self._by_tag: dict[str, set[tuple[frozenset[str], frozenset[str]]]] = {}
        self._known: dict[str, bool] = {}
        inside: dict[Element, frozenset[str]] = {}  # element -> the classes around what is in it
        for element in root.iter("*"):
            above = inside.get(element.getparent(), _NONE)
            get = element.get
            own = _own(get("class"), get("lang"), get("dir"))
            inside[element] = above | own if own else above
            self._by_tag.setdefault(element.tag, set()).add((own, above))

    def may_fit(self, selector: str) -> bool:
        """False where the selector fits no element for certain."""
        if selector not in self._known:
            read = _most_of(selector)
            self._known[selector] = read is None or self._has(*read)
        return self._known[selector]

    def _has(self, tag: str, wanted: frozenset[str], wanted_around: frozenset[str]) -> bool:
        for each in (tag,) if tag else self._by_tag:
            for own, above in self._by_tag.get(each, ()):
                if wanted <= own and wanted_around <= above:
                    return True
        return False


@lru_cache(maxsize=4096)
def _own(classes: str | None, language: str | None, direction: str | None) -> frozenset[str]:
    if not (classes or language or direction):
        return _NONE
    return frozenset({*(classes or "").split(), *_said("lang", language), *_said("dir", direction)})


def _said(name: str, value: str | None) -> Iterator[str]:
    """What a selector may ask of an attribute with this value: `[lang=zh-Hans]`, `[lang|=zh-Hans]`, `[lang|=zh]`."""
    if value:
        yield f"[{name}={value}]"
        parts = value.split("-")
        for number in range(1, len(parts) + 1):
            yield f"[{name}|={'-'.join(parts[:number])}]"


@lru_cache(maxsize=2048)
def _most_of(selector: str) -> tuple[str, frozenset[str], frozenset[str]] | None:
    """The tag and the classes of the element that a selector is about, and the classes that must be around it.
    What stands beside an element is left out; None where the rest is not understood."""
    words = _SIGN.sub(r" \g<0> ", selector).split()
    # Only within brackets and quotation marks can a sign mean something else; such a selector is not understood, and kept.
    beside = {at for at, word in enumerate(words[1:]) if word in ("+", "~")}
    compounds = [word for at, word in enumerate(words) if word not in ("+", "~", ">") and at not in beside]
    said = [frozenset(f"[{name}{sign}{value}]" for name, sign, value in _SAYS.findall(each)) for each in compounds]
    read = [read_selector(_SAYS.sub("", each) or "*") for each in compounds]
    if not compounds or any(each is None or len(each[0]) != 1 for each in read):
        return None
    classes = [each[0][0].classes | words for each, words in zip(read, said, strict=True) if each]
    return read[-1][0][0].tag if read[-1] else "", classes[-1], _NONE.union(*classes[:-1])
