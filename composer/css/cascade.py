"""Which CSS holds for an element: style blocks, style attributes and old attributes, weighed as a mail program weighs them.

Enough of CSS for mails: selectors that composer.css.selectors reads, media queries by colour scheme and width. A selector with
anything else counts as matching nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import tinycss2
from tinycss2 import color3

from composer.css.element_classes import Kind, Kinds
from composer.css.html_tree import Element
from composer.css.selectors import Compound, read_selector
from composer.css.stylesheets import rules_of
from composer.preflight.parsed_html import Declaration, Page, StyleBlock, declarations

Mode = Literal["light", "dark"]
SCREEN = 800  # CSS pixels: the width of the window in which the mail is judged

_WIDTH = re.compile(r"\(\s*(min|max)-width\s*:\s*(\d+(?:\.\d+)?)(px|r?em)\s*\)")
_SCHEME = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)")
_FEATURE = re.compile(r"\([^)]*\)")


@dataclass(frozen=True, slots=True)
class Style:
    """One selector with what it sets. `chain` is read from the right; `weight` is (ids, classes, tags); `above` are the
    classes that elements around must have, `attributes` those of anything in the chain."""

    chain: tuple[Compound, ...]
    weight: tuple[int, int, int]
    media: str
    body: tuple[Declaration, ...]
    above: frozenset[str]
    attributes: frozenset[str]


@lru_cache(maxsize=64)
def read_sheet(css: str, media: str) -> tuple[Style, ...]:
    """Every selector of a style block, in order."""
    return tuple(_styles(rules_of(css), media))


def _styles(parsed: Sequence[tinycss2.ast.Node], media: str) -> Iterator[Style]:
    for rule in parsed:
        if rule.type == "at-rule" and rule.lower_at_keyword == "media" and rule.content is not None:
            inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            query = tinycss2.serialize(rule.prelude).strip()
            yield from _styles(inner, f"{media} and {query}" if media else query)
        elif rule.type == "qualified-rule":
            body, _ = declarations(tinycss2.serialize(rule.content))
            for selector in tinycss2.serialize(rule.prelude).split(","):
                read = read_selector(selector)
                if read is not None:
                    above = frozenset(name for each in read[0][1:] for name in each.classes)
                    attributes = frozenset(name for each in read[0] for name, _ in each.attributes)
                    yield Style(read[0], read[1], media, body, above, attributes)


def holds(media: str, mode: Mode) -> bool:
    """Whether a media query holds in a window of SCREEN pixels in light or dark; one that asks for more does not."""
    return not media or any(_holds(each.strip().lower(), mode) for each in media.split(","))


def _holds(query: str, mode: Mode) -> bool:
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
    return not _FEATURE.search(_SCHEME.sub("", _WIDTH.sub("", query)))


@lru_cache(maxsize=1)  # asked for by several rules
def kinds_of(page: Page) -> dict[Element, Kind]:
    """Each element's kind under the page's style blocks, the outermost first."""
    return _kinds_under(page.styles, _asked(page)).of(page)


@lru_cache(maxsize=1)
def each_kind_of(page: Page) -> tuple[Kind, ...]:
    """The kinds of the page's elements, each once, the outermost first."""
    return tuple(dict.fromkeys(kinds_of(page).values()))


@lru_cache(maxsize=16)
def _kinds_under(styles: tuple[StyleBlock, ...], asked: frozenset[str]) -> Kinds:
    return Kinds(asked)


def _asked(page: Page) -> frozenset[str]:
    """The attributes that selectors name, as far as anything in the page has them."""
    return frozenset(name for name in _named_by(page.styles) if name in page.attributes)


@lru_cache(maxsize=64)
def _named_by(styles: tuple[StyleBlock, ...]) -> frozenset[str]:
    sheets = [style for block in styles for style in read_sheet(block.text, block.media)]
    by_id = {"id"} if any(each.ids for style in sheets for each in style.chain) else set()
    return frozenset(by_id.union(*(style.attributes for style in sheets)))


