"""What is drawn on one page of a PDF: letters and pictures with their places. Does not load the PDF parser."""

from __future__ import annotations

from dataclasses import dataclass, field

from composer.importing.readers.pdf.pdf_columns import Box


@dataclass(slots=True)
class Letter:
    """One letter; `y` is its base line, in points from the foot of the page."""

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
    """A picture and its place; `data` is empty where `fault` says why."""

    data: bytes = b""
    fault: str = ""


@dataclass(slots=True)
class DrawnPage:
    width: float
    height: float
    letters: list[Letter] = field(default_factory=list)
    pictures: list[DrawnPicture] = field(default_factory=list)
    shapes: int = 0  # curves; letters that were turned into outlines are such, too
    remarks: list[tuple[str, str]] = field(default_factory=list)  # (kind, its text if it says one) of each annotation
