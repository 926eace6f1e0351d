"""Joins paragraphs that a column, page or picture interrupted, and words that a line end broke."""

import re
from dataclasses import replace

from composer.importing.manuscript.broken_words import (
    BROKEN_PARAGRAPH,
    BROKEN_WORD,
    FIRST_WORD,
    LAST_WORD,
    breaks_address,
    join_word,
    joined_question,
)
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.line_patterns import (
    NUMBERED,
    LineKind,
    begins_small,
    is_bare_credit,
    is_binding_end,
    is_closed,
    is_heading_like,
    is_titled,
)
from composer.importing.manuscript.vocabulary import OPENING_WORDS, PREFIXES, Vocabulary, words_of
from composer.importing.readers.text.text_blocks import TextBlock

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