def cascade_of(page: Page, mode: Mode, wanted: frozenset[str]) -> Cascade:
    """The cascade of a page's style blocks for the properties that are `wanted`."""
    return _cascade(page.styles, _asked(page), mode, wanted)


@lru_cache(maxsize=32)
def _cascade(styles: tuple[StyleBlock, ...], present: frozenset[str], mode: Mode, wanted: frozenset[str]) -> Cascade:
    return Cascade(styles, present, mode, wanted)


class Cascade:
    """Style blocks, ready to be asked what holds for a kind of element of the properties that are `wanted`. Of the attributes
    that selectors name, those in `present` are somewhere in the page."""

    def __init__(self, styles: tuple[StyleBlock, ...], present: frozenset[str], mode: Mode, wanted: frozenset[str]) -> None:
        self._wanted = wanted
        self._by_key: dict[str, list[tuple[int, Style, tuple[Declaration, ...]]]] = {}
        number = 0
        for block in styles:
            for style in read_sheet(block.text, block.media):
                body = _only(style.body, wanted)
                # `[data-ogsc]` and the like match only where a program has put it: not here.
                if body and holds(style.media, mode) and style.attributes <= present:
                    number += 1
                    last = style.chain[0]
                    key = next((f".{name}" for name in sorted(last.classes)), last.tag or "*")
                    self._by_key.setdefault(key, []).append((number, style, body))

    def winners(self, kind: Kind) -> dict[str, Declaration]:
        """Property -> the declaration that holds."""
        ranked: list[tuple[tuple[bool, bool, tuple[int, int, int], int], Declaration]] = []
        for key in (kind.tag, "*", *(f".{name}" for name in kind.classes)):
            for number, style, body in self._by_key.get(key, ()):
                # Most are told apart by the classes around alone, without looking at each element there.
                if style.above <= kind.above and style.chain[0].fits(kind) and _fits_above(style.chain, 0, kind):
                    ranked += [((each.important, False, style.weight, number), each) for each in body]
        inline = kind.attributes.get("style")
        if inline:
            ranked += [((each.important, True, (0, 0, 0), 0), each) for each in _wanted_of(inline, self._wanted)]
        ranked.sort(key=lambda pair: pair[0])
        return {each.name: each for _, each in ranked}


def _fits_above(chain: tuple[Compound, ...], at: int, kind: Kind) -> bool:
    if at + 1 == len(chain):
        return True
    around = kind.parent
    while around is not None:
        if chain[at + 1].fits(around) and _fits_above(chain, at + 1, around):
            return True
        if chain[at].child:
            return False
        around = around.parent
    return False


def _only(body: tuple[Declaration, ...], wanted: frozenset[str]) -> tuple[Declaration, ...]:
    return tuple(each for each in body if each.name in wanted)


@lru_cache(maxsize=2048)
def _wanted_of(style: str, wanted: frozenset[str]) -> tuple[Declaration, ...]:
    return _only(declarations(style)[0], wanted)


Colour = tuple[float, float, float, float]  # red, green, blue from 0 to 1, and opacity


@lru_cache(maxsize=512)
def colour_of(value: str) -> Colour | None:
    """The first colour in a value, such as that of a `background`; None where there is none."""
    for token in tinycss2.parse_component_value_list(value, skip_comments=True):
        colour = color3.parse_color(token)
        if colour is not None and not isinstance(colour, str):
            return (colour.red, colour.green, colour.blue, colour.alpha)
    return None


def over(fore: Colour, back: Colour) -> Colour:
    """A colour laid over one that is opaque."""
    part = fore[3]
    red, green, blue = (f * part + b * (1 - part) for f, b in zip(fore[:3], back[:3], strict=True))
    return red, green, blue, 1.0


def written(colour: Colour) -> str:
    """#rrggbb"""
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in colour[:3])
