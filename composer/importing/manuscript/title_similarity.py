"""Measures how similar two titles are, and matches highlights with articles."""

import itertools
import re

from composer.importing.manuscript.chinese_lines import HAN
from composer.importing.manuscript.vocabulary import BINDING_WORDS, words_of

SURE = 0.6
POSSIBLE = 0.34
SHORTEST_NAME = 3  # characters of Chinese; two characters are a common word as often as a name
_CHINESE = re.compile(f"[{HAN}]+")


def stems(text: str) -> frozenset[str]:
    """Returns the words of a title without binding words, cut to six letters, so that technology and technological match. Chinese
    has no spaces between words, so there it returns each two neighbouring characters."""
    words = [word.casefold() for word in words_of(_CHINESE.sub(" ", text)) if len(word) > 1]
    pairs = [first + second for run in _CHINESE.findall(text) for first, second in itertools.pairwise(run)]
    return frozenset([*(word[:6] for word in words if word not in BINDING_WORDS), *pairs])


def likeness(first: str, second: str) -> float:
    """Returns the share of stems that the two titles have in common, from 0 to 1 (Dice coefficient)."""
    left, right = stems(first), stems(second)
    shared = len(left & right)
    return 2 * shared / (len(left) + len(right)) if shared else 0.0


def match_titles(highlights: list[str], titles: list[str]) -> list[tuple[int, float]]:
    """Returns for each highlight the index of its title, or -1, and their similarity; no title is used twice."""
    pairs = sorted(  # the most similar first
        (-likeness(highlight, title), row, column)
        for row, highlight in enumerate(highlights)
        for column, title in enumerate(titles)
    )
    matched: dict[int, tuple[int, float]] = {}
    taken: set[int] = set()
    for score, row, column in pairs:
        if -score >= POSSIBLE and row not in matched and column not in taken:
            matched[row] = (column, -score)
            taken.add(column)
    for row in range(len(highlights)):
        if row not in matched and (match := match_by_name(highlights[row], titles, taken)):
            matched[row] = match
            taken.add(match[0])
    return [matched.get(row, (-1, 0.0)) for row in range(len(highlights))]


def match_by_name(highlight: str, titles: list[str], taken: set[int]) -> tuple[int, float] | None:
    """Matches a Chinese highlight with the only title that has a name or phrase of it: `人物：海洋化学家林佩兰` is about
    `林佩兰：把一滴海水看清楚`. It is sure if either sets the name apart by a colon or the like, otherwise only possible."""
    shared = {column: longest_shared(highlight, title) for column, title in enumerate(titles)}
    longest = max(map(len, shared.values()), default=0)
    best = [column for column, name in shared.items() if len(name) == longest]
    if longest < SHORTEST_NAME or len(best) > 1 or best[0] in taken:
        return None
    name = shared[best[0]]
    if any(name in title for column, title in enumerate(titles) if column != best[0]):
        return None
    apart = name in _CHINESE.findall(titles[best[0]]) or name in _CHINESE.findall(highlight)
    return best[0], SURE if apart else POSSIBLE


def longest_shared(first: str, second: str) -> str:
    """Returns the longest run of Chinese characters that both texts have; the first of several."""
    runs = _CHINESE.findall(first)
    longest = ""
    for run in runs:
        for start in range(len(run)):
            while len(run) - start > len(longest) and run[start : start + len(longest) + 1] in second:
                longest = run[start : start + len(longest) + 1]
    return longest
