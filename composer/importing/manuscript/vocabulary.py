"""Counts the words of a text and their neighbours; the other steps of the import use the counts as evidence."""

import itertools
import re
from collections import Counter
from collections.abc import Iterable

WORD = re.compile(r"[^\W_]+")
CLAUSE_END = re.compile(r"(?<![.!?;:,()\"])[.!?;:,()\"]++(?:\s|$)")
HYPHENATED = re.compile(r"(?<![^\W_])[^\W_]+(?:-[^\W_]+)+")


def word_set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Neither a heading nor a paragraph ends with one of these words.
BINDING_WORDS = word_set(
    """
    a an the and or nor but of in on at by for from with without to into onto upon over under between among about as
    than that which who whose what how why whether where when while if because since until during after before through towards
    toward against within across via per is are was were be been being has have had will would can could may might must
    shall should its their his her our your this these those such both either each every some any no not only also
    very more most including featuring
    """
)
# Sentences begin with these words far more often than headings do.
OPENING_WORDS = word_set(
    """
    the in on at by from during since after before as while with under upon to for he she it they we this these
    those that there according among although however both each all one two four when where if its his her their our
    so a an over through because more most such many some now today then thus yet only not
    """
)
PREFIXES = word_set(
    """
    anti auto bio co counter cross de eco electro ex extra geo half high hyper inter intra low macro mega meta micro
    mid mini mono multi nano neo non off out over photo poly post pre pro pseudo quasi re self semi short long sub
    super techno trans tri ultra un under well
    """
)


def words_of(text: str) -> list[str]:
    """Returns the runs of letters and digits, in their original case."""
    return WORD.findall(text)


class Vocabulary:
    """Counts each word and each pair of neighbouring words in the lines of a text."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.counts: Counter[str] = Counter()
        self.spellings: Counter[str] = Counter()
        self.hyphenated: Counter[str] = Counter()
        self.pairs: Counter[tuple[str, str]] = Counter()
        for line in lines:
            self.spellings.update(words_of(line))
            for clause in CLAUSE_END.split(line):
                words = words_of(clause)
                self.counts.update(word.casefold() for word in words)
                self.pairs.update(itertools.pairwise(words))
            self.hyphenated.update(word.casefold() for word in HYPHENATED.findall(line))

    def knows(self, word: str) -> bool:
        return word.casefold() in self.counts

    def knows_pair(self, first: str, second: str) -> bool:
        """Whether the two words are neighbours somewhere in the text, in exactly this case."""
        return (first, second) in self.pairs
