"""Gathers the lines of plain text into blocks: paragraphs, items, captions; joins paragraphs that a page or picture broke."""

import itertools
import re
from dataclasses import dataclass, replace

from composer.importing.manuscript.document_parts import MAX_CHARACTERS, MAX_LINES
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.line_patterns import (
    BULLETED,
    INNER_SOURCE,
    NUMBERED,
    LineKind,
    begins_small,
    is_bare_credit,
    is_binding_end,
    is_closed,
    is_credit,
    is_heading_like,
    is_sources,
    is_staff,
    is_titled,
    kind_of_line,
)
from composer.importing.manuscript.vocabulary import (
    BROKEN_PARAGRAPH,
    BROKEN_WORD,
    FIRST_WORD,
    LAST_WORD,
    OPENING_WORDS,
    PREFIXES,
    Vocabulary,
    breaks_address,
    join_word,
    joined_question,
    words_of,
)
from composer.importing.refusals import ImportRefusedError, TooLongError
from composer.issue import merge_fields
from composer.issue.characters import FORBIDDEN

RULE = re.compile(r"([^\w\s])\1{7,}")  # a line drawn with characters


@dataclass(frozen=True, slots=True)
class TextLine:
    """`number` counts from 1; a line with a form feed in it becomes several TextLines with the same number."""

    number: int
    text: str


def split_lines(source: str, name: str) -> list[TextLine]:
    """Returns the lines without control characters. Raises ImportRefusedError if the text is too long or has no letters."""
    if len(source) > MAX_CHARACTERS:
        raise TooLongError(name, len(source), MAX_CHARACTERS, "characters")
    rows = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(rows) > MAX_LINES:
        raise TooLongError(name, len(rows), MAX_LINES, "lines")
    lines = [TextLine(number, clean(part)) for number, row in enumerate(rows, start=1) for part in row.split("\f")]
    if not any(letter.isalpha() for line in lines for letter in line.text):
        raise ImportRefusedError(
            f"{name} contains no text: no letter was found. Was the PDF a scan without a text layer?", "empty"
        )
    return lines


def clean(row: str) -> str:
    """Cleans one line: removes characters that an issue may not contain, and shortens drawn lines; words stay as they are."""
    text = RULE.sub(lambda match: match[1] * 3, FORBIDDEN.sub(" ", row))
    return " ".join(merge_fields.TAG_START.sub("- mr_", text).split())


# If lines are longer than this, each line is a whole paragraph.
WIDEST_WRAP = 140


@dataclass(frozen=True, slots=True)
class TextBlock:
    """`text` is on one line; a joined block covers line_from to line_to. `caption`: the line above a picture credit.

    `questions`: what an editor has to decide about the block.
    """

    kind: LineKind
    text: str
    line_from: int
    line_to: int
    caption: str = ""
    questions: tuple[str, ...] = ()


def gather_blocks(lines: list[TextLine]) -> list[TextBlock]:
    """Returns blocks in reading order; lines that were wrapped at the right margin become one block."""
    width = wrap_width(lines)
    blocks: list[TextBlock] = []
    rows: list[TextLine] = []
    for line in [*lines, TextLine(0, "")]:
        if rows and (not line.text or begins_block(rows, line.text, width)):
            blocks.append(close_block(rows))
            rows = []
        if line.text:
            rows.append(line)
    return blocks


