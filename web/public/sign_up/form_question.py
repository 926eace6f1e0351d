"""A small question in words, for hours with far too many requests: no picture, no script, and a screen reader can read it.

The form's nonce decides the question, so the token binds question and answer, and the page stores nothing.
"""

import unicodedata
from hmac import compare_digest

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

_LARGEST = 9


def text(nonce: str) -> str:
    """The question in the page's language."""
    first, second = _numbers(nonce)
    names = _names()
    return _("How much is %(first)s plus %(second)s?") % {"first": names[first - 1], "second": names[second - 1]}


def is_right(nonce: str, answer: str) -> bool | None:
    """Whether this is the answer, in digits or in words of the page's language; None if nothing was answered."""
    given = unicodedata.normalize("NFKC", answer).strip().casefold()
    if not given:
        return None
    total, typed = sum(_numbers(nonce)), given.encode("utf-8", "replace")  # JSON can hold half a character
    return any(compare_digest(typed, right.encode()) for right in (str(total), _names()[total - 1].casefold()))


def _numbers(nonce: str) -> tuple[int, int]:
    drawn = salted_hmac("mailroom.form.question", nonce, algorithm="sha256").digest()
    return 1 + drawn[0] % _LARGEST, 1 + drawn[1] % _LARGEST


def _names() -> list[str]:
    """The numbers from one to eighteen."""
    return _(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen"
    ).split()
