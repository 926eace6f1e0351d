"""Plain text that came out of a PDF or a scan -> an issue folder an editor can go on with."""

from __future__ import annotations

from datetime import date

from composer.document import Footer, Issue
from composer.importing.blocks import Block, gather_blocks
from composer.importing.edition import Edition, split_sources, strip_brackets
from composer.importing.encoding import read_text_file
from composer.importing.errors import ImportRefusedError
from composer.importing.finishing import Imported, account_for, fill_head, finish, write_import
from composer.importing.front import clean_highlight, take_back, take_front
from composer.importing.furniture import clear_furniture
from composer.importing.joining import join_blocks, mend_words, settle_captions
from composer.importing.ledger import Change, Ledger, LeftOut, Mark
from composer.importing.lines import split_lines
from composer.importing.shapes import SOURCES
from composer.importing.slips import find_twins, mend_slips
from composer.importing.structure import Structure
from composer.importing.vocabulary import Vocabulary

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
    ledger = Ledger()
    lines, cut_at = clear_furniture(split_lines(source, name), ledger)
    words = Vocabulary(line.text for line in lines)
    blocks = [mend_slips(block, words, ledger) for block in gather_blocks(lines)]
    blocks = join_blocks(settle_captions(blocks), words, cut_at, ledger)
    blocks = [mend_slips(mend_words(block, words, ledger), words, ledger) for block in blocks]
    front, blocks = take_front(blocks, ledger)
    back, blocks = take_back(blocks, ledger)
    highlights = [clean_highlight(block) for block in front.highlights]
    chapters = Structure(blocks, [block.text for block in highlights], words, ledger).read()
    edition = Edition(ledger, find_twins(words), known_sources(blocks))
    issue = Issue("", "", "", date.min, "", "", "", Footer(""), edition.make_sections(chapters))
    if not issue.sections:
        raise ImportRefusedError(f"{name} holds no article: only a masthead, a list or a footer was found in it.")
    whole, added = fill_head(
        issue, front, back, highlights, name, "\n".join(line.text for line in lines), ledger, today or date.today()
    )
    return finish(source, name, whole, added, ledger)


def known_sources(blocks: list[Block]) -> set[str]:
    """Sources that some article names alone: they help to part the lists of the others."""
    known: set[str] = set()
    for block in blocks:
        found = SOURCES.match(block.text)
        if found and not found[0].casefold().rstrip(" :：").endswith("s"):
            known.update(split_sources(strip_brackets(block.text[found.end() :], bracketed=True), plural=False, known=set())[0])
    return known
