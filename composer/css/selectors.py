"""Selectors of CSS, read: what an element must be, and what must be around it.

Tags, classes, ids and attributes in chains of blanks and `>` are understood; of a selector with anything else nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

_PIECE = re.compile(
    r"\.(?P<class>[\w-]+)|#(?P<id>[\w-]+)|\[(?P<name>[\w-]+)(?:=[\"']?(?P<value>[^\"'\]]*)[\"']?)?\]|(?P<root>:root)"
)
_TAG = re.compile(r"[A-Za-z][\w-]*|\*")
_STEP = re.compile(r"\s*(?P<sign>>)\s*|\s+")


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
