"""How long a mail is on a telephone, estimated from its HTML without the style block, which some mail clients drop."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from composer.css.selectors import Element, StyledElement
from composer.css.stylesheets import declarations, pixels, value_in
from composer.issue import digest
from composer.preflight.parsed_html import ParsedHtml
from composer.rendering.text_wrapping import columns

WIDTH, HEIGHT = 375, 725  # CSS pixels: what a mail client shows of a mail on a telephone
_MARGINS = 44  # left and right together
_COLUMN = 0.53  # width of a column of text, as a share of its size; a Chinese character has two
_SIZE = 16.0  # CSS pixels, where nothing says it
_LINE = 1.5  # height of a line, where nothing says it
_SMALLEST_PICTURE = 60  # CSS pixels high; smaller ones are logos and lines


@dataclass(frozen=True, slots=True)
class PhoneView:
    """`screens` and `first_picture` in screens from the top, `minutes` of reading the mail. Without pictures `first_picture` is
    None."""

    screens: float
    minutes: int
    first_picture: float | None


def phone_view(parsed: ParsedHtml) -> PhoneView:
    height, first = 0.0, None
    for is_picture, amount in _pieces(parsed):
        if is_picture and first is None and amount > _SMALLEST_PICTURE:
            first = height / HEIGHT
        height += amount
    length = digest.length_of(parsed.seen)
    return PhoneView(round(height / HEIGHT, 1), digest.minutes_of(length), None if first is None else round(first, 1))


def _pieces(parsed: ParsedHtml) -> Iterator[tuple[bool, float]]:
    """Yields the height of each text and picture, and of the space around blocks, in reading order."""
    texts: dict[Element, str] = {}
    for element, text in parsed.texts:
        texts[element] = texts.get(element, "") + text
    sizes: dict[StyledElement | None, float] = {None: _SIZE}
    for element in parsed.elements:
        styled, style = parsed.styled[element], str(element.get("style") or "")
        sizes[styled] = size = _font_size(style) or sizes[styled.parent]
        if element in parsed.hidden:
            continue
        yield False, vertical_space(style)
        if element.tag == "img":
            width, height = pixels(element.get("width")) or 0.0, pixels(element.get("height")) or 0.0
            shown = min(width, WIDTH if "100%" in style else WIDTH - _MARGINS)
            yield True, height * shown / width if width else 0.0
        elif (text := texts.get(element, "")).strip():
            wide = columns(" ".join(text.split())) * size * _COLUMN
            lines = wide / (WIDTH - _MARGINS) if element.tag in ("a", "strong", "em", "span") else -(-wide // (WIDTH - _MARGINS))
            yield False, lines * line_height(element, size)


@lru_cache(maxsize=4096)
def _font_size(style: str) -> float | None:
    """Returns the size of the text in CSS pixels, if a style attribute gives it in pixels."""
    return pixels(value_in(style, "font-size"))


@lru_cache(maxsize=4096)
def vertical_space(style: str) -> float:
    """Returns the padding and margin above and below an element."""
    space = 0.0
    for declaration in declarations(style)[0]:
        if declaration.name in ("padding", "margin"):
            sizes = [pixels(part) or 0.0 for part in declaration.value.split()]
            space += (sizes[0] + (sizes[2] if len(sizes) > 2 else sizes[0])) if sizes else 0.0
    return space


def line_height(element: Element, size: float) -> float:
    """Returns the height of a line of an element's text, in CSS pixels."""
    for node in (element, *element.iterancestors()):
        number, is_factor = _line_height_in(node.get("style", ""))
        if number:
            return number * size if is_factor else number
    return _LINE * size


@lru_cache(maxsize=4096)
def _line_height_in(style: str) -> tuple[float, bool]:
    """Returns the line height that a style attribute gives, and whether it is a factor of the size; 0 if it gives none."""
    value = value_in(style, "line-height")
    try:
        return float(value.removesuffix("px") or 0), not value.endswith("px")
    except ValueError:
        return 0.0, False
