"""Measures how similar two titles are, and matches highlights with articles."""

from __future__ import annotations

from composer.importing.manuscript.vocabulary import BINDING_WORDS, words_of

SURE = 0.6
POSSIBLE = 0.34


def stems(text: str) -> frozenset[str]:
    """Returns the words of a title without binding words, cut to six letters, so that technology and technological match."""
    words = [word.casefold() for word in words_of(text) if len(word) > 1]
    return frozenset(word[:6] for word in words if word not in BINDING_WORDS)


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
    return [matched.get(row, (-1, 0.0)) for row in range(len(highlights))]
