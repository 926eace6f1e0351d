"""Reads plain text, usually copied from a PDF or from text recognition, into a manuscript."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from composer.importing.manuscript.document_parts import DocumentPart, Listing, Manuscript, Role
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.line_patterns import NUMBERED, LineKind
from composer.importing.manuscript.list_items import gather_lists
from composer.importing.manuscript.vocabulary import Vocabulary, words_of
from composer.importing.readers.text.page_furniture import clear_furniture
from composer.importing.readers.text.text_blocks import (
    TextBlock,
    attach_captions,
    gather_blocks,
    join_blocks,
    join_hyphenated,
    split_lines,
)
from composer.issue import merge_fields
from composer.issue.document import Emphasis, Inline, Inlines, Paragraph, Strong, Text

APOSTROPHE = re.compile(r"(?<=[^\W\d_])(['’]) s(?![\w'’])")
DOMAIN = re.compile(r"\b([a-z0-9-]{2,40})\. ?(?<= )((?:com|org|net|gov|edu|ac|co)(?:\.[a-z]{2,3})?)(?![\w-])")
BRACKET = re.compile(r"(?<=[a-z]{2})\((?=[A-Z]{2,12}\))")
BOLD = re.compile(r"\*\*(?!\s)([^*]{1,200}?)(?<!\s)\*\*")

SMALL_START = re.compile(r"(\S{1,40})([.!?]) ([a-z]\S{0,40}(?: \S{1,40})?)")
ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|al|no|vol|fig|dr|mr|mrs|ms|st|prof|approx|inc|ltd|co|dept)|\b[A-Za-z])$",
    re.IGNORECASE,
)
MISSING_STOP = re.compile(r"(?<!\S)(\S{0,40}[a-z)]) ((?:It|He|She|They|We|This|These|In addition|However) [a-z]+)")
DOUBLED = re.compile(r"\b([A-Z]{2,8}) ([A-Z]?[a-z]+) \1\b")
CONFUSED = (("i", ""), ("l", ""), ("v", "y"), ("rn", "m"), ("1", "l"), ("0", "o"), ("cl", "d"), ("vv", "w"), ("c", "e"))
MAX_SPELLINGS = 20_000


def fix_ocr_errors(block: TextBlock, vocabulary: Vocabulary, log: ImportLog) -> TextBlock:
    """Fixes the certain errors in the block, and logs each fix."""
    text = block.text
    for shape, after, reason in (
        (APOSTROPHE, r"\1s", "a space in a possessive"),
        (DOMAIN, r"\1.\2", "a space in a web address"),
        (BRACKET, " (", "a missing space before a bracket"),
    ):
        text = fix(text, shape, after, reason, block, log)
    return replace(block, text=strip_bold(text, vocabulary, block, log))


def fix(text: str, shape: re.Pattern[str], after: str, reason: str, block: TextBlock, log: ImportLog) -> str:
    for match in shape.finditer(text):
        start = text.rfind(" ", 0, match.start()) + 1
        stop = text.find(" ", match.end())
        before = text[start : stop if stop >= 0 else len(text)][:80]
        log.change(block.line_from, block.line_to, before, shape.sub(after, before), reason)
    return shape.sub(after, text)


def strip_bold(text: str, vocabulary: Vocabulary, block: TextBlock, log: ImportLog) -> str:
    """Removes bold from one or two words that are plain elsewhere. Bold on a phrase is intended."""
    if "**" not in text:
        return text

    def judge(match: re.Match[str]) -> str:
        inside = words_of(match[1])
        stray = match.start() > 0 and len(inside) <= 2 and all(vocabulary.counts[word.casefold()] > 1 for word in inside)
        if not stray:
            return match[0]
        log.change(block.line_from, block.line_to, match[0], match[1], "bold type on a word that is plain elsewhere")
        return match[1]

    return BOLD.sub(judge, text)


def find_questions(text: str, twins: dict[str, str]) -> list[str]:
    """Returns questions for the editor about places of this text, one for each kind of mistake that may be there."""
    questions: list[str] = []
    small = [
        f"{match[1]}{match[2]} {match[3]}"
        for match in SMALL_START.finditer(text)
        if not ABBREVIATION.search(match[1]) and match[1][-1:].isalnum() + (match[1][-1:] in ")]\"”'’") and "@" not in match[3]
    ]
    if small:
        questions.append(f"a sentence begins with a lowercase letter: {quoted(small)}")
    if stops := [match[0] for match in MISSING_STOP.finditer(text)]:
        questions.append(f"a full stop may be missing: {quoted(stops)}")
    if doubled := [match[0] for match in DOUBLED.finditer(text)]:
        questions.append(f"a word may be repeated here: {quoted(doubled)}")
    if "\ufffd" in text:
        questions.append("letters were lost before the import: look for \ufffd")
    questions += [
        f'"{word}" here, "{twins[word]}" elsewhere: which is right?' for word in dict.fromkeys(words_of(text)) if word in twins
    ]
    return questions


def quoted(passages: list[str]) -> str:
    shown = ", ".join(f'"{passage}"' for passage in passages[:5])
    return shown if len(passages) <= 5 else f"{shown} and {len(passages) - 5} more"


def find_similar_spellings(vocabulary: Vocabulary) -> dict[str, str]:
    """Returns word -> more common word, for words that occur once and differ from the other only by letters that look alike."""
    if len(vocabulary.spellings) > MAX_SPELLINGS:
        return {}
    twins: dict[str, str] = {}
    shapes: dict[str, list[str]] = defaultdict(list)
    for word in vocabulary.spellings:
        if len(word) >= 6:
            shapes[blurred(word)].append(word)
    for kin in shapes.values():
        known = {word.casefold(): word for word in kin}
        if len(known) < 2:
            continue
        common = max(known.values(), key=lambda word: (vocabulary.counts[word.casefold()], len(word)))
        twins |= {
            word: common
            for word in kin
            if word.casefold() != common.casefold()
            and vocabulary.counts[word.casefold()] == 1
            and word[0].isupper() == common[0].isupper()
        }
    return twins


def blurred(word: str) -> str:
    """Returns a key that is equal for words that text recognition may confuse: similar letters become one, thin ones vanish."""
    text = word.casefold()
    for before, after in CONFUSED:
        text = text.replace(before, after)
    return text


STARS = re.compile(r"\*\*(?!\s)([^*]+?)(?<!\s)\*\*|(?<![\w*])\*(?!\s)([^*]+?)(?<!\s)\*(?![\w*])")
CAPTION_ABOVE = "the line above the credit was taken as the caption: is that right?"


def read_text(source: str, name: str) -> Manuscript:
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
