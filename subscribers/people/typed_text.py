"""What a search inside of words looks for: the words that were typed, or a number, as telephone numbers are written."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from subscribers import attributes

SEPARATORS = "-.() "  # in a number
_NUMBER = re.compile(r"(?:\+|00)?[0-9() .\-]+")
_OF_CHINA = re.compile(r"^(?:\+|00)86")
_SHORTEST = 5  # digits
_APART = dict.fromkeys(map(ord, SEPARATORS))


class TypedText(NamedTuple):
    """The words, and the digits if the text is a number, without the prefix of China."""

    terms: Sequence[str]
    number: str = ""

    @classmethod
    def of(cls, text: str) -> "TypedText":
        terms = dict.fromkeys(text.replace("\0", " ").split())
        plain = attributes.half_width(text).strip()
        digits = re.sub(r"[^0-9]", "", _OF_CHINA.sub("", plain)) if _NUMBER.fullmatch(plain) else ""
        return cls([*terms], digits if len(digits) >= _SHORTEST else "")

    def finds(self, text: str) -> bool:
        """Whether a search finds somebody with these texts, one a line."""
        folded = _folded(text)
        return (bool(self.terms) and all(_folded(term) in folded for term in self.terms)) or self._has_number(text)

    def is_in(self, value: str) -> bool:
        """Whether the text of an attribute has the number or one of the words."""
        folded = _folded(value)
        return any(_folded(term) in folded for term in self.terms) or self._has_number(value)

    def _has_number(self, text: str) -> bool:
        return bool(self.number) and self.number in text.translate(_APART)


def _folded(text: str) -> str:
    return attributes.half_width(text).lower()


NOTHING = TypedText(())
