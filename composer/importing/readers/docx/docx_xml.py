"""The element names of Word's XML, and functions that collect plain text from its elements."""

import re
from collections.abc import Iterator

from lxml import etree

from composer.importing.manuscript.inline_slicing import clean_line, clean_text

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
CX = "{http://schemas.microsoft.com/office/drawing/2014/chartex}"
V = "{urn:schemas-microsoft-com:vml}"
# The strict variant of the format has other namespaces for the same elements.
STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(wordprocessingml|officeDocument|drawingml)/(\w+)")
USUAL = rb"http://schemas.openxmlformats.org/\1/2006/\2"
PARAGRAPH = W + "p"
BOX = W + "txbxContent"
PLACE = "place"  # our own attribute on paragraphs: the number of the paragraph in the document
SPACES = {W + "tab", W + "br", W + "cr", W + "ptab"}
ON = ("", "1", "true", "on")


def text_of_run_child(run_child: etree._Element) -> str | None:
    """Returns the text of one child of a run; None if the element contains no text."""
    tag = run_child.tag
    if tag in (W + "t", W + "delText", M + "t"):
        return clean_text(run_child.text or "")
    if tag in SPACES:
        return " "
    if tag == W + "noBreakHyphen":
        return "-"
    if tag == W + "sym":
        return symbol(run_child)
    return None


def symbol(element: etree._Element) -> str:
    """Returns the character of a `w:sym` element; a space for control characters and those in the private use area, whose meaning
    is not known."""
    try:
        code = int(element.get(W + "char", "0"), 16)
    except ValueError:
        return ""
    return clean_text(chr(code)) if 0x20 < code < 0xD800 else " "


def gather(element: etree._Element) -> Iterator[str]:
    """Yields the text of every paragraph in the element, also in boxes and deletions; a box does not split the text around it."""
    for paragraph in element.iter(PARAGRAPH):
        yield "".join(pieces(paragraph))


def pieces(element: etree._Element) -> Iterator[str]:
    for child in element:
        text = text_of_run_child(child)
        if text is not None:
            yield text
        elif child.tag not in (BOX, PARAGRAPH) and isinstance(child.tag, str):
            yield from pieces(child)


def outermost(root: etree._Element, *tags: str) -> Iterator[etree._Element]:
    """Yields the elements with these tags that are not nested in another one of them."""
    return (element for element in root.iter(*tags) if next(element.iterancestors(*tags), None) is None)


def drawn_text(root: etree._Element) -> str:
    """Returns the text of charts, diagrams and word art in the element, which is not in any paragraph of the document."""
    texts = (
        element.get("string") if element.tag == V + "textpath" else element.text
        for element in root.iter(A + "t", C + "v", CX + "v", CX + "pt", V + "textpath")
    )
    return clean_line(" ".join(text or "" for text in texts))


def stray_text(root: etree._Element) -> str:
    """Returns the text outside any paragraph."""
    stray = (
        element for element in root.iter(W + "t", W + "delText", M + "t") if next(element.iterancestors(PARAGRAPH), None) is None
    )
    return clean_line(" ".join(element.text or "" for element in stray))


def is_on(properties: etree._Element | None, name: str) -> bool | None:
    """Whether a property such as bold is on or off; None if it is not given."""
    element = properties.find(W + name) if properties is not None else None
    return None if element is None else element.get(W + "val", "").lower() in ON


def value_of(element: etree._Element | None, path: str) -> str:
    child = element.find(path) if element is not None else None
    return str(child.get(W + "val", "")) if child is not None else ""


def number_of(text: str, otherwise: int = 0) -> int:
    try:
        return int(text)
    except ValueError:
        return otherwise
