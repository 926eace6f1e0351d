"""Rules about what is seen: words that can be read, light and dark, and the marks that let a program darken a mail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from composer.css.cascade import Cascade, Colour, Mode, cascade_of, colour_of, each_kind_of, kinds_of, over, written
from composer.css.element_classes import Kind
from composer.css.html_tree import Element
from composer.errors import Finding
from composer.preflight.parsed_html import Declaration, Page
from composer.preflight.rule_registry import Mail, fault, rule
from composer.preflight.rules.colour_source import rule_of

LEAST, LEAST_LARGE = 4.5, 3.0  # WCAG 2.2, success criterion 1.4.3
LARGE, LARGE_BOLD = 24.0, 18.66  # CSS pixels: 18 points, 14 points bold
_SMALLEST = 2.0  # what is smaller is a line or a gap, not words

_WANTED = frozenset(
    {"color", "background", "background-color", "background-image", "font-size", "font-weight", "font", "display", "visibility",
     "opacity"}
)  # fmt: skip
_BLACK: Colour = (0.0, 0.0, 0.0, 1.0)
_WHITE: Colour = (1.0, 1.0, 1.0, 1.0)
_PAPER_DARK: Colour = (18 / 255, 18 / 255, 18 / 255, 1.0)  # what programs show behind a mail that says it can be dark
_LINKS: dict[Mode, Colour] = {"light": (0.0, 0.0, 238 / 255, 1.0), "dark": (158 / 255, 158 / 255, 1.0, 1.0)}
_HEADINGS = {"h1": 2.0, "h2": 1.5, "h3": 1.17, "h4": 1.0, "h5": 0.83, "h6": 0.67}
_BOLD = frozenset({"b", "strong", "th", *_HEADINGS})
_LENGTH = re.compile(r"([\d.]+)(px|pt|em|rem|%)")
_SCHEME = re.compile(r"(?:^|[;{\s])color-scheme\s*:\s*[^;}]*\bdark\b")
_PART = re.compile(r"(\d*\.?\d+)(%?)")
_SIZES = {
    "xx-small": 9.0, "x-small": 10.0, "small": 13.0, "medium": 16.0, "large": 18.0, "x-large": 24.0, "xx-large": 32.0,
}  # fmt: skip
_NAMED_SIZE = re.compile(r"(?<![\w-])(?:x{1,2}-)?(?:small|large)(?![\w-])|(?<![\w-])medium(?![\w-])", re.IGNORECASE)
_UNITS = {"px": 1.0, "pt": 4 / 3, "rem": 16.0}


@dataclass(frozen=True)
class Look:
    """How the words of an element look. `ground` is None where a picture may lie behind them."""

    fore: Colour
    ground: Colour | None
    size: float
    bold: bool
    hidden: bool
    opacity: float = 1.0  # of the element and all around it

    @cached_property
    def pair(self) -> tuple[str, str, float] | None:
        """(colour of the words, ground, the least contrast of the two); None where nobody reads, or on a picture."""
        if self.hidden or self.ground is None or self.size <= _SMALLEST:
            return None
        least = LEAST_LARGE if self.size >= (LARGE_BOLD if self.bold else LARGE) else LEAST
        faded = (*self.fore[:3], self.fore[3] * self.opacity)
        return written(over(faded, self.ground)), written(self.ground), least


@rule("contrast", "error")
def _contrast(mail: Mail) -> Iterator[Finding]:
    """On the finished HTML, so that a rule which forgets an element is found."""
    yield from _faint(mail, "light")


@rule("contrast-dark", "error")
def _contrast_dark(mail: Mail) -> Iterator[Finding]:
    if says_dark(mail.page):
        yield from _faint(mail, "dark")


@rule("dark-meta", "warning")
def _dark_meta(mail: Mail) -> Iterator[Finding]:
    for name in ("color-scheme", "supported-color-schemes"):
        if set(mail.page.metas.get(name, "").split()) != {"light", "dark"}:
            yield fault("warning", name=name)


@rule("dark-scheme", "warning")
def _dark_scheme(mail: Mail) -> Iterator[Finding]:
    for block in mail.page.styles:
        for body in re.findall(r":root\s*\{([^}]*)\}", block.text):
            if _SCHEME.search(body):
                return
    yield fault("warning")


def says_dark(page: Page) -> bool:
    """Whether a program that is dark shows the mail dark: it says so, or has rules for it."""
    return "dark" in page.metas.get("color-scheme", "") or any("prefers-color-scheme" in each.text for each in page.styles)


def _faint(mail: Mail, mode: Mode) -> Iterator[Finding]:
    """One finding for each pair of colours that is too alike, with the first words that have it."""
    key = _looked_at(mail.page, mode)
    seen: set[tuple[str, str, float]] = set()
    for kind, (element, text) in _first_words(mail.page).items():
        pair = kind.looks[key].pair
        if pair is None or pair in seen:
            continue
        seen.add(pair)
        fore, back, least = pair
        ratio = _contrast_of(fore, back)
        if ratio < least:
            said = " ".join(text.split())[:40]
            found = fault(fore=fore, back=back, ratio=f"{ratio:.2f}", wanted=f"{least:g}", words=said)
            place = rule_of(mail.theme, element, mode, fore, back)
            yield replace(found, file=place[0], line=place[1]) if place else found


@lru_cache(maxsize=1)  # asked for light and for dark
def _first_words(page: Page) -> dict[Kind, tuple[Element, str]]:
    """The first words of each kind of elements that has any, in reading order."""
    kinds, found = kinds_of(page), dict[Kind, tuple[Element, str]]()
    for element, text in page.texts:
        if kinds[element] not in found and not text.isspace():
            found[kinds[element]] = element, text
    return found


@lru_cache(maxsize=512)
def _contrast_of(fore: str, back: str) -> float:
    from composer.themes.theme_settings import contrast  # noqa: PLC0415  (it brings the template engine with it)

    return contrast(fore, back)


def looks_of(page: Page, mode: Mode) -> dict[Element, Look]:
    """Element -> its look, from the outside in."""
    key = _looked_at(page, mode)
    return {element: kind.looks[key] for element, kind in kinds_of(page).items()}


def _looked_at(page: Page, mode: Mode) -> tuple[Mode, bool]:
    """The key under which each kind of the page's elements has its look; those that have none yet get theirs."""
    cascade = cascade_of(page, mode, _WANTED)
    darkened = mode == "dark" and says_dark(page)
    start = Look(_WHITE if darkened else _BLACK, _PAPER_DARK if darkened else _WHITE, 16.0, False, False)
    key = (mode, darkened)
    for kind in each_kind_of(page):
        if key not in kind.looks:
            kind.looks[key] = _look(kind, kind.parent.looks[key] if kind.parent else start, cascade, mode)
    return key


