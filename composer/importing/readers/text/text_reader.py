"""Plain text that came out of a PDF or a scan -> an issue folder an editor can go on with."""

from __future__ import annotations

from datetime import date

from composer.importing.files.text_encoding import read_text_file
from composer.importing.imported_issue import Imported, account_for, fill_head, finish, write_import
from composer.importing.manuscript.broken_words import join_blocks, mend_words, settle_captions
from composer.importing.manuscript.import_log import Change, ImportLog, LeftOut, Mark
from composer.importing.manuscript.line_patterns import SOURCES
from composer.importing.manuscript.vocabulary import Vocabulary
from composer.importing.readers.text.ocr_fixes import find_twins, mend_slips
from composer.importing.readers.text.page_furniture import clear_furniture
from composer.importing.readers.text.text_blocks import Block, gather_blocks
from composer.importing.readers.text.text_lines import split_lines
from composer.importing.refusals import ImportRefusedError
from composer.importing.structure.masthead_lines import clean_highlight, take_back, take_front
from composer.importing.structure.text_issue import Edition, split_sources, strip_brackets
from composer.importing.structure.unmarked_headings import Structure
from composer.issue.document import Footer, Issue

__all__ = [
    "Change",
    "ImportRefusedError",
    "Imported",
    "LeftOut",
    "Mark",
    "account_for",
    "import_text",
    "read_text_file",
    "write_import",
]


def import_text(source: str, *, name: str, today: date | None = None) -> Imported:
    """The issue written in `source`; `name` is the name of its file. Raises ImportRefusedError for what is no issue."""
    log = ImportLog()
    lines, cut_at = clear_furniture(split_lines(source, name), log)
    words = Vocabulary(line.text for line in lines)
    blocks = [mend_slips(block, words, log) for block in gather_blocks(lines)]
    blocks = join_blocks(settle_captions(blocks), words, cut_at, log)
    blocks = [mend_slips(mend_words(block, words, log), words, log) for block in blocks]
    front, blocks = take_front(blocks, log)
    back, blocks = take_back(blocks, log)
    highlights = [clean_highlight(block) for block in front.highlights]
    chapters = Structure(blocks, [block.text for block in highlights], words, log).read()
    edition = Edition(log, find_twins(words), known_sources(blocks))
    issue = Issue("", "", "", date.min, "", "", "", Footer(""), edition.make_sections(chapters))
    if not issue.sections:
        raise ImportRefusedError(f"{name} holds no article: only a masthead, a list or a footer was found in it.")
    whole, added = fill_head(
        issue, front, back, highlights, name, "\n".join(line.text for line in lines), log, today or date.today()
    )
    return finish(source, name, whole, added, log)


def known_sources(blocks: list[Block]) -> set[str]:
    """Sources that some article names alone: they help to part the lists of the others."""
    known: set[str] = set()
    for block in blocks:
        found = SOURCES.match(block.text)
        if found and not found[0].casefold().rstrip(" :：").endswith("s"):
            known.update(split_sources(strip_brackets(block.text[found.end() :], bracketed=True), plural=False, known=set())[0])
    return known
