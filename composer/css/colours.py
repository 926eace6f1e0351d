"""Colours of CSS: reading them, layering them, and the contrast between two of them."""

import colorsys
from functools import lru_cache

import tinycss2
from tinycss2 import color3

Colour = tuple[float, float, float, float]  # red, green, blue and opacity, each from 0 to 1


@lru_cache(maxsize=512)  # a mail has a dozen colours and 600 elements, each looked up in light and in dark mode
def colour_of(value: str) -> Colour | None:
    """The first colour in a value, such as that of a `background`; None if there is none."""
    for token in tinycss2.parse_component_value_list(value, skip_comments=True):
        colour = color3.parse_color(token)
        if colour is not None and not isinstance(colour, str):
            return (colour.red, colour.green, colour.blue, colour.alpha)
    return None


def over(fore: Colour, back: Colour) -> Colour:
    """The colour that results when `fore` is drawn over `back`, which is opaque."""
    part = fore[3]
    red, green, blue = (f * part + b * (1 - part) for f, b in zip(fore[:3], back[:3], strict=True))
    return red, green, blue, 1.0


@lru_cache(maxsize=1024)
def to_hex(colour: Colour) -> str:
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in colour[:3])


def mixed(fore: str, back: str, share: float) -> str:
    """Returns `share` (0 to 1) of one colour over the other; all are written #rrggbb."""
    front, behind = _channels(fore), _channels(back)
    return to_hex(over((*front, share), (*behind, 1.0)))


def with_lightness(colour: str, lightness: float) -> str:
    """Returns the colour (#rrggbb) with another lightness from 0 to 1 (HSL), and the same hue and saturation."""
    hue, _, saturation = colorsys.rgb_to_hls(*_channels(colour))
    return to_hex((*colorsys.hls_to_rgb(hue, lightness, saturation), 1.0))


def lightness_of(colour: str) -> float:
    """Returns the lightness of a colour written #rrggbb, from 0 to 1 (HSL)."""
    return colorsys.rgb_to_hls(*_channels(colour))[1]


def contrast_ratio(first: str, second: str) -> float:
    """Returns the contrast ratio of two colours written #rrggbb (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue
