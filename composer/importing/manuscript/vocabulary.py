"""Splits and counts words. Other steps of the import use the counts as evidence, as when a line end broke a word."""

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

# Scripts without spaces between words. Counted by word, one moved space or line break would change a whole clause.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3040-\u30ff\u3105-\u312f"
    "\u31a0-\u31ff\u3400-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
UNIT = re.compile(f"[{UNSPACED}]|[^\\W_{UNSPACED}]+")


def units_of(text: str) -> list[str]:
    """Returns words, or single characters of scripts without spaces. Compatibility forms (full width, Kangxi radicals, ligatures)
    count as the usual character (NFKC)."""
    return UNIT.findall(unicodedata.normalize("NFKC", text))


def count_units(texts: Iterable[str]) -> Counter[str]:
    return Counter(unit for text in texts for unit in units_of(text))


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


LAST_WORD = re.compile(r"(?<![^\W_])(?<![^\W_]-)([^\W_]++(?:-[^\W_]++)*+)-$")
FIRST_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
BROKEN_WORD = "a word broken over two lines"
BROKEN_PARAGRAPH = "a paragraph broken by a page, a column or a picture"


# A line that ends within an address; the part before a hyphen is part of it.
_ADDRESS_BEFORE = re.compile(
    r"(?:https?://|www\.|[\w.+-]{1,64}@)\S{0,300}$|\S{0,200}[A-Za-z0-9]\.[a-z]{2,6}/\S{0,300}$", re.IGNORECASE
)
_ADDRESS_BEHIND = re.compile(r"(?:[\w-]{1,63}\.){1,6}[a-z]{2,6}(?:/\S*)?[.,;:)]?(?:\s|$)|[\w.+-]{1,64}@[\w-]", re.IGNORECASE)


def breaks_address(before: str, behind: str) -> bool:
    """Whether a line that ends with a hyphen ends within a web or mail address: the hyphen is part of it then."""
    if not before.endswith("-"):
        return False
    token = before[-300:].split()[-1]
    return bool(_ADDRESS_BEFORE.match(token) or _ADDRESS_BEHIND.match(behind[:300]))


def joined_question(left: str, right: str, whole: str) -> str:
    return f'joined from "{left}-" and "{right}": is "{whole}" right?'


def join_word(left: str, right: str, vocabulary: Vocabulary) -> tuple[str, bool]:
    """Returns the whole word, with or without the hyphen, and whether the rest of the text supports that spelling."""
    merged, hyphened = left + right, f"{left}-{right}"
    tail = left.rsplit("-", 1)[-1]
    if vocabulary.knows(merged):
        return merged, True
    if right[0].isupper() or tail[-1:].isdigit():
        return hyphened, not (tail.isupper() and right.isupper())
    # The counts include the halves at this line end, so a half is known as a word only if it occurs once more.
    halves = (vocabulary.counts[tail.casefold()] > 1, vocabulary.counts[right.casefold()] > 1)
    if all(halves):
        return (hyphened, False) if tail.casefold() in PREFIXES or len(tail) > 3 else (merged, False)
    return merged, not any(halves) or len(tail) <= 3
