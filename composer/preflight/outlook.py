"""Rules about programs that draw with Word's engine, or drop what makes a layout: widths, boxes, positions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from composer.errors import Finding
from composer.preflight.cascade import colour_of, written
from composer.preflight.page import Declaration, Element, Page, declarations, value_of
from composer.preflight.table import Check, Mail, fault, rule

_PIXELS = re.compile(r"(-?\d+(?:\.\d+)?)px")
_BOXES = ("div", "p", "a")


def pixels(value: str | None) -> float | None:
    """`520` or `520px` -> 520.0; None for anything else."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)(?:px)?\s*", value or "")
    return float(match[1]) if match else None


def width_of(element: Element) -> float | None:
    told = pixels(element.get("width"))
    return told if told is not None else pixels(value_of(element, "width"))


def side_padding(element: Element) -> float:
    """The padding at the left and the right together, in pixels."""
    style = element.get("style")
    if not style or "padding" not in style:
        return 0.0
    left = right = 0.0
    for each in declarations(style)[0]:
        sizes = [_length(part) for part in each.value.split()]
        if each.name == "padding" and sizes:
            right = sizes[1] if len(sizes) > 1 else sizes[0]
            left = sizes[3] if len(sizes) > 3 else right
        elif each.name == "padding-left" and sizes:
            left = sizes[0]
        elif each.name == "padding-right" and sizes:
            right = sizes[0]
    return left + right


def _length(text: str) -> float:
    match = _PIXELS.fullmatch(text)
    return float(match[1]) if match else 0.0


@rule("outlook-width", "error")
def _widths(mail: Mail) -> Iterator[Finding]:
    """A table, cell or picture with the paddings of all cells around it, as Outlook lays them out."""
    limit = mail.theme.width
    seen: set[str] = set()
    above: dict[Element | None, float] = {None: 0.0}  # element -> the paddings of all cells around what is in it
    for element in mail.page.outlook.iter():
        around = above.get(element.getparent(), 0.0)
        above[element] = around + (side_padding(element) if element.tag in ("td", "th") else 0.0)
        width = width_of(element) if element.tag in ("table", "td", "th", "img") else None
        if width is None:
            continue
        if width + around > limit + 0.5:
            what = {"img": "a picture", "table": "a table"}.get(str(element.tag), "a cell")
            problem = f"{what} of {width:g} pixels" + (f" within {around:g} of padding" if around else "")
            if problem not in seen:
                seen.add(problem)
                yield fault(problem=problem, limit=limit)


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
    seen: set[str] = set()
    for element in mail.page.outlook.iter(*_BOXES):
        if element.get("style"):
            for problem in _box_problems(element):
                if problem not in seen:
                    seen.add(problem)
                    yield fault("warning", problem=problem)


def _box_problems(element: Element) -> Iterator[str]:
    given = {each.name: each for each in declarations(str(element.get("style")))[0]}
    if given.get("display") is not None and given["display"].value == "none":
        return
    button = element.tag == "a" and any("mso-padding-alt" in str(cell.get("style")) for cell in element.iterancestors("td"))
    padded = any(name.startswith("padding") and _PIXELS.search(each.value) and each.value.strip("0px ")
                 for name, each in given.items())  # fmt: skip
    if padded and not button:
        yield f"padding of <{element.tag}>"
    if pixels(given["width"].value if "width" in given else None) and not button:
        yield f"width of <{element.tag}>"
    ground = _own_ground(given)
    if ground and not button and ground not in _grounds_around(element):
        yield f"background of <{element.tag}>"


def _own_ground(given: dict[str, Declaration]) -> str:
    each = given.get("background-color") or given.get("background")
    colour = colour_of(each.value) if each else None
    return written(colour) if colour and colour[3] else ""


def _grounds_around(element: Element) -> set[str]:
    """The grounds that cells and tables around give, or cells within for what only wraps a table."""
    found: set[str] = set()
    for other in [*element.iterancestors("table", "td", "tr", "body"), *element.iter("table", "td")]:
        told = other.get("bgcolor") or value_of(other, "background-color") or value_of(other, "background")
        colour = colour_of(str(told)) if told else None
        if colour:
            found.add(written(colour))
    return found


@lru_cache(maxsize=1)  # asked by each of the rules about layout for the same page
def _reliances(page: Page) -> dict[str, tuple[str, str]]:
    """Code of a rule -> (the first declaration that it is about, where): what some of the large programs do not know."""
    found: dict[str, tuple[str, str]] = {}
    for origin, body in _bodies(page):
        for each in declarations(body)[0]:
            problem = None if each.name.startswith("mso-") else _problem(each)
            if problem:
                found.setdefault(problem[0], (problem[1], origin))
    return found


def _bodies(page: Page) -> Iterator[tuple[str, str]]:
    for style in page.inline_styles:
        yield "a style attribute", style
    for block in page.styles:
        for body in re.findall(r"\{([^{}]*)\}", block.text):
            yield "a style block", body


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
