"""Puts together what columns, pages and line ends broke: words over a hyphen, paragraphs over a picture."""

from __future__ import annotations

import re
from dataclasses import replace

from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.line_patterns import (
    begins_small,
    is_binding_end,
    is_closed,
    is_heading_like,
    is_titled,
    read_credit,
)
from composer.importing.manuscript.vocabulary import OPENING_WORDS, PREFIXES, Vocabulary, words_of
from composer.importing.readers.text.text_blocks import Block, Kind, is_ordered

LAST_WORD = re.compile(r"([^\W_]+(?:-[^\W_]+)*)-$")
FIRST_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
INNER_HYPHEN = re.compile(r"(?<![\w-])([^\W\d_]{2,})-([^\W\d_]{2,})(?![\w-])")
WRAPPED_HYPHEN = re.compile(r"(?<![^\W\d_])([^\W\d_]{2,})- ([a-z]{2,})(?![^\W_])")
LONGEST_WORD = 80  # looking further would take time that grows with the square of the text
BROKEN_WORD = "a word broken over two lines"
BROKEN_PARAGRAPH = "a paragraph broken by a page, a column or a picture"


def settle_captions(blocks: list[Block]) -> list[Block]:
    """A caption on a line of its own, above its credit and inside a broken paragraph, goes to the figure."""
    settled: list[Block] = []
    for index, block in enumerate(blocks):
        before = settled[-1] if settled else None
        if (
            block.kind is Kind.FIGURE
            and len(settled) > 1
            and before is not None
            and before.kind is Kind.TEXT
            and is_heading_like(before.text)
            and not read_credit(block.text).caption
            and index + 1 < len(blocks)
            and begins_small(blocks[index + 1].text)
            and not is_closed(settled[-2].text)
            and not is_heading_like(settled[-2].text)
        ):
            settled.pop()
            block = replace(block, caption=before.text, line_from=before.line_from)
        settled.append(block)
    return settled


def join_blocks(blocks: list[Block], words: Vocabulary, cut_at: set[int], log: ImportLog) -> list[Block]:
    """Blocks with whole paragraphs; a figure that stood inside one follows it."""
    joined: list[Block] = []
    pending = list(reversed(blocks))
    after_sources = True
    while pending:
        block = pending.pop()
        figures: list[Block] = []
        # Where a title may stand, a short line is not taken for half a sentence.
        may_be_title = after_sources and is_heading_like(block.text)
        while block.kind in (Kind.TEXT, Kind.ITEM, Kind.SOURCES):
            figures += take_figures(pending) if block.kind is not Kind.SOURCES else []
            if not pending:
                break
            broken = broken_between(block, pending[-1], figures, cut_at)
            if continues(block, pending[-1]):
                block = join_pair(block, pending.pop(), words, log)
            elif not may_be_title and joins_unmarked(block, pending[-1], words):
                block = join_pair(block, pending.pop(), words, log, sure=broken)
            else:
                break
        after_sources = block.kind is Kind.SOURCES or (after_sources and (block.kind is Kind.FIGURE or is_titled(block.text)))
        joined.append(block)
        joined += figures
    return joined


def take_figures(pending: list[Block]) -> list[Block]:
    """Up to three figures in a row from the top of the pile."""
    figures: list[Block] = []
    while pending and pending[-1].kind is Kind.FIGURE and len(figures) < 3:
        figures.append(pending.pop())
    return figures


def broken_between(block: Block, following: Block, figures: list[Block], cut_at: set[int]) -> bool:
    """Whether a picture or page furniture stood between the two: then a break in the middle of a sentence is likely."""
    return bool(figures) or any(number in cut_at for number in range(block.line_to, following.line_from + 1))


def continues(block: Block, following: Block) -> bool:
    """Whether the following block is surely the rest of the same sentence."""
    if block.kind is Kind.SOURCES:
        closes = following.kind is Kind.TEXT and len(following.text) < 200 and following.text.endswith((")", "）"))
        return closes and block.text[0] in "(（" and not re.search(r"[)）]", block.text)
    if following.kind is not Kind.TEXT or is_closed(block.text):
        return False
    if block.text.endswith("-"):
        return True
    # A new paragraph hardly ever begins with a bracket; the rest of a sentence often does, after a name.
    return begins_small(following.text) or following.text[0] in "(（" or (block.kind is Kind.TEXT and is_binding_end(block.text))


