"""Joins the halves of a word that was broken at a line end; the rest of the text decides whether the hyphen stays."""

import re

from composer.importing.manuscript.vocabulary import PREFIXES, Vocabulary

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
