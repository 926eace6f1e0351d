"""What a digest shows of an article: its summary, or a proposed one, its picture, and how long reading the article takes."""

import re
from collections.abc import Iterable
from itertools import zip_longest
from math import ceil
from typing import NamedTuple, TypeVar

from composer.issue.document import DIGEST, Article, Block, Figure, Inlines, Issue, Paragraph, Sources, Summary, Text, plain, walk
from composer.issue.languages import HAN_CHARACTER

MOST_WORDS = 60  # of a summary
MOST_HAN = 100
_GOOD_WORDS, _GOOD_HAN = 24, 40  # a proposed summary gets no further sentence once it has so many
_LONGEST_WORDS, _LONGEST_HAN = 42, 80
_WORDS_A_MINUTE, _HAN_A_MINUTE = 230, 400  # of an adult who reads for information
_WORD = re.compile(r"[^\W_]+(?:['’.,·-][^\W_]+)*")
# Possessive, and from the first mark of a row only: otherwise ten thousand marks in a row took a second.
_END = re.compile(r"(?<![.!?…؟])[.!?…؟]++[\"”’»)\]]*+(?=\s)|[。！？…]+[”’」』）〉》]*")
_NEAR = 20  # characters around an end that decide whether it is one
# What a full stop does not end a sentence after: titles, other abbreviations, and single capital letters.
_ABBREVIATION = re.compile(
    r"(?:\b(?:Dr|Mr|Mrs|Ms|Prof|St|No|Nos|vs|cf|etc|approx|Fig|Vol|Jr|Sr|Inc|Ltd|Co|Corp|Dept|Univ|al|bzw|ca|Nr|z\.B|d\.h"
    r"|i\.e|e\.g|p\.ex|т\.е|г|гг|им|проф)|(?:\b[^\W\d_]\.?)+)\Z"
)

Item = TypeVar("Item")


class Length(NamedTuple):
    """The length of a text. A Chinese character is no word."""

    word_count: int
    han_count: int


def length_of(text: str) -> Length:
    han_count = len(HAN_CHARACTER.findall(text))
    return Length(len(_WORD.findall(HAN_CHARACTER.sub(" ", text) if han_count else text)), han_count)


def is_too_long(text: str) -> bool:
    """Whether a summary is longer than a reader of a digest wants: 60 words, or 100 Chinese characters."""
    length = length_of(text)
    return length.word_count / MOST_WORDS + length.han_count / MOST_HAN > 1


def summary_of(article: Article) -> Inlines:
    """Returns the summary that somebody wrote, else a proposed one."""
    return article.summary or ((Text(proposed),) if (proposed := proposed_summary(article)) else ())


def proposed_summary(article: Article) -> str:
    """Returns the first sentences of an article; an empty text if it has none."""
    kept, so_far = "", Length(0, 0)
    for paragraph in _paragraphs(article.blocks):
        for sentence in sentences(paragraph):
            length = length_of(sentence)
            whole = Length(so_far.word_count + length.word_count, so_far.han_count + length.han_count)
            is_short = so_far.word_count / _GOOD_WORDS + so_far.han_count / _GOOD_HAN < 0.5
            most_words, most_han = (MOST_WORDS, MOST_HAN) if kept and is_short else (_LONGEST_WORDS, _LONGEST_HAN)
            if whole.word_count / most_words + whole.han_count / most_han > 1:
                return kept or _cut(sentence)
            gap = "" if not kept or HAN_CHARACTER.search(kept[-2:]) or kept[-1] in "。！？…”」" else " "
            kept, so_far = f"{kept}{gap}{sentence}", whole
            if whole.word_count / _GOOD_WORDS + whole.han_count / _GOOD_HAN >= 1:
                return kept
        if kept:
            return kept  # the second paragraph often begins another thought
    return kept