def _look(kind: Kind, around: Look, cascade: Cascade, mode: Mode) -> Look:
    given = cascade.winners(kind)
    return Look(
        _fore(kind, given, around, mode),
        _ground(kind, given, around),
        _size(kind, given, around),
        _bold(kind, given, around),
        around.hidden or "hidden" in kind.attributes or _hidden(given),
        around.opacity * _opacity(given),
    )


def _opacity(given: dict[str, Declaration]) -> float:
    """What an element lets through of itself, from 0 to 1."""
    match = _PART.fullmatch(given["opacity"].value) if "opacity" in given else None
    return min(1.0, float(match[1]) / (100 if match[2] else 1)) if match else 1.0


def _hidden(given: dict[str, Declaration]) -> bool:
    says = {name: each.value.lower() for name, each in given.items() if name in ("display", "visibility", "opacity")}
    return says.get("display") == "none" or says.get("visibility") == "hidden" or says.get("opacity") in ("0", "0.0")


def _fore(kind: Kind, given: dict[str, Declaration], around: Look, mode: Mode) -> Colour:
    told = colour_of(given["color"].value) if "color" in given else None
    if told is not None:
        return told
    if "color" in given and given["color"].value.lower() == "inherit":
        return around.fore
    if kind.tag == "a" and kind.attributes.get("href"):
        return _LINKS[mode]
    named = kind.attributes.get("color") if kind.tag == "font" else kind.attributes.get("text") if kind.tag == "body" else None
    return (colour_of(named) if named else None) or around.fore


def _ground(kind: Kind, given: dict[str, Declaration], around: Look) -> Colour | None:
    backs = [given[name] for name in ("background", "background-color") if name in given]
    picture = "background-image" in given and given["background-image"].value.lower() != "none"
    # Of the two properties the important one counts; of equals the one that names a colour alone.
    backs.sort(key=lambda each: (each.important, each.name == "background-color"))
    told = colour_of(backs[-1].value) if backs else None
    if told is None and kind.attributes.get("bgcolor"):
        told = colour_of(str(kind.attributes.get("bgcolor")))
    if picture or (backs and any(sign in backs[-1].value for sign in ("url(", "gradient("))):
        return None
    if told is None or told[3] == 0:
        return around.ground
    return over(told, around.ground) if around.ground is not None else told if told[3] == 1 else None


def _size(kind: Kind, given: dict[str, Declaration], around: Look) -> float:
    written_size = given["font-size"].value if "font-size" in given else given["font"].value if "font" in given else ""
    match = _LENGTH.search(written_size)
    if match is None and (named := _NAMED_SIZE.search(written_size)):
        return _SIZES[named[0].lower()]
    if match is None:
        return around.size * _HEADINGS.get(kind.tag, 1.0)
    number, unit = float(match[1]), match[2]
    return number * _UNITS[unit] if unit in _UNITS else around.size * (number / 100 if unit == "%" else number)


def _bold(kind: Kind, given: dict[str, Declaration], around: Look) -> bool:
    if "font-weight" in given:
        weight = given["font-weight"].value.lower()
        return weight in ("bold", "bolder") or (weight.isdigit() and int(weight) >= 600)
    return around.bold or kind.tag in _BOLD
