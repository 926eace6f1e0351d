"""Selectors of CSS, read: what an element must be, and what must be around it.

Tags, classes, ids and attributes in chains of blanks and `>` are understood; of a selector with anything else nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from composer.css.html_tree import Element

_PIECE = re.compile(
    r"\.(?P<class>[\w-]+)|#(?P<id>[\w-]+)|\[(?P<name>[\w-]+)(?:=[\"']?(?P<value>[^\"'\]]*)[\"']?)?\]|(?P<root>:root)"
)
_TAG = re.compile(r"[A-Za-z][\w-]*|\*")
_STEP = re.compile(r"\s*(?P<sign>>)\s*|\s+")
_SAYS = re.compile(r"\[(lang|dir)(\|?=)[\"']?([\w-]+)[\"']?\]")
_SIGN = re.compile(r"[+~>]")
_NONE: frozenset[str] = frozenset()


class Described(Protocol):
    """What is asked of an element: `attributes` has those that a selector may name."""

    @property
    def tag(self) -> str: ...
    @property
    def classes(self) -> frozenset[str]: ...
    @property
    def attributes(self) -> Mapping[str, str]: ...
    @property
    def parent(self) -> object | None: ...


@dataclass(frozen=True, slots=True)
class Compound:
    """One element of a selector: `div.a#b[c=d]`. `child`: it must be the parent's child of the one before it."""

    tag: str
    classes: frozenset[str]
    ids: frozenset[str]
    attributes: tuple[tuple[str, str | None], ...]
    root: bool
    child: bool

    def fits(self, kind: Described) -> bool:
        if self.tag and kind.tag != self.tag:
            return False
        if not self.classes <= kind.classes:
            return False
        if self.root and kind.parent is not None:
            return False
        given = kind.attributes
        if self.ids and given.get("id") not in self.ids:
            return False
        return all(name in given and (value is None or given[name] == value) for name, value in self.attributes)


@lru_cache(maxsize=256)
def read_selector(text: str) -> tuple[tuple[Compound, ...], tuple[int, int, int]] | None:
    """The chain of a selector, from the right, and its weight; None where it says more than is understood here."""
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
        at, child = step.end(), bool(step["sign"])
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