def sentences(text: str) -> list[str]:
    """Splits a paragraph into sentences, also after Chinese and Arabic punctuation, not after abbreviations."""
    parts: list[str] = []
    start = 0
    for match in _END.finditer(text):
        before = text[max(start, match.start() - _NEAR) : match.start()]
        after = text[match.end() : match.end() + _NEAR].lstrip()
        is_stop = match[0].rstrip('"”’»)]') == "."
        if is_stop and (_ABBREVIATION.search(before) or after[:1].islower()):
            continue
        parts.append(text[start : match.end()].strip())
        start = match.end()
    return [part for part in (*parts, text[start:].strip()) if part]


def _cut(sentence: str) -> str:
    """Returns the beginning of a long sentence, up to a comma if there is one in its second half, with an ellipsis."""
    end, word_count, han_count = len(sentence), 0, 0
    for match in re.finditer(rf"[^\s{HAN_CHARACTER.pattern[1:-1]}]+|{HAN_CHARACTER.pattern}", sentence):
        length = length_of(match[0])
        word_count, han_count = word_count + length.word_count, han_count + length.han_count
        if word_count / _LONGEST_WORDS + han_count / _LONGEST_HAN > 1:
            end = match.start()
            break
    kept = sentence[:end]
    clause = max(kept.rfind(mark) for mark in ("，", ", ", "；", "; ", "、"))
    return (kept[:clause] if clause > len(kept) // 2 else kept).rstrip(" ,;:，；、：") + "…"


def _paragraphs(blocks: tuple[Block, ...]) -> list[str]:
    texts = (" ".join(plain(block.content).split()) for block in walk(blocks) if isinstance(block, Paragraph))
    return [text for text in texts if text]


def reading_minutes(article: Article) -> int:
    """Returns how long reading the whole article takes, in minutes, at least 1."""
    return minutes_of(length_of(_whole_text(article)))


def _whole_text(article: Article) -> str:
    texts = [text for block in walk(article.blocks) if not isinstance(block, Sources | Summary) for text in _texts_of(block)]
    return " ".join(texts)


def minutes_of(length: Length) -> int:
    return max(1, ceil(length.word_count / _WORDS_A_MINUTE + length.han_count / _HAN_A_MINUTE - 0.25))


def _texts_of(block: Block) -> list[str]:
    own = [] if isinstance(block, Figure) else list(block.own_texts())
    return [*own, *map(plain, block.contents())]


def first_figure(article: Article) -> Figure | None:
    """Returns the picture with which an article is shown: its first, if possible one that is not missing."""
    figures = [block for block in walk(article.blocks) if isinstance(block, Figure)]
    return next((figure for figure in figures if not figure.missing), figures[0] if figures else None)


def lead_of(issue: Issue) -> Article | None:
    """Returns the story under the masthead: the one that the issue names; a digest that names none begins with its first
    highlight, preferably one with a picture."""
    if issue.lead:
        return next((article for article in issue.articles() if article.id == issue.lead), None)
    if issue.layout != DIGEST:
        return None
    stories = [article for article in issue.highlighted() if not article.whole_in_digest]
    shown = (article for article in stories if (figure := first_figure(article)) is not None and not figure.missing)
    return next(shown, stories[0] if stories else None)


def in_turn(groups: Iterable[Iterable[Item]]) -> list[Item]:
    """Returns the first item of each group, then the second of each, and so on, so that few stories are of many sections."""
    return [item for turn in zip_longest(*groups) for item in turn if item is not None]


def is_story(issue: Issue, article: Article) -> bool:
    """Whether the mail has a summary of an article instead of its text."""
    return issue.layout == DIGEST and not article.whole_in_digest


def has_stories(issue: Issue) -> bool:
    """Whether the mail has links to the pages of its articles."""
    return any(is_story(issue, article) for article in issue.articles())


def shortens(issue: Issue) -> bool:
    """Whether the mail would be shorter as a digest: it has the whole texts, and some article has more than its summary."""
    return issue.layout != DIGEST and any(
        len(_whole_text(article)) > len(plain(summary_of(article))) for article in issue.articles() if not article.whole_in_digest
    )
