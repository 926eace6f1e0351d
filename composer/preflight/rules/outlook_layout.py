"""Rules about Outlook on Windows, which uses Word's engine: widths of tables and images, and boxes that it does not draw."""

import re
from collections.abc import Iterator

from composer.css.colours import colour_of, to_hex
from composer.css.selectors import Element, elements_of
from composer.css.stylesheets import declarations, pixels, value_in
from composer.errors import Finding
from composer.messages.phrases import Phrase, phrase
from composer.preflight.mail import Mail
from composer.preflight.rule_registry import fault, rule

_PIXELS = re.compile(r"((?:-|(?<!\d))\d++(?:\.\d++)?)px")
_BOXES = frozenset({"div", "p", "a"})
_CELLS = frozenset({"td", "th"})
_WIDE = {"img": phrase("a picture"), "table": phrase("a table"), **dict.fromkeys(_CELLS, phrase("a cell"))}


@rule("outlook-width", "error", origin="issue.mjml.j2")
def _widths(mail: Mail) -> Iterator[Finding]:
    """Checks the width of each table, cell and image plus the padding of all enclosing cells."""
    limit = mail.theme.width
    problems: dict[Phrase, None] = {}
    padding: dict[Element | None, float] = {None: 0.0}  # element -> the padding of all cells around its content
    for element in elements_of(mail.parsed.outlook):
        around = padding[element] = padding[element.getparent()]
        if element.tag not in _WIDE:
            continue
        style = element.get("style", "")
        if element.tag in _CELLS:
            padding[element] += side_padding(style)
        width = pixels(element.get("width"))
        if width is None:
            width = pixels(value_in(style, "width"))
        if width is not None and width + around > limit + 0.5:
            problems[_too_wide(element.tag, width, around)] = None
    for problem in problems:
        yield fault(problem=problem, limit=limit)


def _too_wide(tag: str, width: float, around: float) -> Phrase:
    if around:
        values = {"element": _WIDE[tag], "width": f"{width:g}", "padding": f"{around:g}"}
        return phrase("{element} {width} pixels wide inside {padding} pixels of padding", **values)
    return phrase("{element} {width} pixels wide", element=_WIDE[tag], width=f"{width:g}")


def side_padding(style: str) -> float:
    """Returns the sum of left and right padding in a style attribute, in pixels."""
    left = right = 0.0
    for declaration in declarations(style)[0]:
        sizes = [_length(part) for part in declaration.value.split()]
        if declaration.name == "padding" and sizes:
            right = sizes[1] if len(sizes) > 1 else sizes[0]
            left = sizes[3] if len(sizes) > 3 else right
        elif declaration.name == "padding-left" and sizes:
            left = sizes[0]
        elif declaration.name == "padding-right" and sizes:
            right = sizes[0]
    return left + right


def _length(text: str) -> float:
    match = _PIXELS.fullmatch(text)
    return float(match[1]) if match else 0.0


@rule("image-width", "error", origin="issue.mjml.j2")
def _image_widths(mail: Mail) -> Iterator[Finding]:
    """Without a width in pixels, Outlook shows an image at the width of its file."""
    for image in mail.parsed.all("img"):
        if not str(image.get("width") or "").isdigit():
            source = str(image.get("src") or "")
            figure = mail.sources.figures.get(source)
            width = image.get("width") or phrase("nothing")
            yield fault(src=source, found=width, limit=mail.theme.width, line=figure.line if figure else None)


@rule("outlook-box", "warning", origin="issue.mjml.j2")
def _boxes(mail: Mail) -> Iterator[Finding]:
    """Outlook does not draw the padding, width and background of anything but tables."""
    problems: dict[Phrase, None] = {}
    for element in mail.parsed.outlook.iter(*_BOXES):
        undrawn = [*_undrawn(element)]
        if undrawn and not (element.tag == "a" and _is_button(element)):
            problems |= dict.fromkeys(phrase("{property} of <{tag}>", property=aspect, tag=element.tag) for aspect in undrawn)
    for problem in problems:
        yield fault("warning", problem=problem)


def _undrawn(element: Element) -> Iterator[str]:
    """Yields the parts of a box that the style attribute sets, but Outlook does not draw."""
    given = {declaration.name: declaration.value for declaration in declarations(element.get("style", ""))[0]}
    if given.get("display") == "none":
        return
    if any(name.startswith("padding") and _PIXELS.search(value) and value.strip("0px ") for name, value in given.items()):
        yield "padding"
    if pixels(given.get("width")):
        yield "width"
    colour = colour_of(given.get("background-color") or given.get("background") or "")
    if colour and colour[3] and to_hex(colour) not in _table_backgrounds(element):
        yield "background"


def _is_button(link: Element) -> bool:
    """Whether Outlook draws the box of the link, because the enclosing cell defines it."""
    return any("mso-padding-alt" in str(cell.get("style")) for cell in link.iterancestors("td"))


def _table_backgrounds(element: Element) -> Iterator[str]:
    """Yields the backgrounds of the tables and cells around the element, and of those inside it."""
    for others in (element.iterancestors("table", "td", "tr", "body"), element.iter("table", "td")):
        for other in others:
            style = other.get("style", "")
            value = other.get("bgcolor") or value_in(style, "background-color") or value_in(style, "background")
            colour = colour_of(value)
            yield to_hex(colour) if colour else ""
