"""The process that reads one PDF and answers with its lines and pictures, within set limits.

`python -m composer.importing.readers.pdf.pdf_process`; started by `pdf`. When it takes too long, its own timer ends it.
"""

from __future__ import annotations

import base64
import signal
import unicodedata
from collections import Counter
from typing import Any

from composer.importing.readers.pdf.drawn_page import DrawnPage, DrawnPicture
from composer.importing.readers.pdf.pdf_letters import PdfFault, read_pages
from composer.importing.readers.pdf.pdf_lines import Layout, PdfLine, lay_out
from composer.limited_process import Message, serve

SECONDS = 2.0  # of the processor, from the moment the file is there
FOR_A_LETTER = 50e-6  # seconds more for each letter that was found: a long issue has some 60,000
COVERING = 0.8  # of the page: a picture as large as that may be its scan
MEMORY = 512 * 1024 * 1024
OF_A_LINE = ("x0", "x1", "y0", "y1", "page", "run", "y", "size", "runs")  # what is told of it


def work(_: dict[str, Any], data: bytes) -> Message:
    try:
        return read(data), b""
    except PdfFault as fault:
        return {"fault": fault.code, "params": fault.params}, b""


def allow_more(letters: int) -> None:
    """Puts the timer on for what a page held; a page without letters earns nothing."""
    left, _ = signal.getitimer(signal.ITIMER_PROF)
    if left:
        signal.setitimer(signal.ITIMER_PROF, left + letters * FOR_A_LETTER)


def read(data: bytes) -> dict[str, Any]:
    """What is on the pages, as plain lists and texts. Raises PdfFault."""
    pages = read_pages(data, allow_more)
    layout = lay_out(pages)
    return {
        "pages": [page_of(page) for page in pages],
        "flow": [entry_of(box) for box in layout.flow],
        "furniture": [[line.page, line.text, reason] for line, reason in layout.furniture],
        "notes": list(dict.fromkeys(layout.notes)),
        "lost": lost_letters(pages, layout),
        "mirrored": sum(letter.mirrored for page in pages for letter in page.letters),
    }


def page_of(page: DrawnPage) -> dict[str, Any]:
    """What may hold words that are not among its letters."""
    area = page.width * page.height
    return {
        "letters": len(page.letters), "pictures": len(page.pictures), "shapes": page.shapes, "remarks": page.remarks,
        "covered": any((ink.x1 - ink.x0) * (ink.y1 - ink.y0) > COVERING * area for ink in page.pictures),
    }  # fmt: skip


def entry_of(box: PdfLine | DrawnPicture) -> dict[str, Any]:
    if isinstance(box, DrawnPicture):
        return {"page": box.page, "data": base64.b64encode(box.data).decode(), "fault": box.fault}
    return {name: getattr(box, name) for name in OF_A_LINE}


def lost_letters(pages: list[DrawnPage], layout: Layout) -> str:
    """Letters that were drawn and are in no line: always none, and proved each time."""
    drawn = Counter(sign for page in pages for letter in page.letters for sign in letter.text if counts(sign))
    lines = [box.text for box in layout.flow if isinstance(box, PdfLine)] + [line.text for line, _ in layout.furniture]
    kept = Counter(sign for text in lines for sign in text if counts(sign))
    return "".join((drawn - kept).elements())


def counts(sign: str) -> bool:
    """Letters and digits, and those that stand for one: unreadable, of a private font, or newer than our Unicode."""
    return sign.isalnum() or sign == "\ufffd" or unicodedata.category(sign) in ("Co", "Cn")


if __name__ == "__main__":
    serve(work, memory=MEMORY, seconds=SECONDS)
