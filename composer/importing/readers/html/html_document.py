"""A saved web page, a mail as a page, or what Word writes as one -> its manuscript. Nothing is run and nothing fetched."""

from __future__ import annotations

from pathlib import Path

from composer.importing.manuscript.document_parts import TITLE, Manuscript, Part
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.list_items import gather_lists
from composer.importing.manuscript.word_units import count_units
from composer.importing.readers.html.html_blocks import BlockReader, Look
from composer.importing.readers.html.html_nodes import HtmlPage, decode_page, read_tree
from composer.importing.readers.html.html_pictures import PagePictures
from composer.issue.document import Paragraph, Text


def read_page(data: bytes, name: str, folder: Path) -> Manuscript:
    """The manuscript of the page in `data`; `folder` holds its pictures. Raises ImportRefusedError."""
    page = read_tree(decode_page(data, name), name)
    script = make_manuscript(page, name, folder)
    levels = [part.level for part in script.parts if part.level is not None]
    has_masthead = bool(levels) and levels.count(levels[0]) == 1 and levels[0] == min(levels)
    if page.title and not has_masthead:
        # The masthead of such a page is mostly a picture; its title says the same.
        script.parts.insert(0, Part(Paragraph((Text(page.title),)), 1, TITLE))
        script.words = f"{page.title}\n{script.words}"
    elif count_units([page.title]) - count_units([script.words]):
        script.log.leave_out(0, 0, page.title, "the title of the page")
        script.words = f"{page.title}\n{script.words}"
    return script


def make_manuscript(page: HtmlPage, name: str, folder: Path, *, titles: bool = False) -> Manuscript:
    log = ImportLog(unit="paragraph")
    pictures = PagePictures(folder, log, titles=titles)
    reader = BlockReader(pictures, log, page.base)
    parts = gather_lists(reader.read(page.body, Look()), log)
    if page.unveiled:
        log.note("most of the text was hidden in the page, as some pages do until their script has run; it was imported")
    if page.unread:
        log.limit(f"{page.unread:,} words of drawings, formulas or frames of the page were not read: add them by hand")
    if page.embedded:
        what = "frame, embedded file or form field" if page.embedded == 1 else "frames, embedded files or form fields"
        log.limit(f"{page.embedded:,} {what} of the page could not be read: if there are words in them, add them by hand")
    words = "\n".join((page.words, *reader.titles))
    return Manuscript(name, parts, words, log, pictures.picture_files.pictures)
