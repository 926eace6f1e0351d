"""Computes the style of the text of each element as a browser does: colour, background, size, weight and visibility."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from composer.css.cascade import Cascade, Mode
from composer.css.colours import Colour, colour_of, over
from composer.css.selectors import Element, StyledElement
from composer.css.stylesheets import Declaration, StyleBlock

_WANTED = frozenset(
    {"color", "background", "background-color", "background-image", "font-size", "font-weight", "font", "display", "visibility",
     "opacity"}
)  # fmt: skip
_BLACK: Colour = (0.0, 0.0, 0.0, 1.0)
_WHITE: Colour = (1.0, 1.0, 1.0, 1.0)
_DARK_CANVAS: Colour = (18 / 255, 18 / 255, 18 / 255, 1.0)  # the background behind a mail that supports dark mode
_LINKS: dict[Mode, Colour] = {"light": (0.0, 0.0, 238 / 255, 1.0), "dark": (158 / 255, 158 / 255, 1.0, 1.0)}
_HEADINGS = {"h1": 2.0, "h2": 1.5, "h3": 1.17, "h4": 1.0, "h5": 0.83, "h6": 0.67}
_BOLD = frozenset({"b", "strong", "th", *_HEADINGS})
_HIDING = frozenset({"display", "visibility", "opacity"})
_STYLED_TAGS = frozenset({"a", "body", "font", *_BOLD})
_STYLING_ATTRIBUTES = frozenset({"bgcolor", "hidden"})
_LENGTH = re.compile(r"(?<![\d.])([\d.]++)(px|pt|em|rem|%)")
_NUMBER = re.compile(r"(\d*+\.\d++|\d++)(%?)")
_SIZES = {
    "xx-small": 9.0, "x-small": 10.0, "small": 13.0, "medium": 16.0, "large": 18.0, "x-large": 24.0, "xx-large": 32.0,
}  # fmt: skip
_NAMED_SIZE = re.compile(r"(?<![\w-])(?:x{1,2}-)?(?:small|large)(?![\w-])|(?<![\w-])medium(?![\w-])", re.IGNORECASE)
_UNITS = {"px": 1.0, "pt": 4 / 3, "rem": 16.0}


class TextStyle(NamedTuple):
    """How the text of an element looks. `background` is None if there may be a picture behind the text."""

    colour: Colour
    background: Colour | None
    size: float
    bold: bool
    hidden: bool
    opacity: float = 1.0  # of the element and all elements around it together


def text_styles(
    elements: Mapping[Element, StyledElement], blocks: Sequence[StyleBlock], mode: Mode, *, dark_canvas: bool
) -> dict[Element, TextStyle]:
    """Returns element -> its style, in order. `elements` come parents first; `dark_canvas`: the mail is drawn on black."""
    cascade = Cascade(blocks, mode, _WANTED)
    initial = TextStyle(_WHITE if dark_canvas else _BLACK, _DARK_CANVAS if dark_canvas else _WHITE, 16.0, False, False)
    computed: dict[StyledElement | None, TextStyle] = {None: initial}
    for styled in elements.values():
        if styled not in computed:
            computed[styled] = _computed(styled, computed[styled.parent], cascade, mode)
    return {element: computed[styled] for element, styled in elements.items()}


def _computed(element: StyledElement, around: TextStyle, cascade: Cascade, mode: Mode) -> TextStyle:
    given = cascade.winners(element)
    if not given and element.tag not in _STYLED_TAGS and element.attributes.keys().isdisjoint(_STYLING_ATTRIBUTES):
        return around
    return TextStyle(
        _colour(element, given, around, mode),
        _background(element, given, around),
        _size(element, given, around),
        _bold(element, given, around),
        around.hidden or "hidden" in element.attributes or (not given.keys().isdisjoint(_HIDING) and hides(given.values())),
        around.opacity * _opacity(given),
    )


def _opacity(given: dict[str, Declaration]) -> float:
    match = _NUMBER.fullmatch(given["opacity"].value) if "opacity" in given else None
    return min(1.0, float(match[1]) / (100 if match[2] else 1)) if match else 1.0


def hides(body: Iterable[Declaration]) -> bool:
    given = {declaration.name: declaration.value.lower() for declaration in body if declaration.name in _HIDING}
    return given.get("display") == "none" or given.get("visibility") == "hidden" or given.get("opacity") in ("0", "0.0")


def _colour(element: StyledElement, given: dict[str, Declaration], around: TextStyle, mode: Mode) -> Colour:
    value = given["color"].value if "color" in given else ""
    if value.lower() == "inherit":
        return around.colour
    colour = colour_of(value)
    if colour is not None:
        return colour
    if element.tag == "a" and element.attributes.get("href"):
        return _LINKS[mode]
    attribute = {"font": "color", "body": "text"}.get(element.tag, "")
    return colour_of(element.attributes.get(attribute, "")) or around.colour


def _background(element: StyledElement, given: dict[str, Declaration], around: TextStyle) -> Colour | None:
    backgrounds = [given[name] for name in ("background", "background-color") if name in given]
    picture = "background-image" in given and given["background-image"].value.lower() != "none"
    # An important declaration wins over a normal one; between equal ones, background-color wins.
    backgrounds.sort(key=lambda declaration: (declaration.important, declaration.name == "background-color"))
    value = backgrounds[-1].value if backgrounds else ""
    if picture or any(word in value for word in ("url(", "gradient(")):
        return None
    colour = colour_of(value) or colour_of(element.attributes.get("bgcolor", ""))
    if colour is None or colour[3] == 0:
        return around.background
    return over(colour, around.background) if around.background is not None else colour if colour[3] == 1 else None


def _size(element: StyledElement, given: dict[str, Declaration], around: TextStyle) -> float:
    value = given["font-size"].value if "font-size" in given else given["font"].value if "font" in given else ""
    match = _LENGTH.search(value)
    if match is None and (named := _NAMED_SIZE.search(value)):
        return _SIZES[named[0].lower()]
    if match is None:
        return around.size * _HEADINGS.get(element.tag, 1.0)
    number, unit = float(match[1]), match[2]
    return number * _UNITS[unit] if unit in _UNITS else around.size * (number / 100 if unit == "%" else number)


def _bold(element: StyledElement, given: dict[str, Declaration], around: TextStyle) -> bool:
    if "font-weight" in given:
        weight = given["font-weight"].value.lower()
        return weight in ("bold", "bolder") or (weight.isdigit() and int(weight) >= 600)
    return around.bold or element.tag in _BOLD
