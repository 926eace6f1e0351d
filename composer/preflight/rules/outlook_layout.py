"""Rules about programs that draw with Word's engine, or drop what makes a layout: widths, boxes, positions."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from composer.css.cascade import colour_of, each_kind_of, kinds_of, written
from composer.css.element_classes import Kind
from composer.css.html_tree import Element
from composer.errors import Finding
from composer.preflight.deleted_ghosts import Ghost
from composer.preflight.parsed_html import Declaration, Page, declarations, value_in
from composer.preflight.rule_registry import Check, Mail, fault, rule

_PIXELS = re.compile(r"(-?\d+(?:\.\d+)?)px")
_BOXES = frozenset({"div", "p", "a"})
_CELLS = frozenset({"td", "th"})
_WIDE = {"img": "a picture", "table": "a table", **dict.fromkeys(_CELLS, "a cell")}


@lru_cache(maxsize=512)
def pixels(value: str | None) -> float | None:
    """`520` or `520px` -> 520.0; None for anything else."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)(?:px)?\s*", value or "")
    return float(match[1]) if match else None


@lru_cache(maxsize=2048)
def side_padding(style: str) -> float:
    """The padding that a style attribute gives at the left and the right together, in pixels."""
    left = right = 0.0
    for each in declarations(style)[0] if "padding" in style else ():
        sizes = [_length(part) for part in each.value.split()]
        if each.name == "padding" and sizes:
            right = sizes[1] if len(sizes) > 1 else sizes[0]
            left = sizes[3] if len(sizes) > 3 else right
        elif each.name == "padding-left" and sizes:
            left = sizes[0]
        elif each.name == "padding-right" and sizes:
            right = sizes[0]
    return left + right


@lru_cache(maxsize=2048)
def width_in(style: str) -> float | None:
    """The width in pixels that a style attribute gives."""
    return pixels(value_in(style, "width"))


def _length(text: str) -> float:
    match = _PIXELS.fullmatch(text)
    return float(match[1]) if match else 0.0


@rule("outlook-width", "error")
def _widths(mail: Mail) -> Iterator[Finding]:
    """A table, cell or picture with the paddings of all cells around it, as Outlook lays them out."""
    limit = mail.theme.width
    if mail.page.ghosts is not None and _widest(mail.page, mail.page.ghosts) <= limit + 0.5:
        return
    seen: set[str] = set()
    above: dict[Element | None, float] = {None: 0.0}  # element -> the paddings of all cells around what is in it
    for element, style in mail.page.outlook_styles.items():
        around, tag = above[element.getparent()], element.tag
        above[element] = around
        if tag not in _WIDE:
            continue
        if style and tag in _CELLS:
            above[element] = around + side_padding(style)
        width = pixels(element.get("width"))
        if width is None and style:
            width = width_in(style)
        if width is not None and width + around > limit + 0.5:
            problem = f"{_WIDE[tag]} of {width:g} pixels" + (f" within {around:g} of padding" if around else "")
            if problem not in seen:
                seen.add(problem)
                yield fault(problem=problem, limit=limit)


def _widest(page: Page, ghosts: Iterable[Ghost]) -> float:
    """The most that a table, cell or picture may take with the paddings around it: told of kinds of elements and of ghosts,
    which is much quicker than to ask each element that Outlook reads. Of two widths of an element the larger counts."""
    kinds = kinds_of(page)
    widest = max(_room_of(kind).widest for kind in each_kind_of(page))
    for element, width in page.having("width").items():
        if element.tag in _WIDE:
            widest = max(widest, (pixels(width) or 0.0) + _room_of(kinds[element]).around)
    for ghost in ghosts:
        if ghost.tag in _WIDE:
            style = ghost.attributes.get("style", "")
            if ghost.tag in _CELLS and side_padding(style):
                return math.inf  # the elements in it have less room
            own = max(pixels(ghost.attributes.get("width")) or 0.0, width_in(style) or 0.0)
            widest = max(widest, own + _room_of(kinds[ghost.parent]).within)
    return widest


@dataclass(frozen=True, slots=True)
class Room:
    """The paddings, in pixels, of all cells `around` a kind of elements, and of these and its own `within` it; the `widest`
    that its style makes it with those around; and the `box` that it draws, if any."""

    around: float
    within: float
    widest: float
    box: Box | None


def _room_of(kind: Kind) -> Room:
    """Worked out once for a kind; that of what is around comes first."""
    if kind.room is None:
        around = _room_of(kind.parent).within if kind.parent else 0.0
        style = kind.attributes.get("style", "")
        padding = side_padding(style) if kind.tag in _CELLS else 0.0
        width = (width_in(style) or 0.0) if kind.tag in _WIDE else 0.0
        kind.room = Room(around, around + padding, width + around, _box(style) if style and kind.tag in _BOXES else None)
    return kind.room


@rule("image-width", "error")
def _image_widths(mail: Mail) -> Iterator[Finding]:
    """Without a width in pixels Outlook shows a picture as wide as its file."""
    for image in mail.page.all("img"):
        if not str(image.get("width") or "").isdigit():
            source = str(image.get("src") or "")
            figure = mail.sources.figures.get(source)
            found = image.get("width") or "nothing"
            yield fault(src=source, found=found, limit=mail.theme.width, line=figure.line if figure else None)


