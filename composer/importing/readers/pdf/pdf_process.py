"""The process that reads one PDF within limits of time and memory, and answers with its lines and pictures.

`python -m composer.importing.readers.pdf.pdf_process`; `pdf_reader` starts it. Its own timer ends it when it takes too long.
"""

import base64
import signal
import unicodedata
from collections import Counter
from typing import Any

from composer.importing.readers.pdf.letter_repairs import DrawnPage, DrawnPicture
from composer.importing.readers.pdf.pdf_letters import UnreadablePdfError, read_pages
from composer.importing.readers.pdf.pdf_lines import Layout, PdfLine, lay_out
from composer.limited_process import Message, serve

SECONDS = 10.0  # of processor time, from the moment the file has arrived: real documents take up to 3 on a slow machine
FOR_A_LETTER = 50e-6  # seconds more for each letter found: a long issue has about 60,000
COVERING = 0.8  # of the page; a picture this large may be a scan of it
MEMORY = 512 * 1024 * 1024
OF_A_LINE = ("x0", "x1", "y0", "y1", "page", "run", "y", "size", "runs")  # the attributes of a line in the answer


def work(_: dict[str, Any], data: bytes) -> Message:
    try:
        return read(data), b""
    except UnreadablePdfError as fault:
        return {"fault": fault.code, "params": fault.params}, b""


def allow_more(letters: int) -> None:
    """Extends the timer by the letters of a page; a page without letters adds no time."""
    left, _ = signal.getitimer(signal.ITIMER_PROF)
    if left:
        signal.setitimer(signal.ITIMER_PROF, left + letters * FOR_A_LETTER)


def read(data: bytes) -> dict[str, Any]:
    """Returns the content of the pages as JSON-compatible values. Raises UnreadablePdfError."""
    pages = read_pages(data, allow_more)
    layout = lay_out(pages)
    return {
        "pages": [page_of(page) for page in pages],
        "flow": [entry_of(box) for box in layout.flow],
        "furniture": [
            [line.page, line.text, reason, [(run.text, run.href) for run in line.runs]] for line, reason in layout.furniture
        ],
        "notes": list(dict.fromkeys(layout.notes)),
        "side_by_side": sorted(layout.side_by_side),
        "initials": layout.initials,
        "lost": lost_letters(pages, layout),
        "mirrored": sum(letter.mirrored for page in pages for letter in page.letters),
    }


def page_of(page: DrawnPage) -> dict[str, Any]:
    """Returns counts that show whether a page may contain words that are not among its letters."""
    area = page.width * page.height
    return {
        "letters": len(page.letters), "pictures": len(page.pictures), "shapes": page.shapes, "remarks": page.remarks,
        "strings": page.strings, "doubles": page.doubles, "turned": page.turned, "unplaced": page.unplaced,
        "covered": any((ink.x1 - ink.x0) * (ink.y1 - ink.y0) > COVERING * area for ink in page.pictures),
    }  # fmt: skip


def entry_of(box: PdfLine | DrawnPicture) -> dict[str, Any]:
    if isinstance(box, DrawnPicture):
        return {"page": box.page, "data": base64.b64encode(box.data).decode(), "fault": box.fault}
    return {name: getattr(box, name) for name in OF_A_LINE}


def lost_letters(pages: list[DrawnPage], layout: Layout) -> str:
    """Returns letters that were drawn but are in no line. There should be none; every import checks it."""
    drawn = Counter(character for page in pages for letter in page.letters for character in letter.text if counts(character))
    lines = [box.text for box in layout.flow if isinstance(box, PdfLine)] + [line.text for line, _ in layout.furniture]
    kept = Counter(character for text in lines for character in text if counts(character))
    return "".join((drawn - kept).elements())


def counts(character: str) -> bool:
    """Whether the character is a letter or digit, or may be one: unreadable, private use, or newer than our Unicode version."""
    return character.isalnum() or character == "\ufffd" or unicodedata.category(character) in ("Co", "Cn")


if __name__ == "__main__":
    serve(work, memory=MEMORY, seconds=SECONDS)
