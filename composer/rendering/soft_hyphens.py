"""Puts soft hyphens into long words in narrow table cells, by syllable rules without a dictionary."""

import re
import unicodedata

SOFT = "\u00ad"
LONG = 8  # letters; words of up to this many get no soft hyphens
_ASIDE = 3  # letters at either end of a word that stay together
_VOWELS = frozenset("aeiouyæœøаеёиоуыэюяαεηιουω")
_TOGETHER = frozenset(
    {"bl", "br", "ch", "cl", "cr", "dr", "fl", "fr", "gh", "gl", "gr", "ph", "pl", "pr", "sc", "sh", "sk", "sp", "st", "th", "tr"}
)
_WORD = re.compile(rf"[^\W\d_]{{{LONG + 1},}}")
_TO_BE_COPIED = re.compile(r"[/@_\d]|[.:]\w")  # addresses and identifiers, which people may copy


def softened(text: str, most: int = LONG) -> str:
    """Returns the text with soft hyphens in its words of more than `most` letters, and no other change."""

    def parted(match: re.Match[str]) -> str:
        token = match[0]
        return (
            token
            if _TO_BE_COPIED.search(token)
            else _WORD.sub(lambda word: SOFT.join(pieces(word[0])) if len(word[0]) > most else word[0], token)
        )

    return re.sub(r"\S+", parted, text)


def pieces(word: str) -> tuple[str, ...]:
    """Splits a word at the places for soft hyphens; a short word is one piece."""
    if len(word) <= LONG or not word.isalpha():
        return (word,)
    sounds = [unicodedata.normalize("NFD", letter)[0].lower() in _VOWELS for letter in word]
    if True not in sounds:
        return (word,)
    begin = max(_ASIDE, sounds.index(True) + 1)  # no syllable ends before the first vowel
    small = "".join(letter.lower()[0] for letter in word)  # [0] keeps the length: some letters have two in lowercase
    cuts = [at for at in range(begin, len(word) - _ASIDE + 1) if _begins(small, sounds, at)]
    return tuple(word[start:end] for start, end in zip([0, *cuts], [*cuts, len(word)], strict=True))


def _begins(word: str, sounds: list[bool], at: int) -> bool:
    """Whether a syllable begins at `at`: with a consonant before a vowel, or with two consonants that belong together."""
    if sounds[at]:
        return False
    if sounds[at + 1]:
        return word[at - 1 : at + 1] not in _TOGETHER or sounds[at - 1]
    return sounds[at + 2] and word[at : at + 2] in _TOGETHER