@rule("outlook-box", "warning")
def _boxes(mail: Mail) -> Iterator[Finding]:
    """Padding, width and ground of what is no table are not drawn there."""
    page = mail.page
    if page.ghosts is not None:  # they are no boxes, and may only draw more of what is around one
        kinds = kinds_of(page)
        boxes = ((each, each.get("style")) for each in page.all(*_BOXES) if _room_of(kinds[each]).box)
        if next(_problems_of_boxes(boxes), None) is None:
            return
    for problem in dict.fromkeys(_problems_of_boxes(page.outlook_styles.items())):
        yield fault("warning", problem=problem)


def _problems_of_boxes(styles: Iterable[tuple[Element, str | None]]) -> Iterator[str]:
    for element, style in styles:
        if style and element.tag in _BOXES and (box := _box(style)) and not (element.tag == "a" and _is_button(element)):
            yield from _box_problems(element, box)


@dataclass(frozen=True, slots=True)
class Box:
    """What a style attribute draws of a box; `ground` is a colour, or nothing."""

    padded: bool
    wide: bool
    ground: str


@lru_cache(maxsize=2048)
def _box(style: str) -> Box | None:
    """None where nothing of a box is drawn."""
    given = {each.name: each for each in declarations(style)[0]}
    if "display" in given and given["display"].value == "none":
        return None
    padded = any(name.startswith("padding") and _PIXELS.search(each.value) and each.value.strip("0px ")
                 for name, each in given.items())  # fmt: skip
    box = Box(padded, bool("width" in given and pixels(given["width"].value)), _own_ground(given))
    return box if box.padded or box.wide or box.ground else None


def _is_button(link: Element) -> bool:
    """Whether Outlook draws the link's box: the cell around says how."""
    return any("mso-padding-alt" in str(cell.get("style")) for cell in link.iterancestors("td"))


def _box_problems(element: Element, box: Box) -> Iterator[str]:
    if box.padded:
        yield f"padding of <{element.tag}>"
    if box.wide:
        yield f"width of <{element.tag}>"
    if box.ground and not any(ground == box.ground for ground in _grounds_around(element)):
        yield f"background of <{element.tag}>"


def _own_ground(given: dict[str, Declaration]) -> str:
    each = given.get("background-color") or given.get("background")
    colour = colour_of(each.value) if each else None
    return written(colour) if colour and colour[3] else ""


def _grounds_around(element: Element) -> Iterator[str]:
    """The grounds that cells and tables around give, or cells within for what only wraps a table."""
    for others in (element.iterancestors("table", "td", "tr", "body"), element.iter("table", "td")):
        for other in others:
            yield _ground_named(other.get("bgcolor") or "", other.get("style") or "")


@lru_cache(maxsize=2048)
def _ground_named(bgcolor: str, style: str) -> str:
    told = bgcolor or value_in(style, "background-color") or value_in(style, "background")
    colour = colour_of(told) if told else None
    return written(colour) if colour else ""


@lru_cache(maxsize=1)  # asked by each of the rules about layout for the same page
def _reliances(page: Page) -> dict[str, tuple[str, str]]:
    """Code of a rule -> (the first declaration that it is about, where): what some of the large programs do not know."""
    found: dict[str, tuple[str, str]] = {}
    for origin, body in _bodies(page):
        for code, what in _problems(body):
            found.setdefault(code, (what, origin))
    return found


def _bodies(page: Page) -> Iterator[tuple[str, str]]:
    for style in page.inline_styles:
        yield "a style attribute", style
    for block in page.styles:
        for body in _bodies_in(block.text):
            yield "a style block", body


@lru_cache(maxsize=64)
def _bodies_in(css: str) -> tuple[str, ...]:
    """What stands in the braces of a style block, each once."""
    return tuple(dict.fromkeys(re.findall(r"\{([^{}]*)\}", css)))


@lru_cache(maxsize=2048)
def _problems(body: str) -> tuple[tuple[str, str], ...]:
    """(code of a rule, the declaration that it is about) of what some of the large programs do not know."""
    problems = (_problem(each) for each in declarations(body)[0] if not each.name.startswith("mso-"))
    return tuple(each for each in problems if each)


def _problem(each: Declaration) -> tuple[str, str] | None:
    value = each.value.lower()
    if "var(" in value or each.name.startswith("--"):
        return "css-variable", f"{each.name}: {value}"[:60]
    if each.name.startswith("margin") and re.search(r"(?:^|[\s(])-\d", value) and value.strip("-0px "):
        return "css-margin", f"{each.name}: {value}"
    if each.name == "position" and value in ("absolute", "fixed", "relative", "sticky"):
        return "css-position", f"position: {value}"
    if each.name == "display" and "flex" in value:
        return "css-flex", f"display: {value}"
    if each.name.startswith("grid-") or (each.name == "display" and "grid" in value):
        return "css-grid", f"{each.name}: {value}"[:60]
    return None


def _relied_on(code: str) -> Check:
    def check(mail: Mail) -> Iterator[Finding]:
        if code in _reliances(mail.page):
            what, where = _reliances(mail.page)[code]
            yield fault("warning", what=what, where=where)

    return check


for _code in ("css-margin", "css-position", "css-flex", "css-grid", "css-variable"):
    rule(_code, "warning")(_relied_on(_code))