def joins_unmarked(block: Block, following: Block, words: Vocabulary) -> bool:
    """Two halves of a sentence where the second begins with a capital: only with more evidence than that."""
    if block.kind is not Kind.TEXT or following.kind is not Kind.TEXT or is_closed(block.text):
        return False
    first, last = words_of(following.text[:60]), words_of(block.text[-60:])
    if not first or not last or is_titled(block.text) or is_heading_like(following.text) or is_ordered(following.text):
        return False
    if words.knows_pair(last[-1], first[0]):
        return True
    return not is_heading_like(block.text) and first[0].casefold() not in OPENING_WORDS


def join_pair(block: Block, following: Block, words: Vocabulary, log: ImportLog, *, sure: bool = True) -> Block:
    """One block of the two, and a word over a hyphen made whole; what is not sure becomes a doubt of the block."""
    doubts = block.doubts + following.doubts
    tail = block.text[-LONGEST_WORD:]
    last, first = LAST_WORD.search(tail), FIRST_WORD.match(following.text[:LONGEST_WORD])
    if last is None or first is None:
        text = f"{block.text} {following.text}"
        left, right = block.text[-200:].split(" ")[-1], following.text[:200].split(" ")[0]
        log.change(block.line_to, following.line_from, f"{left} | {right}", f"{left} {right}", BROKEN_PARAGRAPH)
        doubts += () if sure else (f'one paragraph, or two that part at "{left} {right}"?',)
    else:
        whole, certain = join_word(last[1], first[0], words)
        text = block.text[: len(block.text) - len(tail) + last.start()] + whole + following.text[first.end() :]
        log.change(block.line_to, following.line_from, f"{last[1]}- {first[0]}", whole, BROKEN_WORD)
        doubts += () if certain else (doubt_word(last[1], first[0], whole),)
    return replace(block, text=text, line_to=max(block.line_to, following.line_to), doubts=doubts)


def doubt_word(left: str, right: str, whole: str) -> str:
    return f'joined from "{left}-" and "{right}": is "{whole}" right?'


def join_word(left: str, right: str, words: Vocabulary) -> tuple[str, bool]:
    """The whole word, with or without the hyphen, and whether the rest of the text bears it out."""
    merged, hyphened = left + right, f"{left}-{right}"
    tail = left.rsplit("-", 1)[-1]
    if right[0].isupper() or tail[-1:].isdigit():
        capitals = tail.isupper() and right.isupper()
        if capitals and words.knows(merged):
            return merged, True
        return hyphened, words.hyphenated[hyphened.casefold()] > 0 or not capitals
    if words.hyphenated[hyphened.casefold()] and not words.knows(merged):
        return hyphened, True
    if words.knows(merged):
        return merged, True
    # The halves are counted too where they stand at the break, so one more is needed.
    halves = (words.words[tail.casefold()] > 1, words.words[right.casefold()] > 1)
    if all(halves):
        return (hyphened, False) if tail.casefold() in PREFIXES or len(tail) > 3 else (merged, False)
    return merged, not any(halves) or len(tail) <= 3


def mend_words(block: Block, words: Vocabulary, log: ImportLog) -> Block:
    """Hyphens that a line end left inside a line, where the same text writes the word without."""

    def whole(found: re.Match[str]) -> str:
        left, right = found[1], found[2]
        merged = left + right
        alone = words.words[left.casefold()] - words.hyphenated[found[0].casefold()]
        if not words.knows(merged) or left.casefold() in PREFIXES or (alone > 0 and not merged.isupper()):
            return found[0]
        log.change(block.line_from, block.line_to, found[0], merged, "a hyphen of a line end; written whole elsewhere")
        return merged

    def wrapped(found: re.Match[str]) -> str:
        left, right = found[1], found[2]
        if right in ("and", "or", "to", "und", "bis"):
            return found[0]
        merged, sure = join_word(left, right, words)
        log.change(block.line_from, block.line_to, f"{left}- {right}", merged, BROKEN_WORD)
        if not sure:
            doubts.append(doubt_word(left, right, merged))
        return merged

    doubts = list(block.doubts)
    text = INNER_HYPHEN.sub(whole, WRAPPED_HYPHEN.sub(wrapped, block.text))
    return replace(block, text=text, doubts=tuple(doubts))
