"""Quotations of comments: the text of a part as people read it, and whether a quotation is in it.

People quote from the mail, so marks for bold or links, and typographic quotation marks, must not matter.
"""

import re
from functools import lru_cache

_DROPPED = re.compile(r"<!--.*?(?:-->|\Z)|^[ ]{0,3}:::[^\n]*$|(?<![ \t])[ \t]*\{[#.][^{}\n]*\}[ \t]*$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^[ ]{0,3}#{1,6}[ \t]+", re.MULTILINE)
_LINK = re.compile(r"!?\[((?:[^\[\]\\]|\\.)*)\]\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)")
_MARK = re.compile(r"(?<!\\)(?:\*{1,3}|`+|(?<!\w)_{1,3}(?=\w)|(?<=\w)_{1,3}(?!\w))")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_SPACES = re.compile(r"\n[ \t]*\n\s*")
_WORD = re.compile(r"[^\W_]+")


def readable(source: str) -> str:
    """The text of a part without the marks of its source."""
    text = _HEADING.sub("", _DROPPED.sub("", source))
    text = _ESCAPE.sub(r"\1", _MARK.sub("", _LINK.sub(r"\1", text)))
    return _SPACES.sub("\n\n", text).strip()


def is_in(quotation: str, source: str) -> bool:
    """Whether the words of a quotation follow each other in a part: spaces, marks and punctuation between them may differ."""
    passage = " ".join(quotation.split())
    if not passage:
        return False
    if passage in " ".join(source.split()):
        return True
    terms = _WORD.findall(passage)
    return bool(terms) and _pattern(tuple(terms)).search(readable(source)) is not None


@lru_cache(maxsize=256)
def _pattern(terms: tuple[str, ...]) -> re.Pattern[str]:
    """The words with something between them. Each gap is followed by a letter, so that the search never goes back."""
    return re.compile(r"[\W_]+".join(map(re.escape, terms)))
