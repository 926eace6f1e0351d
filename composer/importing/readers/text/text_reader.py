"""Reads plain text, usually copied from a PDF or from text recognition, into a manuscript."""

import re
from collections.abc import Iterator

from composer.importing.manuscript.document_parts import DocumentPart, Listing, Manuscript, Role
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.line_patterns import NUMBERED, LineKind
from composer.importing.manuscript.list_items import gather_lists
from composer.importing.manuscript.vocabulary import Vocabulary
from composer.importing.readers.text.broken_paragraphs import attach_captions, join_blocks, join_hyphenated
from composer.importing.readers.text.ocr_fixes import find_questions, find_similar_spellings, fix_ocr_errors
from composer.importing.readers.text.page_furniture import clear_furniture
from composer.importing.readers.text.text_blocks import TextBlock, gather_blocks
from composer.importing.readers.text.text_lines import split_lines
from composer.issue import merge_fields
from composer.issue.document import Emphasis, Inline, Inlines, Paragraph, Strong, Text

STARS = re.compile(r"\*\*(?!\s)([^*]+?)(?<!\s)\*\*|(?<![\w*])\*(?!\s)([^*]+?)(?<!\s)\*(?![\w*])")
CAPTION_ABOVE = "the line above the credit was taken as the caption: is that right?"


def read_text(source: str, name: str) -> Manuscript:
    """Returns the manuscript of the text in `source`. Raises ImportRefusedError."""
    log = ImportLog(unit="line")
    lines, cut_at = clear_furniture(split_lines(source, name), log)
    vocabulary = Vocabulary(line.text for line in lines)
    blocks = [fix_ocr_errors(block, vocabulary, log) for block in gather_blocks(lines)]
    blocks = join_blocks(attach_captions(blocks), vocabulary, cut_at, log)
    blocks = [fix_ocr_errors(join_hyphenated(block, vocabulary, log), vocabulary, log) for block in blocks]
    spellings = find_similar_spellings(vocabulary)
    parts = gather_lists([part for block in blocks for part in parts_of(block, spellings)], log)
    return Manuscript(name, parts, source, log, wrapped=True)


def parts_of(block: TextBlock, spellings: dict[str, str]) -> Iterator[DocumentPart]:
    """Yields the block as a part, after the caption above it if there is one."""
    if block.caption:
        yield DocumentPart(Paragraph(read_stars(block.caption)), block.line_from, role=Role.CAPTION, questions=(CAPTION_ABOVE,))
    number = NUMBERED.match(block.text)
    questions = (*block.questions, *find_questions(block.text[number.end() :] if number else block.text, spellings))
    listing = Listing() if block.kind is LineKind.ITEM else None
    yield DocumentPart(Paragraph(read_stars(block.text)), block.line_from, listing=listing, questions=questions)


def read_stars(text: str) -> Inlines:
    """Returns inline content: paired asterisks are emphasis, everything else stays as it is."""
    text = merge_fields.TAG_START.sub("- mr_", text)  # joining two words may have made one
    content: list[Inline] = []
    end = 0
    for match in STARS.finditer(text):
        content.append(Text(text[end : match.start()]))
        content.append(Strong((Text(match[1]),)) if match[1] else Emphasis((Text(match[2]),)))
        end = match.end()
    content.append(Text(text[end:]))
    return tuple(node for node in content if not (isinstance(node, Text) and not node.text))
