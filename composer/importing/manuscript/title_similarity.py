"""How like two titles are, and which article each highlight means."""

from __future__ import annotations

from composer.importing.manuscript.vocabulary import BINDING_WORDS, words_of

SURE = 0.6
POSSIBLE = 0.34


def stems(text: str) -> frozenset[str]:
    """What a title is about: its words less the binding ones, cut to six letters, as technology and technological are kin."""
    words = [word.casefold() for word in words_of(text) if len(word) > 1]
    return frozenset(word[:6] for word in words if word not in BINDING_WORDS)


def likeness(first: str, second: str) -> float:
    """From 0 to 1: the share of stems the two titles have in common, seen from both sides."""
    left, right = stems(first), stems(second)
    shared = len(left & right)
    return 2 * shared / (len(left) + len(right)) if shared else 0.0


def match_titles(highlights: list[str], titles: list[str]) -> list[tuple[int, float]]:
    """For each highlight the index of the title it means, or -1, and how like they are; no title is taken twice."""
    pairs = sorted(  # the likest first
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