def wrap_width(lines: list[TextLine]) -> int:
    """Returns the width at which the text is wrapped, in characters; 0 if every line is a paragraph."""
    together = [
        len(line.text)
        for line, following in itertools.pairwise(lines)
        if line.text and following.text and following.number != line.number
    ]
    if len(together) < 10:
        return 0
    width = sorted(together)[len(together) * 9 // 10]
    return width if 30 <= width <= WIDEST_WRAP else 0


def begins_block(rows: list[TextLine], text: str, width: int) -> bool:
    previous = rows[-1].text
    if text[0] not in "(（" and is_sources(text) and is_credit(rows[0].text) and not INNER_SOURCE.search(rows[0].text):
        return False
    if BULLETED.match(text) or NUMBERED.match(text) or is_staff(text) or is_sources(text):
        return True
    first = rows[0].text
    if is_sources(first):
        return previous.endswith((")", "）")) or first[0] not in "(（"
    if is_credit(text) or is_credit(first) or is_credit(" ".join(row.text for row in rows[-2:])):
        return not width or (is_closed(previous) and not previous.endswith((":", "：")))
    if BULLETED.match(first):
        return text[:1].isupper() and len(previous) < (width or WIDEST_WRAP) * 0.6
    return not width or len(previous) < 0.6 * width


def close_block(rows: list[TextLine]) -> TextBlock:
    text = " ".join(row.text for row in rows)
    kind = kind_of_line(text)
    if kind is LineKind.ITEM:
        text = BULLETED.sub("", text, count=1)
    return TextBlock(kind, text, rows[0].number, rows[-1].number)


INNER_HYPHEN = re.compile(r"(?<![\w-])([^\W\d_]{2,})-([^\W\d_]{2,})(?![\w-])")
ADDRESS = re.compile(r"((?:https?://|www\.|[\w.+-]{1,64}@)\S+)", re.IGNORECASE)
LONGEST_WORD = 80  # searching further would take time that grows with the square of the text


def attach_captions(blocks: list[TextBlock]) -> list[TextBlock]:
    """Takes the line above a picture credit as its caption, if both are inside an interrupted paragraph."""
    settled: list[TextBlock] = []
    for index, block in enumerate(blocks):
        before = settled[-1] if settled else None
        if (
            block.kind is LineKind.FIGURE
            and len(settled) > 1
            and before is not None
            and before.kind is LineKind.TEXT
            and is_heading_like(before.text)
            and is_bare_credit(block.text)
            and index + 1 < len(blocks)
            and begins_small(blocks[index + 1].text)
            and not is_closed(settled[-2].text)
            and not is_heading_like(settled[-2].text)
        ):
            settled.pop()
            block = replace(block, caption=before.text, line_from=before.line_from)
        settled.append(block)
    return settled


def join_blocks(blocks: list[TextBlock], vocabulary: Vocabulary, cut_at: set[int], log: ImportLog) -> list[TextBlock]:
    """Returns blocks with whole paragraphs; a figure inside a paragraph follows it."""
    joined: list[TextBlock] = []
    pending = list(reversed(blocks))
    after_sources = True
    while pending:
        block = pending.pop()
        figures: list[TextBlock] = []
        # Where a title is possible, a short line is not taken as half a sentence.
        may_be_title = after_sources and is_heading_like(block.text)
        while block.kind in (LineKind.TEXT, LineKind.ITEM, LineKind.SOURCES):
            figures += take_figures(pending) if block.kind is not LineKind.SOURCES else []
            if not pending:
                break
            broken = broken_between(block, pending[-1], figures, cut_at)
            if continues(block, pending[-1]):
                block = join_pair(block, pending.pop(), vocabulary, log)
            elif not may_be_title and joins_unmarked(block, pending[-1], vocabulary):
                block = join_pair(block, pending.pop(), vocabulary, log, sure=broken)
            else:
                break
        goes_on = block.kind is LineKind.FIGURE or is_titled(block.text)
        after_sources = block.kind is LineKind.SOURCES or (after_sources and goes_on)
        joined.append(block)
        joined += figures
    return joined


def take_figures(pending: list[TextBlock]) -> list[TextBlock]:
    figures: list[TextBlock] = []
    while pending and pending[-1].kind is LineKind.FIGURE and len(figures) < 3:
        figures.append(pending.pop())
    return figures


def broken_between(block: TextBlock, following: TextBlock, figures: list[TextBlock], cut_at: set[int]) -> bool:
    """Whether there was a picture or page furniture between the two, which makes a break within a sentence likely."""
    return bool(figures) or any(number in cut_at for number in range(block.line_to, following.line_from + 1))


def continues(block: TextBlock, following: TextBlock) -> bool:
    """Whether the following block certainly continues the sentence."""
    if block.kind is LineKind.SOURCES:
        closes = following.kind is LineKind.TEXT and len(following.text) < 200 and following.text.endswith((")", "）"))
        return closes and block.text[0] in "(（" and not re.search(r"[)）]", block.text)
    if following.kind is not LineKind.TEXT or is_closed(block.text):
        return False
    if block.text.endswith("-"):
        return True
    # A new paragraph rarely begins with a bracket; the rest of a sentence often does, after a name.
    return (
        begins_small(following.text) or following.text[0] in "(（" or (block.kind is LineKind.TEXT and is_binding_end(block.text))
    )


def joins_unmarked(block: TextBlock, following: TextBlock, vocabulary: Vocabulary) -> bool:
    """Whether the following block continues the sentence although it begins with a capital, which needs more evidence."""
    if block.kind is not LineKind.TEXT or following.kind is not LineKind.TEXT or is_closed(block.text):
        return False
    first, last = words_of(following.text[:60]), words_of(block.text[-60:])
    if not first or not last or is_titled(block.text) or is_heading_like(following.text) or NUMBERED.match(following.text):
        return False
    if vocabulary.knows_pair(last[-1], first[0]):
        return True
    return not is_heading_like(block.text) and first[0].casefold() not in OPENING_WORDS


def join_pair(block: TextBlock, following: TextBlock, vocabulary: Vocabulary, log: ImportLog, *, sure: bool = True) -> TextBlock:
    """Joins the two blocks, and a word that a hyphen broke; what is not sure becomes a question of the block."""
    questions = block.questions + following.questions
    tail = block.text[-LONGEST_WORD:]
    last, first = LAST_WORD.search(tail), FIRST_WORD.match(following.text[:LONGEST_WORD])
    if breaks_address(block.text, following.text):
        text = block.text + following.text
    elif last is None or first is None:
        text = f"{block.text} {following.text}"
        left, right = block.text[-200:].split(" ")[-1], following.text[:200].split(" ")[0]
        log.change(block.line_to, following.line_from, f"{left} | {right}", f"{left} {right}", BROKEN_PARAGRAPH)
        questions += () if sure else (f'one paragraph, or two that part at "{left} {right}"?',)
    else:
        whole, certain = join_word(last[1], first[0], vocabulary)
        text = block.text[: len(block.text) - len(tail) + last.start()] + whole + following.text[first.end() :]
        log.change(block.line_to, following.line_from, f"{last[1]}- {first[0]}", whole, BROKEN_WORD)
        questions += () if certain else (joined_question(last[1], first[0], whole),)
    return replace(block, text=text, line_to=max(block.line_to, following.line_to), questions=questions)


def join_hyphenated(block: TextBlock, vocabulary: Vocabulary, log: ImportLog) -> TextBlock:
    """Removes hyphens that a line end left inside a line, if the text elsewhere writes the word without a hyphen."""

    def whole(match: re.Match[str]) -> str:
        left, right = match[1], match[2]
        merged = left + right
        alone = vocabulary.counts[left.casefold()] - vocabulary.hyphenated[match[0].casefold()]
        if not vocabulary.knows(merged) or left.casefold() in PREFIXES or (alone > 0 and not merged.isupper()):
            return match[0]
        log.change(block.line_from, block.line_to, match[0], merged, "a hyphen from a line end; elsewhere written without it")
        return merged

    # Every second piece is an address, whose hyphens are its own.
    pieces = (piece if at % 2 else INNER_HYPHEN.sub(whole, piece) for at, piece in enumerate(ADDRESS.split(block.text)))
    return replace(block, text="".join(pieces))
