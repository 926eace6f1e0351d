"""Soft hyphens for long words in narrow table cells, placed by sound and without a dictionary."""

from __future__ import annotations

import re
import unicodedata

SOFT = "\u00ad"
_LONG = 9  # letters; shorter words are kept whole
_ASIDE = 3  # letters that stay together at either end of a word
_VOWELS = frozenset("aeiouyæœøаеёиоуыэюяαεηιουω")
_TOGETHER = frozenset(
    {"bl", "br", "ch", "cl", "cr", "dr", "fl", "fr", "gh", "gl", "gr", "ph", "pl", "pr", "sc", "sh", "sk", "sp", "st", "th", "tr"}
)
_WORD = re.compile(rf"[^\W\d_]{{{_LONG},}}")
_TO_BE_COPIED = re.compile(r"[/@_\d]|[.:]\w")  # addresses and names of things


def softened(text: str) -> str:
    """The text with soft hyphens in its long words; without them it is the same text."""

    def parted(match: re.Match[str]) -> str:
        said = match[0]
        return said if _TO_BE_COPIED.search(said) else _WORD.sub(lambda word: SOFT.join(pieces(word[0])), said)

    return re.sub(r"\S+", parted, text)


def pieces(word: str) -> tuple[str, ...]:
    """A word as the pieces between its soft hyphens; one that is short is one piece."""
    if len(word) < _LONG or not word.isalpha():
        return (word,)
    sounds = [unicodedata.normalize("NFD", letter)[0].lower() in _VOWELS for letter in word]
    if True not in sounds:
        return (word,)
    begin = max(_ASIDE, sounds.index(True) + 1)  # no syllable ends before there was a vowel
    small = "".join(letter.lower()[0] for letter in word)  # as many letters as the word: some have two when they are small
    cuts = [at for at in range(begin, len(word) - _ASIDE + 1) if _begins(small, sounds, at)]
    return tuple(word[start:end] for start, end in zip([0, *cuts], [*cuts, len(word)], strict=True))


def _begins(word: str, sounds: list[bool], at: int) -> bool:
    """Whether a syllable begins at `at`: with the consonant before a vowel, or with two that are spoken together."""
    if sounds[at]:
        return False
    if sounds[at + 1]:
        return word[at - 1 : at + 1] not in _TOGETHER or sounds[at - 1]
    return sounds[at + 2] and word[at : at + 2] in _TOGETHER
