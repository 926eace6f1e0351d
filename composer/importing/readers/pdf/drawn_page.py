"""The letters and pictures of one PDF page with their positions. This module does not load the PDF parser."""

from dataclasses import dataclass, field

from composer.importing.readers.pdf.pdf_columns import Box


@dataclass(slots=True)
class Letter:
    """One letter; `y` is its baseline, in points from the bottom of the page."""

    text: str
    x0: float
    x1: float
    y: float
    size: float
    bold: bool
    italic: bool
    upright: bool
    href: str = ""
    mirrored: bool = False  # or upside down


@dataclass(slots=True)
class DrawnPicture(Box):
    """A picture and its position; if `data` is empty, `fault` says why."""

    data: bytes = b""
    fault: str = ""


@dataclass(slots=True)
class DrawnPage:
    width: float
    height: float
    letters: list[Letter] = field(default_factory=list)
    pictures: list[DrawnPicture] = field(default_factory=list)
    strings: int = 0  # drawn texts, also those whose font does not say which letters they have
    doubles: int = 0  # letters that are drawn twice in one place
    turned: int = 0  # degrees
    unplaced: list[str] = field(default_factory=list)  # addresses of links on no letter
    shapes: int = 0  # curves, including letters that were converted to outlines
    remarks: list[tuple[str, str]] = field(default_factory=list)  # (kind, text or "") of each annotation
