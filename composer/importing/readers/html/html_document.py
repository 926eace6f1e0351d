"""Reads a web page, a mail saved as one, or Word's HTML into a manuscript. Runs no scripts and downloads nothing."""

from pathlib import Path

from composer.importing.manuscript.document_parts import TITLE, DocumentPart, Manuscript
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.inline_slicing import usable_links
from composer.importing.manuscript.list_items import gather_lists
from composer.importing.manuscript.word_units import count_units
from composer.importing.readers.html.html_blocks import HtmlBlockReader, InheritedStyle
from composer.importing.readers.html.html_nodes import HtmlPage, decode_page, read_tree
from composer.importing.readers.html.html_pictures import PagePictures
from composer.issue.document import Paragraph, Text


def read_page(data: bytes, name: str, folder: Path) -> Manuscript:
    """Returns the manuscript of the page in `data`; its pictures are in `folder`. Raises ImportRefusedError."""
    source, guess = decode_page(data, name)
    page = read_tree(source, name)
    script = make_manuscript(page, name, folder)
    script.log.limit_encoding(guess)
    levels = [part.level for part in script.parts if part.level is not None]
    has_masthead = bool(levels) and levels.count(levels[0]) == 1 and levels[0] == min(levels)
    if page.title and not has_masthead:
        # The masthead of such a page is usually a picture; the page title has the same text.
        script.parts.insert(0, DocumentPart(Paragraph((Text(page.title),)), 1, TITLE))
        script.source_text = f"{page.title}\n{script.source_text}"
    elif count_units([page.title]) - count_units([script.source_text]):
        script.log.leave_out(0, 0, page.title, "the title of the page")
        script.source_text = f"{page.title}\n{script.source_text}"
    script.head_lines.append(page.title)
    return script


def make_manuscript(page: HtmlPage, name: str, folder: Path, *, titles: bool = False) -> Manuscript:
    log = ImportLog(unit="paragraph")
    pictures = PagePictures(folder, log, titles=titles)
    reader = HtmlBlockReader(pictures, log, page.base)
    parts = gather_lists(reader.read(page.body, InheritedStyle()), log)
    if page.unveiled:
        log.note("most of the text of the page was hidden, as on some pages until their script runs; it was imported")
    if page.unread:
        what = "1 word" if page.unread == 1 else f"{page.unread:,} words"
        was = "was" if page.unread == 1 else "were"
        log.limit(f"{what} of drawings, formulas or frames of the page {was} not read: add the text by hand")
    if page.embedded:
        what = "frame, embedded file or form field" if page.embedded == 1 else "frames, embedded files or form fields"
        log.limit(f"{page.embedded:,} {what} of the page could not be read: if there is text inside, add it by hand")
    source_text = "\n".join((page.text, *reader.titles))
    links = usable_links((text, reader.whole(href) if href else "") for text, href in page.links)
    return Manuscript(name, parts, source_text, log, pictures.picture_files.pictures, links=links)
